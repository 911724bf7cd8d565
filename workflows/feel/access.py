"""``value.name``: entries of contexts, of lists of contexts, and the properties of dates, durations and ranges."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from workflows.feel.arithmetic import microseconds
from workflows.feel.frames import Evaluation
from workflows.feel.temporal.zones import name_of, offset_of
from workflows.feel.values import FeelValue, Range, YearsMonths

_DAY = 86_400_000_000  # microseconds


def read_path(evaluation: Evaluation, value: FeelValue, name: str) -> FeelValue:
    """Return the entry or property `name`; of a list, the list of its items'; null when there is none."""
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list):
        evaluation.spend(1 + len(value))
        return [read_path(evaluation, item, name) for item in value]
    read = _properties(value).get(name)
    return read(value) if read else None


def _properties(value: FeelValue) -> "dict[str, Callable[..., FeelValue]]":
    for type_, properties in _PROPERTIES:
        if isinstance(value, type_):
            return properties
    return {}


def _second(value: datetime | time) -> Decimal:
    return Decimal(value.second) + Decimal(value.microsecond) / 1_000_000


def _part(size: int, within: int) -> "Callable[[timedelta], FeelValue]":
    """Return the reader of one part of a duration; all parts of a negative duration are negative."""

    def read(value: timedelta) -> FeelValue:
        total = int(microseconds(value))
        part = Decimal(abs(total) % within) / size
        whole = part if size == 1_000_000 else Decimal(int(part))  # noqa: PLR2004  # seconds keep their fraction
        return -whole if total < 0 and whole else whole

    return read


def _sign(months: int) -> int:
    return -1 if months < 0 else 1


_DATE: "dict[str, Callable[..., FeelValue]]" = {
    "year": lambda value: Decimal(value.year),
    "month": lambda value: Decimal(value.month),
    "day": lambda value: Decimal(value.day),
    "weekday": lambda value: Decimal(value.isoweekday()),
}
_TIME: "dict[str, Callable[..., FeelValue]]" = {
    "hour": lambda value: Decimal(value.hour),
    "minute": lambda value: Decimal(value.minute),
    "second": _second,
    "time offset": offset_of,
    "timezone": lambda value: name_of(value.tzinfo) if value.tzinfo else None,
}
_PROPERTIES: "tuple[tuple[type, dict[str, Callable[..., FeelValue]]], ...]" = (
    (datetime, {**_DATE, **_TIME}),
    (date, _DATE),
    (time, _TIME),
    (
        timedelta,
        {
            "days": _part(_DAY, _DAY * 10**10),
            "hours": _part(_DAY // 24, _DAY),
            "minutes": _part(60_000_000, _DAY // 24),
            "seconds": _part(1_000_000, 60_000_000),
        },
    ),
    (
        YearsMonths,
        {
            "years": lambda value: Decimal(abs(value.months) // 12 * _sign(value.months)),
            "months": lambda value: Decimal(abs(value.months) % 12 * _sign(value.months)),
        },
    ),
    (
        Range,
        {
            "start": lambda value: value.start,
            "end": lambda value: value.end,
            "start included": lambda value: value.start_included,
            "end included": lambda value: value.end_included,
        },
    ),
)
