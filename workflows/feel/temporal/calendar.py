"""Calendar arithmetic. What leaves the years 1 to 9999 is null."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from workflows.feel.temporal.zones import representable
from workflows.feel.values import YearsMonths

_Day = TypeVar("_Day", bound=date)
_DAY = timedelta(days=1)


def add_months(value: _Day, months: int) -> _Day | None:
    """Return `value` moved by months; a day that the month does not have becomes its last one."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    if not 1 <= year <= 9999:  # noqa: PLR2004  # Python's calendar
        return None
    day = min(value.day, calendar.monthrange(year, month + 1)[1])
    moved = value.replace(year=year, month=month + 1, day=day)
    return None if isinstance(moved, datetime) and representable(moved) is None else moved


def add_duration(value: datetime, duration: timedelta) -> datetime | None:
    """Return the instant `duration` later: in a named zone, an hour is an hour across a change of clocks."""
    try:
        if value.tzinfo is None:
            return value + duration
        return (value.astimezone(UTC) + duration).astimezone(value.tzinfo)
    except OverflowError:
        return None


def add_to_time(value: time, duration: timedelta) -> time:
    """Return the time `duration` later, past midnight from the start again; the zone stays."""
    clock = datetime.combine(date(2000, 1, 2), value.replace(tzinfo=None)) + duration % _DAY
    return clock.time().replace(tzinfo=value.tzinfo)


def midnight(value: date, like: datetime) -> datetime:
    """Return a date as the date and time that it is converted to: midnight, in UTC where `like` has a zone."""
    return datetime.combine(value, time.min, tzinfo=UTC if like.tzinfo else None)


def months_between(start: date, end: date) -> YearsMonths:
    """Return the whole months from `start` to `end`, negative when `end` is earlier."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and _within_month(end) < _within_month(start):
        months -= 1
    elif months < 0 and _within_month(end) > _within_month(start):
        months += 1
    return YearsMonths(months)


def last_day_of_month(value: date) -> date:
    """Return the last day of the month of `value`."""
    return date(value.year, value.month, calendar.monthrange(value.year, value.month)[1])


def _within_month(value: date) -> tuple[int, time]:
    clock = value.time() if isinstance(value, datetime) else time.min
    return value.day, clock
