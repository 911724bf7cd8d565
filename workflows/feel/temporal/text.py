"""Dates, times and durations to their texts."""

from datetime import date, datetime, time, timedelta

from workflows.feel.temporal.zones import name_of, offset_of, offset_text
from workflows.feel.values import YearsMonths

_MICROSECOND = timedelta(microseconds=1)


def moment_text(value: date | time, *, zone_in_brackets: bool = False) -> str:
    """Return a date, a time or a date and time as FEEL writes it.

    A named zone is written ``@Europe/Paris``, or, for readers of ISO 8601, behind its offset as
    ``+01:00[Europe/Paris]``.
    """
    if not isinstance(value, datetime | time):
        return value.isoformat()
    text = value.replace(tzinfo=None).isoformat()
    if value.tzinfo is None:
        return text
    name, offset = name_of(value.tzinfo), offset_of(value)
    if name and not zone_in_brackets:
        return f"{text}@{name}"
    behind = offset_text(offset or timedelta(0))
    return f"{text}{behind}[{name}]" if name else text + behind


def duration_text(value: timedelta | YearsMonths) -> str:
    """Return a duration in the form of XML Schema, in its fewest parts: ``P1DT2H``, ``P1Y2M``, ``PT0S``, ``P0M``."""
    if isinstance(value, YearsMonths):
        years, months = divmod(abs(value.months), 12)
        parts = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return ("-" if value.months < 0 else "") + "P" + parts
    microseconds = abs(value) // _MICROSECOND
    seconds, fraction = divmod(microseconds, 1_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if fraction:
        clock += f"{seconds}.{fraction:06}".rstrip("0") + "S"
    elif seconds or not (days or clock):
        clock += f"{seconds}S"
    sign = "-" if value < timedelta(0) else ""
    return f"{sign}P{f'{days}D' if days else ''}{'T' + clock if clock else ''}"
