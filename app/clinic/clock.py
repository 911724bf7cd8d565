"""From the clinic's clock to instants, over changes of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_PRECISION = timedelta(minutes=1)


def first_instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the first instant, in UTC, at which the zone's clock shows this time of this day, or later.

    So a time that the clock shows twice is its first showing, and one that it skips is the moment of the change. A
    later time never comes before an earlier one.
    """
    wanted = datetime.combine(day, clock)
    found = wanted.replace(tzinfo=zone).astimezone(UTC)
    if _shown(found, zone) == wanted:
        return found
    too_early = wanted.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while found - too_early > _PRECISION:
        middle = too_early + (found - too_early) // 2
        if _shown(middle, zone) < wanted:
            too_early = middle
        else:
            found = middle
    return found.replace(second=0, microsecond=0)


def showings(day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    """Return the instants, in UTC, at which the zone's clock shows exactly this: none, one, or two, in their order."""
    wanted = datetime.combine(day, clock)
    candidates = {wanted.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(instant for instant in candidates if _shown(instant, zone) == wanted)


def first_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which a day of the zone begins."""
    return first_instant(day, time.min, zone)


def _shown(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)
