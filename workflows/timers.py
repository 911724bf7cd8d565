"""When a timer is due: ISO 8601 dates, durations and repeating intervals, and Camunda 7's cron cycles.

    timeDate       2026-03-01T09:00:00Z, 2026-03-01T10:00:00+01:00, 2026-03-01T10:00[Europe/Berlin], 2026-03-01
    timeDuration   PT15M, P1DT12H, P1Y2M, P2W, -PT1S
    timeCycle      R3/PT10S, R/2026-01-01T00:00:00Z/P1D, R5/PT1H/2026-12-31T00:00:00Z, 0 0/5 * * * ?

Years and months count by the calendar, from the day the timer was set: a month after 31 January is the last day of
February, two months after it 31 March. A time without a zone is UTC.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workflows.cron import Cron, parse_cron
from workflows.errors import ExpressionError

_DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?=[\dT])(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?"
    r"(?:(?P<weeks>\d+(?:\.\d+)?)W)?(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_ZONE_NAME = re.compile(r"(?P<time>.*?)(?:[@\[](?P<zone>[A-Za-z_+\-/0-9]+)\]?)?")
_REPEAT = re.compile(r"R(?P<count>\d*)")
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of calendar months and of exact time."""

    months: int
    exact: timedelta

    def after(self, start: datetime, times: int = 1) -> datetime:
        """Return `start` plus this span, `times` over."""
        month = start.month - 1 + self.months * times
        year, month = start.year + month // _MONTHS, month % _MONTHS + 1
        try:
            shifted = start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))
            return shifted + self.exact * times
        except (ValueError, OverflowError) as error:
            raise ExpressionError(str(self), "this leads to a time beyond the year 9999") from error


@dataclass(frozen=True, slots=True)
class AtDate:
    """Due once, at an instant."""

    at: datetime

    def due(self, set_at: datetime, fired: int) -> datetime | None:  # noqa: ARG002
        return None if fired else self.at


@dataclass(frozen=True, slots=True)
class AfterDuration:
    """Due once, a span after it was set."""

    span: Duration

    def due(self, set_at: datetime, fired: int) -> datetime | None:
        return None if fired else self.span.after(set_at)


@dataclass(frozen=True, slots=True)
class Cycle:
    """Due every `span`, `repetitions` times (None: for ever), from `start` on, not after `end`.

    Without a start it is first due one span after it was set.
    """

    span: Duration
    repetitions: int | None
    start: datetime | None = None
    end: datetime | None = None

    def due(self, set_at: datetime, fired: int) -> datetime | None:
        if self.repetitions is not None and fired >= self.repetitions:
            return None
        first = 1 if self.start is None else 0
        at = self.span.after(self.start or set_at, fired + first)
        return None if self.end is not None and at > self.end else at


@dataclass(frozen=True, slots=True)
class CronCycle:
    """Due at each time that a cron expression names, for ever."""

    cron: Cron

    def due(self, set_at: datetime, fired: int) -> datetime | None:
        at: datetime | None = set_at
        for _ in range(fired + 1):
            at = None if at is None else self.cron.after(at)
        return at


Schedule = AtDate | AfterDuration | Cycle | CronCycle
"""`due(set_at, fired)`: when a timer set at `set_at` that has fired `fired` times is due next, in UTC; or None."""


@lru_cache(maxsize=2048)
def parse_timer(kind: str, text: str) -> Schedule:
    """Return the schedule that `text` says; `kind` is "timeDate", "timeDuration" or "timeCycle".

    Raises `ExpressionError` for a text that says none.
    """
    stripped = text.strip()
    if kind == "timeDate":
        return AtDate(parse_instant(stripped))
    if kind == "timeDuration":
        return AfterDuration(parse_duration(stripped))
    if stripped.startswith("R"):
        return _parse_cycle(stripped)
    if " " in stripped:
        return CronCycle(parse_cron(stripped))
    return Cycle(parse_duration(stripped), 1)


def parse_instant(text: str) -> datetime:
    """Return an ISO 8601 date or date and time as UTC."""
    found = _ZONE_NAME.fullmatch(text.strip())
    try:
        zone = ZoneInfo(found["zone"]) if found and found["zone"] else UTC
        instant = datetime.fromisoformat(found["time"] if found else text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError) as error:
        raise ExpressionError(text, "this is not an ISO 8601 date and time like 2026-03-01T09:00:00Z") from error


def parse_duration(text: str) -> Duration:
    """Return an ISO 8601 duration."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ExpressionError(text, "this is not an ISO 8601 duration like PT15M or P1DT12H")
    sign = -1 if found["sign"] == "-" else 1
    units = ("weeks", "days", "hours", "minutes", "seconds")
    try:
        exact = timedelta(**{unit: float(found[unit] or 0) for unit in units})
    except OverflowError as error:
        raise ExpressionError(text, "this duration is too long") from error
    months = int(found["years"] or 0) * _MONTHS + int(found["months"] or 0)
    return Duration(sign * months, sign * exact)


def timer_text(kind: str, value: object, source: str) -> str:
    """Return what an expression gave for a timer (text or a temporal value) as text that `parse_timer` reads."""
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, date) and kind == "timeDate":
        return value.isoformat()
    if isinstance(value, timedelta) and kind != "timeDate":
        return _duration_text(value)
    if kind != "timeDate" and hasattr(value, "isoformat") and not isinstance(value, date):
        return str(value.isoformat())
    shown = "null" if value is None else f"a {type(value).__name__}"
    raise ExpressionError(source, f"a {kind} timer can't be set to {shown}")


def _parse_cycle(text: str) -> Cycle:
    first, *parts = text.split("/")
    found = _REPEAT.fullmatch(first)
    if found is None or not 1 <= len(parts) <= 2:  # noqa: PLR2004
        raise ExpressionError(text, "this is not a repeating interval like R3/PT10S or R/2026-01-01T00:00:00Z/P1D")
    count = int(found["count"]) if found["count"] else None
    if len(parts) == 1:
        return _advancing(text, Cycle(parse_duration(parts[0]), count))
    if parts[0].lstrip("+-").startswith("P"):
        return _advancing(text, Cycle(parse_duration(parts[0]), count, end=parse_instant(parts[1])))
    return _advancing(text, Cycle(parse_duration(parts[1]), count, start=parse_instant(parts[0])))


def _advancing(text: str, cycle: Cycle) -> Cycle:
    if cycle.span.months <= 0 and cycle.span.exact <= timedelta(0):
        raise ExpressionError(text, "the interval of a cycle must be longer than nothing")
    return cycle


def _duration_text(value: timedelta) -> str:
    sign, value = ("-", -value) if value < timedelta(0) else ("", value)
    seconds = f"{value.seconds}.{value.microseconds:06d}" if value.microseconds else str(value.seconds)
    return f"{sign}P{value.days}DT{seconds}S"
