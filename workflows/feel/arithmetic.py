"""``+ - * / **`` on numbers, texts, dates, times and durations (DMN 1.5, tables 47 to 49); misfits give null."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias

from workflows.feel.comparison import comparable, order_key
from workflows.feel.frames import Evaluation
from workflows.feel.numbers import CONTEXT, finite
from workflows.feel.temporal.calendar import add_duration, add_months, add_to_time, midnight
from workflows.feel.temporal.zones import strict_utc
from workflows.feel.values import FeelValue, YearsMonths, is_date

Operator: TypeAlias = Callable[[Evaluation, FeelValue, FeelValue], FeelValue]

POWER_STEPS = 20  # of the budget, for what takes decimals tens of microseconds
_MICROSECOND = timedelta(microseconds=1)
_MAX_MONTHS = 12 * 10**9


def add(evaluation: Evaluation, left: FeelValue, right: FeelValue) -> FeelValue:
    """Return ``left + right``."""
    if type(left) is Decimal and type(right) is Decimal:
        return finite(CONTEXT.add(left, right))
    if isinstance(left, str) and isinstance(right, str):
        evaluation.spend_text(len(left) + len(right))
        return left + right
    if isinstance(left, timedelta | YearsMonths) and not isinstance(right, timedelta | YearsMonths):
        return _move(right, left)
    return _move(left, right)


def subtract(_evaluation: Evaluation, left: FeelValue, right: FeelValue) -> FeelValue:
    """Return ``left - right``."""
    if type(left) is Decimal and type(right) is Decimal:
        return finite(CONTEXT.subtract(left, right))
    if isinstance(right, timedelta | YearsMonths):
        return _move(left, negate(right))
    return _distance(left, right)


def multiply(_evaluation: Evaluation, left: FeelValue, right: FeelValue) -> FeelValue:
    """Return ``left * right``."""
    if type(left) is Decimal and type(right) is Decimal:
        return finite(CONTEXT.multiply(left, right))
    if isinstance(left, Decimal):
        left, right = right, left
    return _scale(left, right, CONTEXT.multiply)


def divide(_evaluation: Evaluation, left: FeelValue, right: FeelValue) -> FeelValue:
    """Return ``left / right``; a division by zero is null."""
    if type(left) is Decimal and type(right) is Decimal:
        return finite(CONTEXT.divide(left, right))
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return finite(CONTEXT.divide(microseconds(left), microseconds(right)))
    if isinstance(left, YearsMonths) and isinstance(right, YearsMonths):
        return finite(CONTEXT.divide(Decimal(left.months), Decimal(right.months)))
    return _scale(left, right, CONTEXT.divide)


def power(evaluation: Evaluation, left: FeelValue, right: FeelValue) -> FeelValue:
    """Return ``left ** right``."""
    if type(left) is not Decimal or type(right) is not Decimal:
        return None
    if not left and not right:
        return Decimal(1)
    evaluation.spend(POWER_STEPS)
    return finite(CONTEXT.power(left, right))


def negate(value: FeelValue) -> FeelValue:
    """Return ``-value`` of a number or a duration."""
    if isinstance(value, Decimal):
        return CONTEXT.minus(value)
    if isinstance(value, timedelta):
        return from_microseconds(-microseconds(value))
    return YearsMonths(-value.months) if isinstance(value, YearsMonths) else None


OPERATORS: dict[str, Operator] = {"+": add, "-": subtract, "*": multiply, "/": divide, "**": power}


def microseconds(value: timedelta) -> Decimal:
    """Return the length of a duration."""
    return Decimal(value // _MICROSECOND)


def from_microseconds(value: Decimal) -> timedelta | None:
    """Return the duration of this length, to the microsecond; None when it is too long."""
    if not value.is_finite() or abs(value) >= Decimal(10) ** 20:
        return None
    try:
        return timedelta(microseconds=int(value))
    except OverflowError:
        return None


def _months(value: Decimal) -> YearsMonths | None:
    return YearsMonths(int(value)) if value.is_finite() and abs(value) <= _MAX_MONTHS else None


def _scale(duration: FeelValue, factor: FeelValue, operation: Callable[[Decimal, Decimal], Decimal]) -> FeelValue:
    if not isinstance(factor, Decimal):
        return None
    if isinstance(duration, timedelta):
        return from_microseconds(operation(microseconds(duration), factor))
    return _months(operation(Decimal(duration.months), factor)) if isinstance(duration, YearsMonths) else None


def _move(value: FeelValue, duration: FeelValue) -> FeelValue:
    if isinstance(duration, YearsMonths):
        if isinstance(value, YearsMonths):
            return _months(Decimal(value.months + duration.months))
        if isinstance(value, datetime):
            return add_months(value, duration.months)
        return add_months(value, duration.months) if isinstance(value, date) else None
    return _move_by_time(value, duration) if isinstance(duration, timedelta) else None


def _move_by_time(value: FeelValue, duration: timedelta) -> FeelValue:
    if isinstance(value, timedelta):
        return from_microseconds(microseconds(value) + microseconds(duration))
    if isinstance(value, time):
        return add_to_time(value, duration)
    if isinstance(value, datetime):
        return add_duration(value, duration)
    if isinstance(value, date):
        moved = add_duration(datetime.combine(value, time.min), duration)
        return moved.date() if moved else None
    return None


def _distance(left: FeelValue, right: FeelValue) -> FeelValue:
    if isinstance(left, datetime) and isinstance(right, date) and is_date(right):
        right = midnight(right, left)
    elif isinstance(right, datetime) and isinstance(left, date) and is_date(left):
        left = midnight(left, right)
    if not comparable(left, right):
        return None
    if isinstance(left, datetime) and isinstance(right, datetime):
        return strict_utc(left) - strict_utc(right)
    if isinstance(left, date) and isinstance(right, date):
        return left - right
    if isinstance(left, time) and isinstance(right, time):
        first, second = order_key(left), order_key(right)
        return first - second if isinstance(first, timedelta) and isinstance(second, timedelta) else None
    return None
