"""Time zones: offsets such as ``+02:00`` and IANA names such as ``Europe/Paris``."""

import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})(?::?(\d{2}))?", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+)*")
_MAX_OFFSET = timedelta(hours=18)
# A time in a named zone has no date, so no summer or winter: its offset is the one of this day.
_REFERENCE_DAY = datetime(2000, 1, 1)  # noqa: DTZ001  # the zone is what is asked for


@lru_cache(maxsize=1000)
def zone(text: str) -> tzinfo | None:
    """Return the zone that ``Z``, an offset or an IANA name stands for; None when there is no such zone."""
    if text in ("Z", "z"):
        return UTC
    offset = _OFFSET.fullmatch(text)
    if offset:
        sign, hours, minutes, seconds = offset.groups()
        if int(minutes) > 59 or int(seconds or 0) > 59:  # noqa: PLR2004  # sexagesimal
            return None
        return fixed(
            (-1 if sign == "-" else 1) * timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
        )
    if not _NAME.fullmatch(text):
        return None
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # unknown, malformed, or a folder of the zone database
        return None


def fixed(offset: timedelta) -> tzinfo | None:
    """Return the zone with a constant `offset`; None beyond 18 hours."""
    if abs(offset) > _MAX_OFFSET:
        return None
    return timezone(offset) if offset else UTC


def name_of(value: tzinfo) -> str | None:
    """Return the IANA name of a zone, None for an offset."""
    return value.key if isinstance(value, ZoneInfo) else None


def offset_of(value: datetime | time) -> timedelta | None:
    """Return the offset from UTC of a date and time or a time; None when it is local."""
    if isinstance(value, datetime):
        return value.utcoffset()
    return value.tzinfo.utcoffset(_REFERENCE_DAY) if value.tzinfo else None


def offset_text(offset: timedelta) -> str:
    """Return an offset as ISO 8601 writes it: ``Z``, ``+02:00``."""
    if not offset:
        return "Z"
    seconds = round(abs(offset).total_seconds())
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    text = f"{'-' if offset < timedelta(0) else '+'}{hours:02}:{minutes:02}"
    return f"{text}:{seconds:02}" if seconds else text


def strict_utc(value: datetime) -> datetime:
    """Return the same instant in UTC; local date and times stay as they are."""
    return value.astimezone(UTC) if value.tzinfo else value


def representable(value: datetime) -> datetime | None:
    """Return `value`, or None when its instant in UTC leaves the years 1 to 9999."""
    try:
        strict_utc(value)
    except OverflowError:
        return None
    return value
