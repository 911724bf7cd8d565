"""FEEL's values, as Python sees them.

| FEEL | Python |
| --- | --- |
| null, boolean, string | `None`, `bool`, `str` |
| number | `Decimal`, finite, 34 digits (`workflows.feel.numbers`) |
| date, time, date and time | `date`, `time`, `datetime`; a zone is a fixed offset or a `ZoneInfo` |
| days and time duration | `timedelta` |
| years and months duration | `YearsMonths` |
| list, context | `list`, `dict` with string keys; never changed once built |
| range | `Range` |
| function | `FeelFunction` |
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, TypeAlias

from workflows.feel.numbers import within_range
from workflows.feel.temporal.zones import representable

if TYPE_CHECKING:
    from workflows.feel.frames import Evaluation


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """A years and months duration: a whole number of months, negative ones included."""

    months: int


@dataclass(frozen=True, slots=True)
class Range:
    """A range between two values of one kind.

    An end that is None with `..._unbounded` set has no limit on that side, as in ``(< 5)``.
    """

    start: "FeelValue"
    end: "FeelValue"
    start_included: bool
    end_included: bool
    start_unbounded: bool = False
    end_unbounded: bool = False


class FeelFunction(ABC):
    """Something an expression can call: a built-in, a function definition, a business knowledge model."""

    @property
    @abstractmethod
    def parameters(self) -> tuple[str, ...]:
        """The parameter names of the function; of its first form, when it has several."""

    @abstractmethod
    def call(self, evaluation: "Evaluation", arguments: "Sequence[FeelValue]") -> "FeelValue":
        """Call with positional arguments; null when they do not fit."""

    @abstractmethod
    def call_named(self, evaluation: "Evaluation", arguments: "Mapping[str, FeelValue]") -> "FeelValue":
        """Call with arguments by name; null when they do not fit."""


FeelValue: TypeAlias = (
    "bool | Decimal | str | date | time | timedelta | YearsMonths | Range | FeelFunction"
    " | list[FeelValue] | dict[str, FeelValue] | None"
)

# What `evaluate` accepts as a variable: JSON values, and values that another expression returned.
FeelInput: TypeAlias = "FeelValue | int | float | Sequence[FeelInput] | Mapping[str, FeelInput]"

_MAX_BITS = 20_000  # of an int: a little less than decimal128's 6,145 digits
_AS_THEY_ARE = (bool, str, Decimal, date, time, timedelta, YearsMonths, Range, FeelFunction)


def to_feel(value: FeelInput, spend: Callable[[int], None] = lambda _: None) -> FeelValue:
    """Return a variable as a FEEL value: numbers become `Decimal` by their shortest text, strings stay strings.

    NaN, the infinities and what lies out of FEEL's range become null. Raises TypeError for a value of a type that
    no variable has. `spend` is told the size of each list and mapping, and may stop the work by raising.
    """
    if value is None or isinstance(value, _AS_THEY_ARE):
        return value if _fits(value) else None
    if isinstance(value, int):
        return Decimal(value) if value.bit_length() < _MAX_BITS else None
    if isinstance(value, float):
        return Decimal(repr(value)) if isfinite(value) else None
    if isinstance(value, Mapping):
        spend(len(value))
        return {str(key): to_feel(item, spend) for key, item in value.items()}
    if isinstance(value, list | tuple):
        spend(len(value))
        return [to_feel(item, spend) for item in value]
    raise TypeError(f"a value of type {type(value).__name__} is no FEEL value")


def _fits(value: FeelValue) -> bool:
    """Say whether a value from outside lies where this package calculates: decimal128, and UTC's years 1 to 9999."""
    if isinstance(value, Decimal):
        return within_range(value)
    return not isinstance(value, datetime) or representable(value) is not None


def is_date(value: object) -> bool:
    """Say whether `value` is a date without a time."""
    return isinstance(value, date) and not isinstance(value, datetime)
