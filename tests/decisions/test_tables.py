"""Decision tables: inputs, outputs, defaults, allowed values, and what is left empty."""

from collections.abc import Mapping

import pytest

from tests.decisions.drawing import compiled, decide, read, table
from workflows.decisions import DecisionError, DecisionGraph
from workflows.values import JsonValue


@pytest.fixture(scope="module", params=["triage-camunda7.dmn", "triage-camunda8.dmn"])
def triage(request: pytest.FixtureRequest) -> DecisionGraph:
    return read(str(request.param))


@pytest.mark.parametrize(
    ("symptoms", "output"),
    [
        ({"pain": 9, "fever": False}, {"priority": "high", "minutes": 5}),
        ({"pain": 6, "fever": True}, {"priority": "high", "minutes": 12}),
        ({"pain": 6, "fever": False}, {"priority": "normal", "minutes": 30}),
        ({"pain": 1, "fever": False}, {"priority": "low", "minutes": 60}),
    ],
)
def test_several_outputs_give_an_object_and_defaults_step_in(
    triage: DecisionGraph, symptoms: dict[str, JsonValue], output: Mapping[str, JsonValue]
) -> None:
    result = decide(triage, "triage", symptoms=symptoms)
    assert result.output == output
    assert result.rows == (output,)


def test_default_of_one_output_is_its_value() -> None:
    body = table([(["1"], ['"one"'])]).replace(
        '<output name="y">', '<output name="y"><defaultOutputEntry><text>"many"</text></defaultOutputEntry>'
    )
    assert decide(compiled(body), x=5).output == "many"


def test_inputs_outside_the_allowed_values_are_an_error() -> None:
    graph = compiled(table([(["-"], ["1"])], allowed=('"red", "green"', "")))
    assert decide(graph, x="red").output == 1
    assert decide(graph, x=None).output == 1
    with pytest.raises(DecisionError, match='\'blue\' is not among the allowed values "red", "green"'):
        decide(graph, x="blue")


def test_outputs_outside_the_allowed_values_are_an_error() -> None:
    graph = compiled(table([(["-"], ["x + 1"])], allowed=("", "[1..10]")))
    assert decide(graph, x=9).output == 10
    with pytest.raises(DecisionError, match=r"11 is not among the allowed values \[1\.\.10\]"):
        decide(graph, x=10)


@pytest.mark.parametrize("platform", ["Camunda Platform", "Camunda Cloud"])
def test_input_is_called_as_camunda_calls_it(platform: str) -> None:
    graph = compiled(table([(["? > 1 and cellInput < 3"], ['"two"'])]), platform)
    assert decide(graph, x=2).output == "two"
    assert decide(graph, x=3).output is None


def test_input_is_called_as_the_author_calls_it() -> None:
    body = table([(["weight > other"], ["1"])]).replace("<input>", '<input camunda:inputVariable="weight">')
    assert decide(compiled(body, "Camunda Platform"), x=5, other=4).output == 1


def test_tests_read_other_variables() -> None:
    graph = compiled(table([(["< limit"], ['"below"']), ([">= limit"], ['"above"'])]))
    assert decide(graph, x=5, limit=6).output == "below"


def test_column_without_anything_asks_nothing() -> None:
    graph = compiled(table([(["", "> 1"], ["1"])], inputs=("", "x")))
    assert decide(graph, x=2).output == 1


def test_table_without_inputs_always_matches() -> None:
    assert decide(compiled(table([([], ["1"]), ([], ["2"])], inputs=(), policy="COLLECT"))).output == [1, 2]


def test_empty_output_is_null_in_camunda_8_and_left_out_in_camunda_7() -> None:
    body = table([(["-"], ["1", ""])], outputs=("a", "b"))
    assert decide(compiled(body), x=1).rows == ({"a": 1, "b": None},)
    assert decide(compiled(body, "Camunda Platform"), x=1).rows == ({"a": 1},)


def test_missing_variable_is_null() -> None:
    assert decide(compiled(table([(["null"], ['"unknown"']), (["not(null)"], ['"known"'])]))).output == "unknown"


def test_comments_and_cdata_are_read_as_text() -> None:
    body = table([(["-"], ["@"])]).replace("@", '<!-- note --><![CDATA[if x < 4 then "yes" else "no"]]>')
    assert decide(compiled(body), x=1).output == "yes"


def test_error_in_a_cell_says_where() -> None:
    loop = "for a in 1..100000, b in 1..100000 return 1"
    graph = compiled(table([(["-"], [loop])]))
    with pytest.raises(DecisionError, match=r"The output entry of 'd', line 3: the evaluation takes more than"):
        decide(graph, x=1)
