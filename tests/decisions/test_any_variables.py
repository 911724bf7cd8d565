"""Whatever the variables are, a decision gives JSON or a `DecisionError`."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decisions.drawing import FILES, NOW, read
from workflows.decisions import DecisionError, DecisionGraph, map_result

NAMES = ["age", "insured", "temperature", "day", "symptoms", "specialization", "patient", "extras", "prices", "level"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-100, 100)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["Weekday", "Cardiology", "2026-03-01", "12", ""])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["pain", "fever", "age", "insured", "price"]), inner, max_size=3)
    ),
    max_leaves=6,
)
GRAPHS = [read(path.name) for path in sorted(FILES.glob("*.dmn")) if path.stem != "broken"]


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: f"{graph.name} {graph.dialect}")
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_variables_give_json_or_our_own_error(graph: DecisionGraph, data: st.DataObject) -> None:
    variables = data.draw(st.dictionaries(st.sampled_from(NAMES), VALUES))
    before = json.dumps(variables)
    for decision_id in graph.decisions:
        with suppress(DecisionError):
            result = graph.evaluate(decision_id, variables, NOW)
            assert json.loads(json.dumps(result.output)) == result.output
            assert json.dumps(map_result(result, "resultList"))
    assert json.dumps(variables) == before
