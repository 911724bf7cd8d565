"""Equality and order: three-valued, and null where values of different kinds meet (DMN 1.5, tables 50 and 51)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, TypeAlias

from workflows.feel.frames import Evaluation
from workflows.feel.temporal.zones import offset_of, strict_utc
from workflows.feel.values import FeelFunction, FeelValue, Range, YearsMonths

Key: TypeAlias = Decimal | str | date | timedelta | YearsMonths

ORDER: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def kind(value: FeelValue) -> str:
    """Return the name of a value's FEEL type."""
    exact = _BY_TYPE.get(type(value))
    if exact:
        return exact
    for type_, name in _KINDS:
        if isinstance(value, type_):
            return name
    return "Null"


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (Decimal, "number"),
    (str, "string"),
    (datetime, "date and time"),
    (date, "date"),
    (time, "time"),
    (timedelta, "days and time duration"),
    (YearsMonths, "years and months duration"),
    (list, "list"),
    (dict, "context"),
    (Range, "range"),
    (FeelFunction, "function"),
)
_BY_TYPE = dict(_KINDS)
_ORDERED = frozenset(name for _, name in _KINDS) - {"boolean", "list", "context", "range", "function"}


def order_key(value: FeelValue) -> Key | None:
    """Return what `value` is ordered by; None for kinds without an order.

    Date and times with a zone are ordered as instants, times with one by their clock in UTC.
    """
    if isinstance(value, datetime):
        return strict_utc(value)
    if isinstance(value, time):
        return _since_midnight(value)
    if isinstance(value, bool) or not isinstance(value, Decimal | str | date | timedelta | YearsMonths):
        return None
    return value


def comparable(left: FeelValue, right: FeelValue) -> bool:
    """Say whether two values have one kind and one order: both with a zone, or both local, where that matters."""
    of_kind = kind(left)
    if of_kind != kind(right) or of_kind not in _ORDERED:
        return False
    if isinstance(left, datetime | time) and isinstance(right, datetime | time):
        return (left.tzinfo is None) == (right.tzinfo is None)
    return True


def compare(operator: str, left: FeelValue, right: FeelValue) -> bool | None:
    """Return ``left operator right`` for ``<``, ``<=``, ``>``, ``>=``; null when they can't be compared."""
    if type(left) is Decimal and type(right) is Decimal:
        return ORDER[operator](left, right)
    if not comparable(left, right):
        return None
    return ORDER[operator](order_key(left), order_key(right))


def equal(evaluation: Evaluation, left: FeelValue, right: FeelValue) -> bool | None:
    """Return ``left = right``: null equals only null; values of different kinds give null."""
    if left is None or right is None:
        return left is right
    return _equal_values(evaluation, left, right) if kind(left) == kind(right) else None


def _equal_values(evaluation: Evaluation, left: FeelValue, right: FeelValue) -> bool:
    """Return whether two values of one kind are equal."""
    if isinstance(left, list) and isinstance(right, list):
        return _equal_lists(evaluation, left, right)
    if isinstance(left, dict) and isinstance(right, dict):
        return _equal_contexts(evaluation, left, right)
    if isinstance(left, Range) and isinstance(right, Range):
        return _equal_ranges(evaluation, left, right)
    if isinstance(left, datetime | time):
        return comparable(left, right) and order_key(left) == order_key(right)
    return left is right if isinstance(left, FeelFunction) else left == right


def same(evaluation: Evaluation, left: FeelValue, right: FeelValue) -> bool:
    """Say whether two values are equal, for functions that look things up in lists."""
    return equal(evaluation, left, right) is True


def in_range(range_: Range, value: FeelValue) -> bool | None:
    """Say whether `value` lies in a range; null when it can't be compared with the limits."""
    above: bool | None = True
    below: bool | None = True
    if not range_.start_unbounded:
        above = compare(">=" if range_.start_included else ">", value, range_.start)
    if not range_.end_unbounded:
        below = compare("<=" if range_.end_included else "<", value, range_.end)
    if above is False or below is False:
        return False
    return None if above is None or below is None else True


def contained(evaluation: Evaluation, value: FeelValue, container: FeelValue) -> bool | None:
    """Return ``value in container``: in a range, in a list or one of its ranges, or equal."""
    if isinstance(container, Range) and not isinstance(value, Range):
        return in_range(container, value)
    if isinstance(container, list):
        evaluation.spend(len(container))
        if any(_matches_item(evaluation, value, item) for item in container):
            return True
        return same(evaluation, value, container)
    return equal(evaluation, value, container)


def _matches_item(evaluation: Evaluation, value: FeelValue, item: FeelValue) -> bool:
    if isinstance(item, Range) and not isinstance(value, Range):
        return in_range(item, value) is True
    if isinstance(item, list) and not isinstance(value, list):
        return contained(evaluation, value, item) is True
    return same(evaluation, value, item)


def _equal_lists(evaluation: Evaluation, left: list[FeelValue], right: list[FeelValue]) -> bool:
    if len(left) != len(right):
        return False
    evaluation.spend(len(left))
    return all(same(evaluation, *pair) for pair in zip(left, right, strict=True))


def _equal_contexts(evaluation: Evaluation, left: dict[str, FeelValue], right: dict[str, FeelValue]) -> bool:
    if left.keys() != right.keys():
        return False
    evaluation.spend(len(left))
    return all(same(evaluation, value, right[key]) for key, value in left.items())


def _equal_ranges(evaluation: Evaluation, left: Range, right: Range) -> bool:
    shapes = [(one.start_included, one.end_included, one.start_unbounded, one.end_unbounded) for one in (left, right)]
    ends = same(evaluation, left.start, right.start) and same(evaluation, left.end, right.end)
    return ends and shapes[0] == shapes[1]


def _since_midnight(value: time) -> timedelta:
    clock = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    return clock - (offset_of(value) or timedelta(0))
