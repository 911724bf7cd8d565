"""From JSON variables to the types that handlers ask for."""

import types
import typing
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from workflows.values import JsonValue


def convert(value: JsonValue, wanted: Any) -> Any:
    """Return `value` as the type `wanted`; raise ValueError or TypeError with a sentence that says why not.

    Known are the JSON types, `X | None`, `list[X]`, `dict`, `Decimal` (from a number or text, exactly), `date` and
    `datetime` (from ISO 8601 text; a time without a zone is refused).
    """
    origin = typing.get_origin(wanted)
    if origin in {typing.Union, types.UnionType}:
        inner = next(kind for kind in typing.get_args(wanted) if kind is not types.NoneType)
        return None if value is None else convert(value, inner)
    if origin is list and isinstance(value, list):
        (inner,) = typing.get_args(wanted)
        return [convert(item, inner) for item in value]
    kind = origin or wanted
    if kind is Any:
        return value
    return _FROM_JSON[kind](value) if kind in _FROM_JSON else _same(value, kind)


def _same(value: JsonValue, kind: type) -> Any:
    if isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool):
        return value
    raise TypeError(f"{value!r} is not a {kind.__name__}")


def _integer(value: JsonValue) -> int:
    """Text counts too: form fields and command lines give some numbers as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"{value!r} is not a whole number")
    number = _decimal(value)
    if number != number.to_integral_value():
        raise ValueError(f"{value!r} is not a whole number")
    return int(number)


def _decimal(value: JsonValue) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"{value!r} is not a number")
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is not a number") from error


def _float(value: JsonValue) -> float:
    return float(_decimal(value))


def _date(value: JsonValue) -> date:
    return date.fromisoformat(_same(value, str))


def _datetime(value: JsonValue) -> datetime:
    moment = datetime.fromisoformat(_same(value, str))
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    return moment.astimezone(UTC)


_FROM_JSON: dict[Any, Any] = {
    int: _integer,
    float: _float,
    Decimal: _decimal,
    date: _date,
    datetime: _datetime,
}
