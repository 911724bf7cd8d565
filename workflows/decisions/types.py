"""Type references: which values a column or result takes, and what becomes of others.

Process variables are JSON, which has no dates, times and durations, so ISO 8601 text becomes these where one is
asked for. In a Camunda 7 file the types convert further, as its engine does: `string` takes any scalar, `integer`,
`long` and `double` take numbers as text, `boolean` takes "true" and "false", `date` is a date and time. In a
Camunda 8 file `string`, which the Modeler gives to every new column, leaves the value as it is, as Zeebe does.
Null is of every type.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from workflows.expressions.dialect import Dialect
from workflows.feel import FeelValue, compile_expression
from workflows.feel.comparison import kind
from workflows.feel.numbers import parse_number
from workflows.feel.temporal.parsing import parse_date, parse_datetime, parse_duration, parse_time
from workflows.feel.values import is_date

Read = Callable[[FeelValue], FeelValue]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_TEXT = compile_expression("string(value)")
_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)  # string() reads no clock
_MOST_SHOWN = 60


class Unfit(Exception):
    """A value that a type does not take; the text says why."""


@dataclass(frozen=True, slots=True)
class Type:
    """A type by the name that the file gives it."""

    name: str
    read: Read

    def convert(self, value: FeelValue) -> FeelValue:
        """Return `value` as this type, or raise `Unfit`."""
        if value is None:
            return None
        converted = self.read(value)
        if converted is None:
            raise Unfit(f"{shown(value)} is no {self.name}, it is a {kind(value)}")
        return converted


def find_type(name: str, dialect: Dialect) -> Type | None:
    """Return the type that a `typeRef` names in a file of `dialect`; None if there is no such type."""
    bare = name.strip().removeprefix("feel:")
    own = _CAMUNDA7.get(bare) if dialect is Dialect.CAMUNDA7 else None
    read = own or _TYPES.get(bare)
    return Type(bare, read) if read else None


def type_names(dialect: Dialect) -> str:
    """Return the names of all types, for a message."""
    own = _CAMUNDA7 if dialect is Dialect.CAMUNDA7 else {}
    return ", ".join(sorted({*_TYPES, *own}))


def shown(value: FeelValue) -> str:
    """Return a value as a message shows it."""
    text = repr(value) if isinstance(value, str) else str(_TEXT.evaluate({"value": value}, _ANY_TIME))
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 3] + "..."


def _anything(value: FeelValue) -> FeelValue:
    return value


def _of_kind(*kinds: str) -> Read:
    return lambda value: value if kind(value) in kinds else None


def _temporal(of_kind: str, parse: Callable[[str], FeelValue]) -> Read:
    def read(value: FeelValue) -> FeelValue:
        found = parse(value) if isinstance(value, str) else value
        return found if kind(found) == of_kind else None

    return read


def _camunda7_text(value: FeelValue) -> FeelValue:
    if isinstance(value, list | dict):
        return None
    return value if isinstance(value, str) else _TEXT.evaluate({"value": value}, _ANY_TIME)


def _camunda7_boolean(value: FeelValue) -> FeelValue:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def _camunda7_number(value: FeelValue) -> FeelValue:
    if isinstance(value, str):
        return parse_number(value) if _NUMBER.fullmatch(value) else None
    return value if isinstance(value, Decimal) else None


def _camunda7_whole(value: FeelValue) -> FeelValue:
    number = _camunda7_number(value)
    return number if isinstance(number, Decimal) and number == number.to_integral_value() else None


def _camunda7_date(value: FeelValue) -> FeelValue:
    found = parse_datetime(value) if isinstance(value, str) else value
    if isinstance(found, date) and is_date(found):
        return datetime.combine(found, datetime.min.time())
    return found if isinstance(found, datetime) else None


_DATE_TIME = _temporal("date and time", parse_datetime)
_DAYS = _temporal("days and time duration", parse_duration)
_MONTHS = _temporal("years and months duration", parse_duration)

_TYPES: dict[str, Read] = {
    "Any": _anything,
    "string": _anything,
    "boolean": _of_kind("boolean"),
    "number": _of_kind("number"),
    "integer": _camunda7_whole,
    "long": _camunda7_whole,
    "double": _camunda7_number,
    "date": _temporal("date", parse_date),
    "time": _temporal("time", parse_time),
    "dateTime": _DATE_TIME,
    "date and time": _DATE_TIME,
    "dayTimeDuration": _DAYS,
    "days and time duration": _DAYS,
    "yearMonthDuration": _MONTHS,
    "years and months duration": _MONTHS,
    "list": _of_kind("list"),
    "context": _of_kind("context"),
}

_CAMUNDA7: dict[str, Read] = {
    "string": _camunda7_text,
    "boolean": _camunda7_boolean,
    "date": _camunda7_date,
}
