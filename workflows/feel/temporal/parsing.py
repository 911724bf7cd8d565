"""Texts of dates, times and durations to values: ISO 8601 and XML Schema, as DMN 1.5 narrows them, and zones.

Limits of Python's calendar: years 1 to 9999, microseconds (further digits are cut).
"""

import re
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TypeAlias

from workflows.feel.temporal.zones import representable, zone
from workflows.feel.values import YearsMonths

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_TIME = re.compile(r"T?(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(.*)", re.ASCII | re.DOTALL)
_ZONE = re.compile(r"(?:(Z|z|[+-]\d{2}:?\d{2}(?::\d{2})?)(?:\[([^\]]+)\])?|@(.+)|)", re.ASCII)
_DURATION = re.compile(
    r"(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=\d|\.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?", re.ASCII
)
_MAX_DIGITS = 15  # of a duration's part; what is longer lies past any calendar

Moment: TypeAlias = date | time | timedelta | YearsMonths


def parse_date(text: str) -> date | None:
    """Return the date that ``YYYY-MM-DD`` stands for, None when it is none."""
    found = _DATE.fullmatch(text)
    return make_date(*map(int, found.groups())) if found else None


def make_date(year: int, month: int, day: int) -> date | None:
    """Return the date of these numbers; None when the calendar has no such day."""
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def parse_time(text: str) -> time | None:
    """Return the time of ``hh:mm:ss``, with optional ``T`` before, fraction, offset or ``@Zone`` behind."""
    found = _TIME.fullmatch(text)
    if not found:
        return None
    hour, minute, second, fraction, behind = found.groups()
    known, tz = _parse_zone(behind)
    if not known:
        return None
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        return time(int(hour), int(minute), int(second or 0), microsecond, tzinfo=tz)
    except ValueError:
        return None


def parse_datetime(text: str) -> datetime | None:
    """Return the date and time of ``YYYY-MM-DDThh:mm:ss...``; a date alone stands for its midnight."""
    day_text, separator, time_text = text.partition("T")
    day = parse_date(day_text)
    if day is None:
        return None
    if not separator:
        return datetime.combine(day, time.min)
    clock = parse_time(time_text) if not time_text.startswith("T") else None
    return None if clock is None else representable(datetime.combine(day, clock))


def parse_duration(text: str) -> timedelta | YearsMonths | None:
    """Return the duration of ``P1Y2M`` or ``P1DT2H3M4.5S``; None when it mixes the two kinds or is too long."""
    found = _DURATION.fullmatch(text)
    if not found:
        return None
    sign, years, months, *rest = found.groups()
    if any(part and len(part) > _MAX_DIGITS for part in (years, months, *rest[:4])):
        return None
    calendar, clock = (years, months) != (None, None), any(part is not None for part in rest)
    if calendar == clock:
        return None
    factor = -1 if sign else 1
    if calendar:
        return YearsMonths(factor * (int(years or 0) * 12 + int(months or 0)))
    days, hours, minutes, seconds, fraction = rest
    try:
        return factor * timedelta(
            days=int(days or 0),
            hours=int(hours or 0),
            minutes=int(minutes or 0),
            seconds=int(seconds or 0),
            microseconds=int((fraction or "0")[:6].ljust(6, "0")),
        )
    except OverflowError:
        return None


def parse_temporal(text: str) -> Moment | None:
    """Return the value of an ``@"..."`` literal: the one kind whose form `text` has."""
    for parse in (parse_date, parse_datetime, parse_time, parse_duration):
        value = parse(text)
        if value is not None:
            return value
    return None


def _parse_zone(text: str) -> tuple[bool, tzinfo | None]:
    """Return whether `text` is a zone, or empty, and the zone; an offset with a zone in brackets is that zone."""
    found = _ZONE.fullmatch(text)
    if not found:
        return False, None
    name = found.group(2) or found.group(3) or found.group(1)
    if name is None:
        return True, None
    value = zone(name)
    return value is not None, value
