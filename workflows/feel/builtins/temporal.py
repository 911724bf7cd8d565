"""Functions of dates, times and durations. `now` and `today` give the time of the evaluation, not of a clock."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from workflows.feel.builtins.registry import builtin
from workflows.feel.comparison import kind, same
from workflows.feel.frames import Evaluation
from workflows.feel.numbers import whole
from workflows.feel.temporal.calendar import last_day_of_month, months_between
from workflows.feel.temporal.parsing import (
    make_date,
    parse_date,
    parse_datetime,
    parse_duration,
    parse_time,
)
from workflows.feel.temporal.zones import fixed, representable, zone
from workflows.feel.values import FeelValue, YearsMonths

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@builtin("now", evaluation=True)
def now(evaluation: Evaluation) -> FeelValue:
    return evaluation.now


@builtin("today", evaluation=True)
def today(evaluation: Evaluation) -> FeelValue:
    return evaluation.now.date()


@builtin("date", "from: string | date | date and time")
def date_from(value: str | date) -> FeelValue:
    if isinstance(value, str):
        found = parse_datetime(value)
        return parse_date(value) or (found.date() if found else None)
    return value.date() if isinstance(value, datetime) else value


@builtin("date", "year: number", "month: number", "day: number")
def date_of(year: Decimal, month: Decimal, day: Decimal) -> FeelValue:
    return _date(year, month, day)


@builtin("time", "from: string | time | date and time | date")
def time_from(value: str | time | date) -> FeelValue:
    if isinstance(value, str):
        found = parse_datetime(value)
        return parse_time(value) or (found.timetz() if found else None)
    if isinstance(value, datetime):
        return value.timetz()
    return time(tzinfo=UTC) if isinstance(value, date) else value


@builtin("time", "hour: number", "minute: number", "second: number", "offset?: days and time duration?")
def time_of(hour: Decimal, minute: Decimal, second: Decimal, offset: timedelta | None) -> FeelValue:
    tz = None if offset is None else fixed(offset)
    return None if offset is not None and tz is None else _time(hour, minute, second, tz)


@builtin("date and time", "from: string | date and time | date")
def date_and_time_from(value: str | date) -> FeelValue:
    if isinstance(value, str):
        return parse_datetime(value)
    return value if isinstance(value, datetime) else datetime.combine(value, time(tzinfo=UTC))


@builtin("date and time", "date: date | date and time", "time: time")
def date_and_time_of(day: date, clock: time) -> FeelValue:
    return representable(datetime.combine(day, clock))


@builtin("date and time", "date: date and time", "timezone: string", evaluation=True)
def date_and_time_in(evaluation: Evaluation, moment: datetime, timezone: str) -> FeelValue:
    """Return the same instant in another zone; a local date and time counts as one in the zone of now."""
    tz = zone(timezone)
    if tz is None:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=evaluation.now.tzinfo)).astimezone(tz)
    except OverflowError:
        return None


@builtin(
    "date and time", "year: number", "month: number", "day: number", "hour: number", "minute: number",
    "second: number", "offset?: days and time duration | string?",
)  # fmt: skip
def date_and_time_of_parts(*parts: FeelValue) -> FeelValue:
    *numbers, offset = parts
    year, month, day, hour, minute, second = (part for part in numbers if isinstance(part, Decimal))
    tz = fixed(offset) if isinstance(offset, timedelta) else zone(offset) if isinstance(offset, str) else None
    days, clock = _date(year, month, day), _time(hour, minute, second, tz)
    if days is None or clock is None or (offset is not None and tz is None):
        return None
    return representable(datetime.combine(days, clock))


@builtin("duration", "from: string | days and time duration | years and months duration")
def duration(value: str | timedelta | YearsMonths) -> FeelValue:
    return parse_duration(value) if isinstance(value, str) else value


@builtin("years and months duration", "from: date | date and time", "to: date | date and time")
def years_and_months_duration(start: date, end: date) -> FeelValue:
    return months_between(start, end)


@builtin("day of year", "date: date | date and time")
def day_of_year(value: date) -> FeelValue:
    return Decimal(value.timetuple().tm_yday)


@builtin("day of week", "date: date | date and time")
def day_of_week(value: date) -> FeelValue:
    return _DAYS[value.weekday()]


@builtin("month of year", "date: date | date and time")
def month_of_year(value: date) -> FeelValue:
    return _MONTHS[value.month - 1]


@builtin("week of year", "date: date | date and time")
def week_of_year(value: date) -> FeelValue:
    return Decimal(value.isocalendar().week)


@builtin("last day of month", "date: date | date and time")
def last_day(value: date) -> FeelValue:
    return last_day_of_month(value)


@builtin("is", "value1: any", "value2: any", evaluation=True)
def is_(evaluation: Evaluation, first: FeelValue, second: FeelValue) -> FeelValue:
    """Say whether two values are the same in their kind too: the same clock and offset, not the same instant."""
    if kind(first) != kind(second):
        return False
    if isinstance(first, datetime | time) and isinstance(second, datetime | time):
        return first.replace(tzinfo=None) == second.replace(tzinfo=None) and str(first.tzinfo) == str(second.tzinfo)
    return same(evaluation, first, second)


def _date(year: Decimal, month: Decimal, day: Decimal) -> date | None:
    parts = [whole(part) for part in (year, month, day)]
    return None if None in parts else make_date(*(part for part in parts if part is not None))


def _time(hour: Decimal, minute: Decimal, second: Decimal, tz: tzinfo | None) -> time | None:
    hours, minutes, micros = whole(hour), whole(minute), int(min(abs(second), Decimal(60)) * 1_000_000)
    if hours is None or minutes is None or second < 0:
        return None
    try:
        return time(hours, minutes, micros // 1_000_000, micros % 1_000_000, tzinfo=tz)
    except (ValueError, OverflowError):
        return None
