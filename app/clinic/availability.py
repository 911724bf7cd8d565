"""When doctors can be booked: their weekly hours and breaks, leave and holidays.

Weekly times are on the clinic's clock, in whole steps of five minutes, on weekdays from 0 (Monday) to 6.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.clinic import people, validation
from app.clinic.clock import first_of_day
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import AvailabilityException, Doctor, ExceptionKind, WeeklyBreak, WeeklyHours
from app.clinic.models.appointments import TICK_MINUTES

_LONGEST_SLOT = 480
_LAST_WEEKDAY = 6


def add_weekly_hours(
    session: Session, *, docid: str, weekday: int, starts: time, ends: time, slot_minutes: int
) -> WeeklyHours:
    """Let a doctor be booked every week between two times; raise `InvalidInput` if other hours overlap them."""
    _check_times(weekday, starts, ends)
    if not TICK_MINUTES <= slot_minutes <= _LONGEST_SLOT or slot_minutes % TICK_MINUTES:
        raise InvalidInput("slot_minutes", f"A slot has {TICK_MINUTES} to {_LONGEST_SLOT} minutes, in steps of 5.")
    if timedelta(minutes=slot_minutes) > timedelta(hours=ends.hour - starts.hour, minutes=ends.minute - starts.minute):
        raise InvalidInput("slot_minutes", "Not one slot fits into these hours.")
    _lock(session, docid)
    if _overlapping(session, WeeklyHours, docid=docid, weekday=weekday, starts=starts, ends=ends):
        raise InvalidInput("starts", "Other hours of this day overlap these.")
    hours = WeeklyHours(docid=docid, weekday=weekday, starts=starts, ends=ends, slot_minutes=slot_minutes)
    session.add(hours)
    session.flush()
    return hours


def add_weekly_break(session: Session, *, docid: str, weekday: int, starts: time, ends: time) -> WeeklyBreak:
    """Keep every week the time between two times free; raise `InvalidInput` if another break overlaps it."""
    _check_times(weekday, starts, ends)
    _lock(session, docid)
    if _overlapping(session, WeeklyBreak, docid=docid, weekday=weekday, starts=starts, ends=ends):
        raise InvalidInput("starts", "Another break of this day overlaps this one.")
    pause = WeeklyBreak(docid=docid, weekday=weekday, starts=starts, ends=ends)
    session.add(pause)
    session.flush()
    return pause


def add_leave(
    session: Session, *, docid: str, starts_at: datetime, ends_at: datetime, reason: str = ""
) -> AvailabilityException:
    """Let a doctor not be booked for a time; appointments that are there stay. `whole_days` gives the times.

    Raise `InvalidInput` if other leave of the doctor overlaps it.
    """
    _lock(session, docid)
    return _add_exception(
        session, ExceptionKind.LEAVE, docid=docid, starts_at=starts_at, ends_at=ends_at, reason=reason
    )


def add_holiday(session: Session, *, day: date, zone: ZoneInfo, reason: str) -> AvailabilityException:
    """Close the clinic for a day; appointments that are there stay. Raise `InvalidInput` if it is closed already."""
    starts_at, ends_at = whole_days(day, day, zone)
    return _add_exception(
        session, ExceptionKind.HOLIDAY, docid=None, starts_at=starts_at, ends_at=ends_at, reason=reason
    )


def whole_days(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instants at which `first` begins and `last` has ended on the clinic's clock."""
    return first_of_day(first, zone), first_of_day(last + timedelta(days=1), zone)


def list_weekly_hours(session: Session, *, docid: str) -> list[WeeklyHours]:
    """Return a doctor's hours from Monday on."""
    query = select(WeeklyHours).where(WeeklyHours.docid == docid)
    return list(session.scalars(query.order_by(WeeklyHours.weekday, WeeklyHours.starts)))


