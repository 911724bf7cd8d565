"""What `${...}` gives, its FEEL gives too; where one is an incident, so is the other: a condition over null is one."""

from datetime import UTC, datetime

import pytest

from workflows.conversion.juel import from_juel
from workflows.errors import ExpressionError
from workflows.expressions.juel import compile_juel
from workflows.feel import compile_expression
from workflows.values import JsonValue, Variables, to_json

_INCIDENT = "incident"
_NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "variables", "known"),
    [
        ("${done >= 3}", {"done": 3}, "done"),
        ("${done >= 3}", {"done": 2}, ""),
        ("${done >= 3}", {"done": None}, "done"),
        ("${done >= 3}", {}, ""),
        ("${3 < done}", {"done": None}, "done"),
        ("${!(done >= 3)}", {"done": None}, "done"),
        ("${done <= most}", {"done": None, "most": None}, "done most"),
        ("${done < most}", {"done": None, "most": None}, "done most"),
        ("${done <= most}", {"done": 1, "most": None}, "done most"),
        ("${done <= most}", {"done": 1, "most": 1}, "done most"),
        ("${execution.getVariable('done') > 1}", {}, ""),
        ("${order.total > 100}", {"order": {"total": 101}}, ""),
        ("${order.total > 100}", {"order": {}}, "order"),
        ("${order.total > 100}", {"order": 5}, "order"),
        ("${a.b.c}", {"a": {"b": {"c": 1}}}, ""),
        ("${a.b.c}", {"a": {"b": {}}}, ""),
        ("${a.b.c}", {"a": {}}, ""),
        ("${a.b.c}", {"a": 1}, ""),
        ("${a.b.c}", {"a": {"b": "text"}}, ""),
        ("${a['b c']}", {"a": {"b c": 2}}, ""),
        ("${a['b c']}", {"a": "text"}, ""),
        ("${a[1].b}", {"a": [{"b": 1}, {"b": 2}]}, ""),
        ("${a[5]}", {"a": [1]}, ""),
        ("${a[0]}", {"a": 5}, ""),
        ("${empty a.b}", {"a": {"b": []}}, ""),
        ("${empty a.b}", {"a": {"b": [1]}}, ""),
        ("${empty a.b}", {"a": True}, ""),
        ("${a.b == null}", {"a": {}}, ""),
        ("Dear ${a.name}, ${a.gone}", {"a": {"name": "Ann"}}, ""),
        ("Dear ${a.name}", {"a": 3}, ""),
        ("${(yes ? a : b).c}", {"yes": True, "a": {"c": 1}, "b": 2}, ""),
        ("${(yes ? a : b).c}", {"yes": False, "a": {"c": 1}, "b": 2}, ""),
    ],
)
def test_the_feel_of_juel_means_the_same(source: str, variables: Variables, known: str) -> None:
    assert _by_feel(source, variables, known) == _by_juel(source, variables)


def _by_juel(source: str, variables: Variables) -> JsonValue:
    try:
        return compile_juel(source).json(variables, _NOW)
    except ExpressionError:
        return _INCIDENT


def _by_feel(source: str, variables: Variables, known: str) -> JsonValue:
    """A condition that is null is an incident; elsewhere null is what it is."""
    written = from_juel(source, frozenset(known.split())).text
    try:
        value = to_json(compile_expression(written).evaluate(variables, _NOW))
    except ExpressionError:
        return _INCIDENT
    is_condition = any(sign in source for sign in "<>")
    return _INCIDENT if value is None and is_condition else value
