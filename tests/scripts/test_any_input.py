"""Whatever stands in a script task: changes, a BPMN error or an `ExpressionError`, and nothing else."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflows.errors import BpmnError, ExpressionError
from workflows.scripts import ScriptRunner, compile_script

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

_WORDS = (
    "x y a = == + * ( ) [ ] { } : , . 1 'a' 0.5 \n \n if else for in while def f lambda return not None True len sum "
    "range list dict str now Decimal math date try except Exception raise BpmnError append get f'{x}' del global"
)
_WORD = st.sampled_from([*_WORDS.split(" "), "\n    ", "_x", "__class__", "format"])


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(_WORD, max_size=12).map(" ".join) | st.text())
def test_any_text_is_refused_or_runs_within_its_limits(runner: ScriptRunner, source: str) -> None:
    with suppress(ExpressionError, BpmnError):
        runner.run(compile_script(source), {"x": 1, "y": [1, 2], "a": {"b": None}}, NOW)
