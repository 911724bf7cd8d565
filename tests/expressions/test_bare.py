"""Bare conditions: the part of Python's syntax that they have, and what is refused."""

from datetime import datetime

import pytest

from workflows.errors import ExpressionError
from workflows.expressions.bare import MAX_DEPTH, compile_bare
from workflows.values import Variables

VARIABLES: Variables = {
    "proceed": True,
    "held": False,
    "amount": 120,
    "charge": 99.5,
    "name": "Ada",
    "nothing": None,
    "slots": ["08:00", "09:00"],
    "patient": {"id": 7, "address": {"city": "Graz"}, "__class__": "a key like any other"},
    "größe": 2,
}


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("proceed == True", True),
        ("proceed is True", True),
        ("nothing is None", True),
        ("name is not None", True),
        ("proceed", True),
        ("amount >= charge and not held", True),
        ("held or amount < charge", False),
        ("100 < amount <= 120", True),
        ("1 < amount < 100 < missing", False),
        ("name == 'Ada'", True),
        ("name != 'Bob'", True),
        ("name < 'Bob'", True),
        ("'08:00' in slots", True),
        ("'10:00' not in slots", True),
        ("amount in (1, 120)", True),
        ("amount in [1, 2]", False),
        ("'id' in patient", True),
        ("'d' in name", True),
        ("amount + 1 > charge * 1.2", True),
        ("amount - 20 == 100", True),
        ("amount / 2 == 60.0", True),
        ("amount % 7 == 1", True),
        ("-amount < +amount", True),
        ("name + '!' == 'Ada!'", True),
        ("slots + ['x'] == ['08:00', '09:00', 'x']", True),
        ("patient['id'] == 7", True),
        ("patient.id == 7", True),
        ("patient.address.city == 'Graz'", True),
        ("patient.__class__ == 'a key like any other'", True),
        ("slots[0] == '08:00'", True),
        ("slots[-1] == '09:00'", True),
        ("name[0] == 'A'", True),
        ("größe == 2", True),
        ("'yes' if proceed else missing", "yes"),
        ("proceed or missing", True),
        ("held and missing", False),
        ("  proceed == True\n", True),
        ("proceed\n  and\n  not held", True),
    ],
)
def test_a_condition_has_its_value(condition: str, value: object, now: datetime) -> None:
    assert compile_bare(condition).evaluate(VARIABLES, now) == value


def test_names_are_the_variables_that_are_read() -> None:
    condition = compile_bare("amount >= charge and patient.name in ['x'] and not held")
    assert condition.names == {"amount", "charge", "patient", "held"}


@pytest.mark.parametrize(
    ("condition", "reason", "position"),
    [
        ("missing", "variable 'missing' is not set here", 0),
        ("missing == None", "variable 'missing' is not set here", 0),
        ("  größe > missing", "variable 'missing' is not set here", 10),
        ("patient.phone", "no entry 'phone'", 0),
        ("patient['phone']", "no entry 'phone'", 0),
        ("slots[2]", "no entry 2", 0),
        ("slots['a']", "a list has no entry 'a'", 0),
        ("name.upper", "text has no entry 'upper'", 0),
        ("amount.real", "a number has no entry 'real'", 0),
        ("amount < name", "not supported between", 0),
        ("1 in amount", "not iterable", 0),
        ("slots in patient", "unhashable", 0),
        ("amount / 0", "division by zero", 0),
        ("amount % 0", "modulo by zero", 0),
        ("name * 10", "text and a number can't be computed", 0),
        ("slots * 10", "a list and a number can't be computed", 0),
        ("'%1000000000d' % 1", "text and a number can't be computed", 0),
        ("name + amount", "text and a number can't be computed", 0),
        ("-name", "bad operand type", 0),
        ("1e308 * 10", "too large", 0),
    ],
)
def test_a_value_that_can_not_be_had_is_an_error(condition: str, reason: str, position: int, now: datetime) -> None:
    compiled = compile_bare(condition)
    with pytest.raises(ExpressionError, match=reason) as error:
        compiled.evaluate(VARIABLES, now)
    assert error.value.position == position


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("proceed == true", "write True, not true"),
        ("nothing == null", "write None, not null"),
        ("len(slots) > 1", "nothing can be called"),
        ("name.upper() == 'ADA'", "nothing can be called"),
        ("__import__('os')", "nothing can be called"),
        ("10 ** 9", r"\*\* is not available"),
        ("amount // 2", "// is not available"),
        ("1 << 100", "LShift is not available"),
        ("~amount", "UnaryOp is not available"),
        ("name[0:2]", "slices are not available"),
        ("lambda: 1", "Lambda is not available"),
        ("[x for x in slots]", "ListComp is not available"),
        ("{'a': 1}", "Dict is not available"),
        ("{1, 2}", "Set is not available"),
        ("f'{name}'", "JoinedStr is not available"),
        ("(amount := 1)", "nothing can be assigned"),
        ("amount = 1", "this is no condition"),
        ("amount >", "this is no condition"),
        ("proceed; held", "this is no condition"),
        ("import os", "this is no condition"),
        ("", "this is no condition"),
        ("a\0b", "this is no condition"),
        ("'\ud800'", "this is no condition"),
        ("b'x'", "a constant is text"),
        ("1j", "a constant is text"),
        ("...", "a constant is text"),
        ("1e999", "too large"),
        ("9" * 5000, "this is no condition"),
        ("name is 'Ada'", "write =="),
        ("(" * 500 + "held" + ")" * 500, "this is no condition"),
        ("not " * 200 + "held", f"at most {MAX_DEPTH} deep"),
        ("held + " * 200 + "held", f"at most {MAX_DEPTH} deep"),
        ("-" * 9000 + "amount", "no condition"),
        ("x" * 10_001, "at most 10,000 characters"),
    ],
)
def test_everything_else_of_python_is_refused(condition: str, reason: str) -> None:
    with pytest.raises(ExpressionError, match=reason):
        compile_bare(condition)


def test_a_refusal_names_the_place_of_its_cause() -> None:
    with pytest.raises(ExpressionError) as refusal:
        compile_bare("  größe == 'ä' and len(slots)")
    assert refusal.value.position == 19
