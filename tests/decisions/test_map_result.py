"""Camunda 7's mapDecisionResult."""

import pytest

from tests.decisions.drawing import compiled, decide, literal, table
from workflows.decisions import DecisionError, DecisionResult, map_result
from workflows.values import JsonValue

CAMUNDA7 = "Camunda Platform"


def collected(*rows: tuple[str, ...], outputs: tuple[str, ...] = ("y",)) -> DecisionResult:
    body = table([(["-"], row) for row in rows], outputs=outputs, policy="COLLECT")
    return decide(compiled(body, CAMUNDA7), x=1)


NONE = collected()
ONE = collected(("1",))
TWO = collected(("1",), ("2",))
WIDE = collected(("1", '"a"'), outputs=("y", "z"))
TALL_AND_WIDE = collected(("1", '"a"'), ("2", ""), outputs=("y", "z"))


@pytest.mark.parametrize(
    ("result", "mapping", "mapped"),
    [
        (NONE, "singleEntry", None),
        (NONE, "singleResult", None),
        (NONE, "collectEntries", []),
        (NONE, "resultList", []),
        (NONE, None, []),
        (ONE, "singleEntry", 1),
        (ONE, "singleResult", {"y": 1}),
        (ONE, "collectEntries", [1]),
        (ONE, "resultList", [{"y": 1}]),
        (TWO, "collectEntries", [1, 2]),
        (TWO, "resultList", [{"y": 1}, {"y": 2}]),
        (TWO, None, [{"y": 1}, {"y": 2}]),
        (WIDE, "singleResult", {"y": 1, "z": "a"}),
        (TALL_AND_WIDE, "resultList", [{"y": 1, "z": "a"}, {"y": 2}]),
    ],
)
def test_result_is_mapped(result: DecisionResult, mapping: str | None, mapped: JsonValue) -> None:
    assert map_result(result, mapping) == mapped


@pytest.mark.parametrize(
    ("result", "mapping", "reason"),
    [
        (TWO, "singleEntry", "2 rules gave a result; map it with collectEntries"),
        (TWO, "singleResult", "2 rules gave a result; map it with resultList"),
        (WIDE, "singleEntry", "it has the outputs y, z; map it with singleResult"),
        (TALL_AND_WIDE, "collectEntries", "it has the outputs y, z; map it with resultList"),
        (ONE, "firstEntry", "there is no result mapping 'firstEntry'; use singleEntry"),
    ],
)
def test_result_of_another_shape_is_refused(result: DecisionResult, mapping: str, reason: str) -> None:
    with pytest.raises(DecisionError, match=reason):
        map_result(result, mapping)


def test_aggregated_result_is_a_single_entry() -> None:
    body = table([(["-"], ["1"]), (["-"], ["2"])], policy="COLLECT", more='aggregation="SUM"')
    assert map_result(decide(compiled(body, CAMUNDA7), x=1), "singleEntry") == 3


def test_literal_expression_is_a_single_entry_by_the_name_of_its_variable() -> None:
    result = decide(compiled(literal("1 + 1", more='<variable name="total"/>'), CAMUNDA7))
    assert map_result(result, "singleEntry") == 2
    assert map_result(result, "singleResult") == {"total": 2}


def test_mapped_values_are_not_shared_with_the_result() -> None:
    mapped = map_result(ONE, "singleResult")
    assert isinstance(mapped, dict)
    mapped["y"] = 99
    assert map_result(ONE, "singleResult") == {"y": 1}
