"""What JUEL makes of values of unlike types, after chapter 1.8 of the Expression Language 2.2 specification.

- Numbers: null and the empty string are 0, text is parsed, a boolean is not a number.
- Text: null is the empty string, booleans and numbers are written out.
- Booleans: null and the empty string are false, text is true only when it reads "true".

Integers do not wrap around as Java's do, and a division by zero is an error where Java gives Infinity.
"""

import math
import operator
import re
from collections.abc import Callable
from typing import Any, TypeAlias

Number: TypeAlias = int | float
Operation: TypeAlias = Callable[[object, object], object]

_MOST_BITS = 4096
_TOO_LARGE = "the number is too large"
_INTEGER = re.compile(r"[+-]?[0-9]{1,300}")
_DECIMAL = re.compile(r"[+-]?([0-9]{1,300}\.?[0-9]{0,300}|\.[0-9]{1,300})([eE][+-]?[0-9]{1,4})?")


class CoercionError(Exception):
    """An operator can't be applied to these values; the text says why."""


def kind(value: object) -> str:
    """Return what to call the type of `value` in a message."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object"


def to_number(value: object) -> Number:
    """Return `value` as an int or float."""
    if value is None or value == "":
        return 0
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _parse(value.strip())
    raise CoercionError(f"{kind(value)} can't be used as a number")


def to_text(value: object) -> str:
    """Return `value` as it stands inside a text with expressions."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(bounded(value))
    if isinstance(value, str):
        return value
    raise CoercionError(f"{kind(value)} can't be written as text; name one of its values")


def to_boolean(value: object) -> bool:
    """Return `value` as a condition."""
    if isinstance(value, bool):
        return value
    if value is None or isinstance(value, str):
        return value is not None and value.lower() == "true"
    raise CoercionError(f"{kind(value)} can't be used as true or false; compare it")


def is_empty(value: object) -> bool:
    """Return whether `value` is null, empty text, or a list or object without entries."""
    return value is None or (isinstance(value, str | list | dict) and not value)


def equal(left: object, right: object) -> bool:
    """Return `left == right`, each as the type of the other: numbers first, then booleans, then text."""
    if left is right:
        return True
    if left is None or right is None:
        return False
    if _is_number(left) or _is_number(right):
        return to_number(left) == to_number(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) == to_boolean(right)
    if isinstance(left, str) or isinstance(right, str):
        return to_text(left) == to_text(right)
    return left == right


def unequal(left: object, right: object) -> bool:
    """Return `left != right`."""
    return not equal(left, right)


def _ordering(compare: Callable[[Any, Any], bool], *, reflexive: bool) -> Operation:
    def relation(left: object, right: object) -> bool:
        if left is None or right is None:
            return reflexive and left is right
        if _is_number(left) or _is_number(right):
            return compare(to_number(left), to_number(right))
        if isinstance(left, str) or isinstance(right, str):
            return compare(to_text(left), to_text(right))
        raise CoercionError(f"{kind(left)} and {kind(right)} have no order")

    return relation


def _arithmetic(compute: Callable[[Any, Any], Number]) -> Operation:
    def operation(left: object, right: object) -> Number:
        try:
            return bounded(compute(to_number(left), to_number(right)))
        except ZeroDivisionError:
            raise CoercionError("division by zero") from None
        except OverflowError:
            raise CoercionError(_TOO_LARGE) from None

    return operation


def _add(left: object, right: object) -> object:
    try:
        return _plus(left, right)
    except CoercionError as error:
        raise CoercionError(f"{error}; + only adds numbers, join texts as ${{a}}${{b}}") from None


def negative(value: object) -> Number:
    """Return `-value`."""
    return -to_number(value)


def _remainder(left: Number, right: Number) -> Number:
    if isinstance(left, float) or isinstance(right, float):
        if right == 0:
            raise ZeroDivisionError
        return math.fmod(left, right)
    result = abs(left) % abs(right)
    return -result if left < 0 else result


def _parse(text: str) -> Number:
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return bounded(float(text))
    shown = text if len(text) <= 30 else text[:27] + "..."  # noqa: PLR2004
    raise CoercionError(f"the text {shown!r} is not a number")


def bounded(value: Number) -> Number:
    """Return `value`, or raise `CoercionError` when it is too large to be a variable."""
    if not math.isfinite(value) if isinstance(value, float) else value.bit_length() > _MOST_BITS:
        raise CoercionError(_TOO_LARGE)
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_plus = _arithmetic(operator.add)

OPERATIONS: dict[str, Operation] = {
    "==": equal,
    "eq": equal,
    "!=": unequal,
    "ne": unequal,
    "<": _ordering(operator.lt, reflexive=False),
    "lt": _ordering(operator.lt, reflexive=False),
    "<=": _ordering(operator.le, reflexive=True),
    "le": _ordering(operator.le, reflexive=True),
    ">": _ordering(operator.gt, reflexive=False),
    "gt": _ordering(operator.gt, reflexive=False),
    ">=": _ordering(operator.ge, reflexive=True),
    "ge": _ordering(operator.ge, reflexive=True),
    "+": _add,
    "-": _arithmetic(operator.sub),
    "*": _arithmetic(operator.mul),
    "/": _arithmetic(operator.truediv),
    "div": _arithmetic(operator.truediv),
    "%": _arithmetic(_remainder),
    "mod": _arithmetic(_remainder),
}
"""The function of each binary operator but `and` and `or`; it may raise `CoercionError`."""
