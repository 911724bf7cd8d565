"""Business knowledge models and boxed expressions."""

import pytest

from tests.decisions.drawing import compiled, decide, literal, read
from workflows.decisions import DecisionError

NEEDS_F = '<knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement>'


def model(text: str, *parameters: str, id_: str = "f", more: str = "") -> str:
    """Return a business knowledge model with a literal expression; a parameter is a name, or a name and a type."""
    formal = "".join(
        f'<formalParameter name="{name}"{f" typeRef={chr(34)}{type_}{chr(34)}" if type_ else ""}/>'
        for name, _, type_ in (parameter.partition(":") for parameter in parameters)
    )
    return (
        f'<businessKnowledgeModel id="{id_}" name="{id_}"><encapsulatedLogic>{formal}'
        f"<literalExpression><text>{text}</text></literalExpression></encapsulatedLogic>{more}</businessKnowledgeModel>"
    )


@pytest.mark.parametrize(
    ("age", "insured", "charge"), [(9, False, 15), (40, True, 105), (40, False, 135), (18, True, 105)]
)
def test_table_and_literal_functions_call_each_other(age: int, insured: bool, charge: float) -> None:
    result = decide(
        read("charge-camunda8.dmn"),
        "charge",
        specialization="Cardiology",
        patient={"age": age, "insured": insured},
        extras=[{"price": 10}, {"price": 5}],
    )
    assert result.output == charge


def test_context_invocation_and_typed_results() -> None:
    assert decide(read("boxed.dmn"), "bill", prices=[100, 50.5]).output == {
        "net": 150.5,
        "tax amount": 28.595,
        "total": 179.095,
    }


def test_context_entry_of_the_wrong_type_is_an_error() -> None:
    with pytest.raises(DecisionError, match=r"The variable bill_net_variable of 'bill', line 10: 'many' is no number"):
        decide(read("boxed.dmn"), "bill", prices="many")


def test_relation_is_a_list_of_contexts() -> None:
    expected = [{"name": "A", "floor": 1}, {"name": "B", "floor": 2}]
    assert decide(read("boxed.dmn"), "rooms", level=2).output == expected


def test_context_with_a_result_is_that_result() -> None:
    assert decide(read("boxed.dmn"), "second", level=2).output == [1, ["B"]]


def test_functions_are_called_by_name_of_parameter_too() -> None:
    graph = compiled(literal("f(b: 1, a: 10)", more=NEEDS_F) + model("a - b", "a", "b"))
    assert decide(graph).output == 9


def test_functions_see_their_parameters_only() -> None:
    graph = compiled(literal("f(1)", more=NEEDS_F) + model("[a, secret]", "a"))
    assert decide(graph, secret="x").output == [1, None]


def test_functions_are_values() -> None:
    graph = compiled(literal("sort([3, 1, 2], f)", more=NEEDS_F) + model("a &gt; b", "a", "b"))
    assert decide(graph).output == [3, 2, 1]


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("f(1)", "the function 'f' has the parameters a, b; 1 given"),
        ("f(a: 1, c: 2)", "the function 'f' has the parameters a, b; called with a, c"),
        ('f(1, "two")', "'two' is no number"),
    ],
)
def test_arguments_that_do_not_fit_are_an_error(call: str, reason: str) -> None:
    graph = compiled(literal(call, more=NEEDS_F) + model("a + b", "a", "b:number"))
    with pytest.raises(DecisionError, match=reason):
        decide(graph)


def test_endless_recursion_is_an_error() -> None:
    graph = compiled(literal("f(f)", more=NEEDS_F) + model("g(g)", "g"))
    with pytest.raises(DecisionError, match="deep"):
        decide(graph)


def test_too_many_calls_are_an_error() -> None:
    graph = compiled(literal("for i in 1..20000 return f(i)", more=NEEDS_F) + model("a", "a"))
    with pytest.raises(DecisionError, match="more than 10000 times"):
        decide(graph)


def test_decision_that_takes_too_long_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.decisions.scope.MAX_SECONDS", 0.2)
    slow = "count(for i in 1..100000 return i)"
    graph = compiled(literal("for i in 1..9999 return f(i)", more=NEEDS_F) + model(slow, "a"))
    with pytest.raises(DecisionError, match=r"the decision takes more than 0\.2 seconds"):
        decide(graph)


def test_what_is_no_function_can_not_be_invoked() -> None:
    body = (
        '<decision id="d" name="d"><invocation><literalExpression><text>nobody</text></literalExpression>'
        '<binding><parameter name="a"/><literalExpression><text>1</text></literalExpression></binding>'
        "</invocation></decision>"
    )
    with pytest.raises(DecisionError, match="'nobody' is no function here"):
        decide(compiled(body))
