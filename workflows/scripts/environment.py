"""What a script finds: its names, and the attributes of the values it can hold. Nothing else exists for it.

Attributes are listed by type, so what is not a plain value (functions, generators, frames, tracebacks, modules,
exceptions) has none. No value here leads to a module, to a frame or to a type that is not listed.
"""

import math
import operator
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType, SimpleNamespace
from typing import Any

from RestrictedPython.Guards import guarded_iter_unpack_sequence, guarded_unpack_sequence

from workflows.errors import BpmnError

_MATH = SimpleNamespace(
    **{
        name: getattr(math, name)
        for name in (
            "ceil", "copysign", "cos", "degrees", "e", "exp", "fabs", "floor", "fmod", "fsum", "gcd", "hypot", "inf",
            "isclose", "isfinite", "isqrt", "lcm", "log", "log10", "log2", "pi", "pow", "prod", "radians", "sin",
            "sqrt", "tan", "tau", "trunc",
        )
    }
)  # fmt: skip

_EXCEPTIONS = (
    ArithmeticError, AttributeError, Exception, IndexError, KeyError, LookupError, NameError, OverflowError,
    RuntimeError, StopIteration, TypeError, ValueError, ZeroDivisionError, BpmnError,
)  # fmt: skip

NAMES: MappingProxyType[str, object] = MappingProxyType(
    {
        **{
            function.__name__: function
            for function in (
                abs, all, any, bool, chr, dict, divmod, enumerate, filter, float, frozenset, int, isinstance, len, list,
                map, max, min, next, ord, pow, range, repr, reversed, round, set, sorted, str, sum, tuple, zip,
            )
        },
        **{exception.__name__: exception for exception in _EXCEPTIONS},
        "Decimal": Decimal,
        "date": date,
        "datetime": datetime,
        "time": time,
        "timedelta": timedelta,
        "timezone": timezone,
        "math": _MATH,
    }
)  # fmt: skip
"""Every name that a script can use without setting it, except `now` and its variables."""

_HIDDEN = {
    "format": "formatted text can walk attributes: use an f-string",
    "format_map": "formatted text can walk attributes: use an f-string",
    "now": "a script has one clock, the name `now`",
    "utcnow": "a script has one clock, the name `now`",
    "today": "a script has one clock, the name `now`",
}
_VALUE_TYPES: tuple[type, ...] = (
    str, int, float, bool, list, dict, set, frozenset, tuple, range, Decimal, date, datetime, time, timedelta, timezone,
)  # fmt: skip


def _public(value: object) -> frozenset[str]:
    return frozenset(name for name in dir(value) if not name.startswith("_") and name not in _HIDDEN)


_ATTRIBUTES: dict[type, frozenset[str]] = {
    **{value_type: _public(value_type) for value_type in _VALUE_TYPES},
    type(date.min.isocalendar()): frozenset({"year", "week", "weekday"}),
    SimpleNamespace: frozenset(vars(_MATH)),
    BpmnError: frozenset({"code", "message"}),
}
_KNOWN = frozenset().union(*_ATTRIBUTES.values())


def attribute_refusal(name: str) -> str | None:
    """Return why no value in a script has the attribute `name`, or None when one may have it."""
    if name in _KNOWN:
        return None
    return _HIDDEN.get(name, f"no value in a script has the attribute {name!r}; read an entry as value[{name!r}]")


def get_attribute(owner: Any, name: str) -> object:
    """Return `owner.name` for the listed attributes of plain values and of their types."""
    owner_type = owner if type(owner) is type else type(owner)
    if name not in _ATTRIBUTES.get(owner_type, ()):
        raise AttributeError(f"{owner_type.__name__} has no attribute {name!r} in a script")
    return getattr(owner, name)


def _writable(owner: object) -> object:
    if type(owner) is not dict and type(owner) is not list:
        raise TypeError(f"entries of a {type(owner).__name__} can't be set in a script")
    return owner


def _get_item(owner: Any, key: Any) -> object:
    return owner[key]


def _iterate(items: object) -> object:
    return items


def _apply(function: Callable[..., object], *args: object, **kwargs: object) -> object:
    return function(*args, **kwargs)


_IN_PLACE: dict[str, Callable[[Any, Any], object]] = {
    "+=": operator.iadd,
    "-=": operator.isub,
    "*=": operator.imul,
    "/=": operator.itruediv,
    "//=": operator.ifloordiv,
    "%=": operator.imod,
    "**=": operator.ipow,
    "|=": operator.ior,
    "&=": operator.iand,
    "^=": operator.ixor,
    "<<=": operator.ilshift,
    ">>=": operator.irshift,
}


def _in_place(sign: str, target: object, value: object) -> object:
    return _IN_PLACE[sign](target, value)


def _in_place_item(sign: str, owner: Any, key: Any, value: object) -> None:
    _writable(owner)
    owner[key] = _IN_PLACE[sign](owner[key], value)


def _import_nothing(*_names: object) -> None:
    """Stand in for the import with which C code, such as `strftime`, makes sure of a module it loaded long ago."""


GUARDS: MappingProxyType[str, object] = MappingProxyType(
    {
        "__import__": _import_nothing,
        "_getattr_": get_attribute,
        "_getitem_": _get_item,
        "_getiter_": _iterate,
        "_write_": _writable,
        "_apply_": _apply,
        "_inplacevar_": _in_place,
        "_inplaceitem_": _in_place_item,
        "_unpack_sequence_": guarded_unpack_sequence,
        "_iter_unpack_sequence_": guarded_iter_unpack_sequence,
    }
)
"""What checked code calls in place of Python's own operations; scripts can't name these functions."""