def list_weekly_breaks(session: Session, *, docid: str) -> list[WeeklyBreak]:
    """Return a doctor's breaks from Monday on."""
    query = select(WeeklyBreak).where(WeeklyBreak.docid == docid)
    return list(session.scalars(query.order_by(WeeklyBreak.weekday, WeeklyBreak.starts)))


def list_exceptions(
    session: Session, *, docid: str, after: datetime, before: datetime | None = None
) -> list[AvailabilityException]:
    """Return the doctor's leave and the clinic's holidays that touch the time from `after` on (to `before`)."""
    mine = or_(AvailabilityException.docid == docid, AvailabilityException.docid.is_(None))
    query = select(AvailabilityException).where(mine, AvailabilityException.ends_at > after)
    if before is not None:
        query = query.where(AvailabilityException.starts_at < before)
    return list(session.scalars(query.order_by(AvailabilityException.starts_at, AvailabilityException.id)))


def remove_weekly_hours(session: Session, *, hours_id: int) -> None:
    """Take weekly hours away; appointments that are there stay. Raise `NotFound`."""
    _remove(session, WeeklyHours, "weekly hours", hours_id)


def remove_weekly_break(session: Session, *, break_id: int) -> None:
    """Take a weekly break away; raise `NotFound`."""
    _remove(session, WeeklyBreak, "weekly break", break_id)


def remove_exception(session: Session, *, exception_id: int) -> None:
    """Take leave or a holiday back; raise `NotFound`."""
    _remove(session, AvailabilityException, "leave or holiday", exception_id)


def _check_times(weekday: int, starts: time, ends: time) -> None:
    if not 0 <= weekday <= _LAST_WEEKDAY:
        raise InvalidInput("weekday", "A weekday is a number from 0, Monday, to 6, Sunday.")
    for field, clock in (("starts", starts), ("ends", ends)):
        if clock.tzinfo or clock.second or clock.microsecond or clock.minute % TICK_MINUTES:
            raise InvalidInput(field, "Write a time of the clinic's clock in steps of 5 minutes, such as 09:30.")
    if starts >= ends:
        raise InvalidInput("ends", "The end must come after the start, on the same day.")


def _lock(session: Session, docid: str) -> None:
    """Let one transaction at a time change a doctor's availability, so that none overlooks another's."""
    people.find_doctor(session, docid=docid)
    session.execute(select(Doctor.docid).where(Doctor.docid == docid).with_for_update())


def _overlapping(
    session: Session,
    table: type[WeeklyHours | WeeklyBreak],
    *,
    docid: str,
    weekday: int,
    starts: time,
    ends: time,
) -> bool:
    query = select(table.id).where(
        table.docid == docid, table.weekday == weekday, table.starts < ends, table.ends > starts
    )
    return session.scalar(query.limit(1)) is not None


def _add_exception(
    session: Session,
    kind: ExceptionKind,
    *,
    docid: str | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
) -> AvailabilityException:
    exception = AvailabilityException(
        docid=docid,
        kind=kind,
        starts_at=validation.instant("starts_at", starts_at),
        ends_at=validation.instant("ends_at", ends_at),
        reason=validation.text("reason", reason, longest=200, required=False),
    )
    if starts_at >= ends_at:
        raise InvalidInput("ends_at", "The end must come after the start.")
    same = AvailabilityException.docid.is_not_distinct_from(docid)
    overlap = AvailabilityException.starts_at < ends_at, AvailabilityException.ends_at > starts_at
    if session.scalar(select(AvailabilityException.id).where(same, *overlap).limit(1)) is not None:
        raise InvalidInput("starts_at", f"Another {kind} overlaps this one.")
    session.add(exception)
    session.flush()
    return exception


def _remove(
    session: Session, table: type[WeeklyHours | WeeklyBreak | AvailabilityException], what: str, key: int
) -> None:
    row = session.get(table, key)
    if row is None:
        raise NotFound(what, key)
    session.delete(row)
    session.flush()
