"""Type references: what they take, what they make of it, and what they refuse."""

import pytest

from tests.decisions.drawing import compiled, decide, literal, table
from workflows.decisions import DecisionError
from workflows.values import JsonValue

CAMUNDA7, CAMUNDA8 = "Camunda Platform", "Camunda Cloud"


def result_of(type_: str, value: JsonValue, platform: str) -> JsonValue:
    """Return what an input of a type hands on, as an output without a type."""
    return decide(compiled(table([(["-"], ["value"])], inputs=("x",), types=("", type_)), platform), value=value).output


@pytest.mark.parametrize(
    ("platform", "type_", "value", "output"),
    [
        (CAMUNDA7, "string", 5, "5"),
        (CAMUNDA7, "string", 1.50, "1.5"),
        (CAMUNDA7, "string", True, "true"),
        (CAMUNDA7, "boolean", "TRUE", True),
        (CAMUNDA7, "boolean", False, False),
        (CAMUNDA7, "integer", "12", 12),
        (CAMUNDA7, "long", 3.0, 3),
        (CAMUNDA7, "double", "-1.25e1", -12.5),
        (CAMUNDA7, "date", "2026-03-01T10:00:00", "2026-03-01T10:00:00"),
        (CAMUNDA7, "date", "2026-03-01", "2026-03-01T00:00:00"),
        (CAMUNDA8, "string", 5, 5),
        (CAMUNDA8, "number", 5.5, 5.5),
        (CAMUNDA8, "boolean", True, True),
        (CAMUNDA8, "date", "2026-03-01", "2026-03-01"),
        (CAMUNDA8, "time", "10:00:00", "10:00:00"),
        (CAMUNDA8, "dateTime", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"),
        (CAMUNDA8, "dayTimeDuration", "P1DT2H", "P1DT2H"),
        (CAMUNDA8, "yearMonthDuration", "P1Y", "P1Y"),
        (CAMUNDA8, "feel:number", 5, 5),
        (CAMUNDA8, "Any", [1], [1]),
        (CAMUNDA8, "list", [1], [1]),
        (CAMUNDA8, "context", {"a": 1}, {"a": 1}),
    ],
)
def test_type_takes_or_converts(platform: str, type_: str, value: JsonValue, output: JsonValue) -> None:
    assert result_of(type_, value, platform) == output


@pytest.mark.parametrize("platform", [CAMUNDA7, CAMUNDA8])
@pytest.mark.parametrize("type_", ["string", "boolean", "number", "integer", "date", "time", "dayTimeDuration", "list"])
def test_null_is_of_every_type(platform: str, type_: str) -> None:
    assert result_of(type_, None, platform) is None


@pytest.mark.parametrize(
    ("platform", "type_", "value"),
    [
        (CAMUNDA7, "string", [1]),
        (CAMUNDA7, "boolean", "yes"),
        (CAMUNDA7, "boolean", 1),
        (CAMUNDA7, "integer", 1.5),
        (CAMUNDA7, "integer", "1_000"),
        (CAMUNDA7, "integer", True),
        (CAMUNDA7, "double", "much"),
        (CAMUNDA7, "double", "1e99999"),
        (CAMUNDA7, "date", "tomorrow"),
        (CAMUNDA8, "number", "5"),
        (CAMUNDA8, "number", True),
        (CAMUNDA8, "boolean", "true"),
        (CAMUNDA8, "date", "2026-02-30"),
        (CAMUNDA8, "date", 5),
        (CAMUNDA8, "dayTimeDuration", "P1Y"),
        (CAMUNDA8, "list", 1),
    ],
)
def test_type_refuses_other_values_and_says_so(platform: str, type_: str, value: JsonValue) -> None:
    with pytest.raises(DecisionError, match=rf"The output entry of 'd', line 3: .* is no {type_}"):
        result_of(type_, value, platform)


def test_inputs_are_compared_as_their_type() -> None:
    body = table([(['date("2026-03-01")'], ["1"]), (['> date("2026-03-01")'], ["2"])], types=("date", ""))
    graph = compiled(body)
    assert (decide(graph, x="2026-03-01").output, decide(graph, x="2026-04-01").output) == (1, 2)


def test_camunda_7_reads_numbers_from_text_to_compare_them() -> None:
    graph = compiled(table([(["> 60"], ['"old"'])], types=("integer", "")), CAMUNDA7)
    assert decide(graph, x="70").output == "old"


def test_inputs_of_the_wrong_type_are_an_error_that_names_them() -> None:
    graph = compiled(table([(["> 1"], ["1"])], types=("number", "")))
    with pytest.raises(DecisionError, match="The input expression of 'd', line 3: 'five' is no number"):
        decide(graph, x="five")


def test_priorities_are_compared_as_the_type_of_their_output() -> None:
    rules = [(["-"], ["2"]), (["-"], ["1"])]
    body = table(rules, policy="PRIORITY", types=("", "string"), allowed=("", '"1", "2"'))
    assert decide(compiled(body, CAMUNDA7), x=1).output == "1"


def test_literal_expression_has_the_type_of_its_variable() -> None:
    graph = compiled(literal("x", more='<variable name="r" typeRef="number"/>'))
    assert decide(graph, x=2).output == 2
    with pytest.raises(DecisionError, match="The result d of 'd', line 3: 'two' is no number"):
        decide(graph, x="two")


def test_literal_expression_may_name_a_type_itself() -> None:
    with pytest.raises(DecisionError, match="is no boolean"):
        decide(compiled(literal("x", type_="boolean")), x=2)
