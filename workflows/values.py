"""Process variables are JSON values: what every engine, dialect and database can carry unchanged.

A variable is ``None``, a bool, an int, a float, a string, a list of such values or a dict from strings to such
values. `to_json` turns the richer values that expressions, scripts and handlers return into these:

- ``Decimal``: an int when it is whole, else the nearest float (Camunda 8 numbers are JSON numbers too);
- ``datetime``, ``date``, ``time``: ISO 8601 text; a ``datetime`` must carry a time zone;
- tuples and sets become lists, sets in sorted order.

The result never shares a list or a dict with what came in, so no two variables can change each other.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any, TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
Variables: TypeAlias = dict[str, JsonValue]


class NotJson(TypeError):
    """A value that no process variable can hold; the text names the place inside the value and its type."""


def to_json(value: Any, where: str = "value") -> JsonValue:
    """Return `value` as a fresh JSON value; raise `NotJson` naming the offending place below `where`."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not isfinite(value):
            raise NotJson(f"{where} is {value}: a variable holds finite numbers only")
        return value
    if isinstance(value, Mapping):
        return {_key(key, where): to_json(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, set | frozenset):
        return [to_json(item, f"{where}[{index}]") for index, item in enumerate(sorted(value))]
    return _scalar(value, where)


def variables(values: Mapping[str, Any]) -> Variables:
    """Return a mapping of variable names to values as fresh `Variables`."""
    return {_key(name, "variables"): to_json(value, name) for name, value in values.items()}


def _scalar(value: Any, where: str) -> JsonValue:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise NotJson(f"{where} is {value}: a variable holds finite numbers only")
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        raise NotJson(f"{where} is a date and time without a time zone")
    if isinstance(value, date | time):
        return value.isoformat()
    raise NotJson(f"{where} has type {type(value).__name__}, which no process variable can hold")


def _key(key: Any, where: str) -> str:
    if not isinstance(key, str):
        raise NotJson(f"{where} has the key {key!r}; keys are strings")
    return key
