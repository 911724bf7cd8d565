"""When people are reminded of an appointment."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.clinic.clock import first_instant
from app.clinic.errors import InvalidInput


def reminder_times(
    starts_at: datetime, *, offsets: Iterable[timedelta], now: datetime, zone: ZoneInfo
) -> list[datetime]:
    """Return the instants, in UTC and in order, at which reminders of an appointment are still to come.

    The whole days of an offset are counted on the clinic's calendar, the rest in real time: one day before ten
    o'clock is ten o'clock, also when the clocks change in the night between, and two hours before are two hours.
    Raise `InvalidInput` for an offset that is not before the start.
    """
    times = {_before(starts_at, offset, zone) for offset in offsets}
    return sorted(time for time in times if time > now)


def _before(starts_at: datetime, offset: timedelta, zone: ZoneInfo) -> datetime:
    if offset <= timedelta():
        raise InvalidInput("offsets", "A reminder comes before the appointment, so its offset is more than nothing.")
    rest = timedelta(seconds=offset.seconds, microseconds=offset.microseconds)
    if not offset.days:
        return starts_at.astimezone(UTC) - rest
    local = starts_at.astimezone(zone)
    clock = local.time().replace(fold=0)
    return first_instant(local.date() - timedelta(days=offset.days), clock, zone) - rest
