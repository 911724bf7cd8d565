"""One runner for all tests of a module, so that each also shows that the runner outlived the one before."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TypeAlias

import pytest

from workflows.scripts import Limits, ScriptRunner, compile_script
from workflows.values import JsonValue, Variables

MEMORY_BYTES = 128 * 1024 * 1024
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

Run: TypeAlias = Callable[..., Variables]


@pytest.fixture(scope="module")
def runner() -> Iterator[ScriptRunner]:
    with ScriptRunner(Limits(seconds=60, memory_bytes=MEMORY_BYTES), processes=1) as runner:
        yield runner


@pytest.fixture
def run(runner: ScriptRunner) -> Run:
    """Compiles and runs a script over the keyword arguments, and returns its changes."""

    def run_script(source: str, **variables: JsonValue) -> Variables:
        return runner.run(compile_script(source), variables, NOW)

    return run_script
