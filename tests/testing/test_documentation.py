"""The example of the documentation runs as it stands there."""

import re
from pathlib import Path
from typing import Any

import pytest

from workflows.testing import ProcessTest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "testing-processes.md"


def test_the_example_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, str(PAGE), "exec"), names)  # noqa: S102 -- our own page
    names["test_somebody_is_reminded_every_week_and_booked"]()


def test_the_message_of_an_expectation_is_the_one_shown() -> None:
    with ProcessTest(ROOT / "tests/testing/diagrams/reminder.bpmn") as test:
        test.on_job("book", TimeoutError("no line"))
        run = test.start("reminder")
        run.complete("answer", {"agreed": True})
        test.advance_to(test.clock().replace(hour=23))
        with pytest.raises(AssertionError) as told:
            run.assert_path("start", "answer", "choice", "declined")
    shown = PAGE.read_text(encoding="utf-8").replace("    ", "").replace("  ", "")
    assert "AssertionError: " + str(told.value).replace("  ", "") in shown
