"""When doctors can be booked: their weekly hours and breaks, leave and holidays.

Weekly times are on the clinic's clock, in whole steps of five minutes, on weekdays from 0 (Monday) to 6.
"""

from calendar import day_name
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.clinic import people, validation
from app.clinic.clock import first_instant, first_of_day, showings
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import AvailabilityException, Doctor, ExceptionKind, WeeklyBreak, WeeklyHours
from app.clinic.models.appointments import TICK_MINUTES

_LONGEST_SLOT = 480
_LAST_WEEKDAY = 6
_OUTLOOK = timedelta(days=2 * 365)
_LARGEST_NUMBER = 2**31 - 1

Weekly = TypeVar("Weekly", WeeklyHours, WeeklyBreak)
Row = TypeVar("Row", WeeklyHours, WeeklyBreak, AvailabilityException)

_OVERLAP = {
    WeeklyHours: "Other hours of {day} overlap these.",
    WeeklyBreak: "Another break on {day} overlaps this one.",
}


def add_weekly_hours(
    session: Session, *, docid: str, weekday: int, starts: time, ends: time, slot_minutes: int
) -> WeeklyHours:
    """Let a doctor be booked every week between two times; raise `InvalidInput` if other hours overlap them."""
    _check_times(weekday, starts, ends)
    _check_slots(starts, ends, slot_minutes)
    hours = WeeklyHours(docid=docid, weekday=weekday, starts=starts, ends=ends, slot_minutes=slot_minutes)
    return _put(session, hours, weekday=weekday, starts=starts, ends=ends)


def change_weekly_hours(
    session: Session, *, docid: str, hours_id: int, weekday: int, starts: time, ends: time, slot_minutes: int
) -> WeeklyHours:
    """Change hours of a doctor; appointments that are there stay. Raise as `add_weekly_hours`, or `NotFound`."""
    hours = find_weekly_hours(session, docid=docid, hours_id=hours_id)
    _check_times(weekday, starts, ends)
    _check_slots(starts, ends, slot_minutes)
    changed = _put(session, hours, weekday=weekday, starts=starts, ends=ends)
    changed.slot_minutes = slot_minutes
    session.flush()
    return changed


def add_weekly_break(session: Session, *, docid: str, weekday: int, starts: time, ends: time) -> WeeklyBreak:
    """Keep every week the time between two times free; raise `InvalidInput` if another break overlaps it."""
    _check_times(weekday, starts, ends)
    pause = WeeklyBreak(docid=docid, weekday=weekday, starts=starts, ends=ends)
    return _put(session, pause, weekday=weekday, starts=starts, ends=ends)


def change_weekly_break(
    session: Session, *, docid: str, break_id: int, weekday: int, starts: time, ends: time
) -> WeeklyBreak:
    """Change a break of a doctor; appointments that are there stay. Raise as `add_weekly_break`, or `NotFound`."""
    pause = find_weekly_break(session, docid=docid, break_id=break_id)
    _check_times(weekday, starts, ends)
    return _put(session, pause, weekday=weekday, starts=starts, ends=ends)


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
        session,
        ExceptionKind.HOLIDAY,
        docid=None,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        field="day",
    )


def plan_leave(
    session: Session,
    *,
    docid: str,
    first_day: date,
    starts: time | None,
    last_day: date | None,
    ends: time | None,
    reason: str,
    now: datetime,
    zone: ZoneInfo,
) -> AvailabilityException:
    """Add leave as people say it: without `starts` from the day's begin on, without `last_day` of one day, and so on.

    Of a time that the clock shows twice, leave begins with the first showing and ends with the second. Raise
    `InvalidInput`, also for a time that the clock skips, and for leave that is over or too far ahead.
    """
    last_day = last_day or first_day
    _check_ahead("first_day", first_day, now, zone)
    _check_ahead("last_day", last_day, now, zone)
    starts_at = _showings("starts", first_day, starts, zone)[0] if starts else first_of_day(first_day, zone)
    ends_at = _showings("ends", last_day, ends, zone)[-1] if ends else first_of_day(last_day + timedelta(days=1), zone)
    if starts_at >= ends_at:
        raise InvalidInput("ends" if first_day == last_day else "last_day", "The end must come after the start.")
    if ends_at <= now:
        raise InvalidInput("ends", "This is past already.")
    _lock(session, docid)
    return _add_exception(
        session,
        ExceptionKind.LEAVE,
        docid=docid,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        field="first_day",
    )


def plan_holiday(session: Session, *, day: date, reason: str, now: datetime, zone: ZoneInfo) -> AvailabilityException:
    """Add a holiday from today on; raise `InvalidInput` as `add_holiday`, and if it is past or too far ahead."""
    _check_ahead("day", day, now, zone)
    return add_holiday(session, day=day, zone=zone, reason=validation.text("reason", reason, longest=200))


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


def list_holidays(session: Session, *, after: datetime) -> list[AvailabilityException]:
    """Return the clinic's holidays that touch the time from `after` on, the next one first."""
    query = select(AvailabilityException).where(
        AvailabilityException.kind == ExceptionKind.HOLIDAY, AvailabilityException.ends_at > after
    )
    return list(session.scalars(query.order_by(AvailabilityException.starts_at)))


def is_away(session: Session, *, docid: str, starts_at: datetime, ends_at: datetime) -> bool:
    """Say whether leave of the doctor or a holiday covers a part of a time."""
    return bool(list_exceptions(session, docid=docid, after=starts_at, before=ends_at))


def find_weekly_hours(session: Session, *, docid: str, hours_id: int) -> WeeklyHours:
    """Return hours of a doctor; raise `NotFound` for another's as for unknown ones."""
    return _of_doctor(session, WeeklyHours, "weekly hours", docid, hours_id)


def find_weekly_break(session: Session, *, docid: str, break_id: int) -> WeeklyBreak:
    """Return a break of a doctor; raise `NotFound` for another's as for an unknown one."""
    return _of_doctor(session, WeeklyBreak, "weekly break", docid, break_id)


def find_exception(session: Session, *, docid: str | None, exception_id: int) -> AvailabilityException:
    """Return leave of a doctor, or without a doctor a holiday; raise `NotFound` for others' as for unknown ones."""
    return _of_doctor(session, AvailabilityException, "leave or holiday", docid, exception_id)


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
        _check_clock(field, clock)
    if starts >= ends:
        raise InvalidInput("ends", "The end must come after the start, on the same day.")


def _check_clock(field: str, clock: time) -> None:
    if clock.tzinfo or clock.second or clock.microsecond or clock.minute % TICK_MINUTES:
        raise InvalidInput(field, "Write a time of the clinic's clock in steps of 5 minutes, such as 09:30.")


def _check_slots(starts: time, ends: time, slot_minutes: int) -> None:
    if not TICK_MINUTES <= slot_minutes <= _LONGEST_SLOT or slot_minutes % TICK_MINUTES:
        raise InvalidInput("slot_minutes", f"A slot has {TICK_MINUTES} to {_LONGEST_SLOT} minutes, in steps of 5.")
    if timedelta(minutes=slot_minutes) > timedelta(hours=ends.hour - starts.hour, minutes=ends.minute - starts.minute):
        raise InvalidInput("slot_minutes", "Not one slot fits into these hours.")


def _check_ahead(field: str, day: date, now: datetime, zone: ZoneInfo) -> None:
    today = now.astimezone(zone).date()
    if day < today:
        raise InvalidInput(field, "This day is past. Choose a later one.")
    if day > today + _OUTLOOK:
        raise InvalidInput(field, f"This is too far ahead: choose a day before {today + _OUTLOOK:%B %Y} ends.")


def _showings(field: str, day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    _check_clock(field, clock)
    found = showings(day, clock, zone)
    if not found:
        resumes = first_instant(day, clock, zone).astimezone(zone)
        raise InvalidInput(
            field,
            f"There is no {clock:%H:%M} on {day.day} {day:%B %Y}: the clocks go forward then. "
            f"Choose {resumes:%H:%M} or a time before the change.",
        )
    return found


def _lock(session: Session, docid: str) -> None:
    """Let one transaction at a time change a doctor's availability, so that none overlooks another's."""
    people.find_doctor(session, docid=docid)
    session.execute(select(Doctor.docid).where(Doctor.docid == docid).with_for_update())


def _put(session: Session, row: Weekly, *, weekday: int, starts: time, ends: time) -> Weekly:
    """Store weekly times, new or changed, unless others of their kind overlap them."""
    _lock(session, row.docid)
    table = type(row)
    others = table.docid == row.docid, table.weekday == weekday, table.id != (row.id or 0)
    overlap = select(table.id).where(*others, table.starts < ends, table.ends > starts)
    with session.no_autoflush:
        clashing = session.scalar(overlap.limit(1)) is not None
    if clashing:
        raise InvalidInput("starts", _OVERLAP[table].format(day=day_name[weekday]))
    row.weekday, row.starts, row.ends = weekday, starts, ends
    session.add(row)
    session.flush()
    return row


def _of_doctor(session: Session, table: type[Row], what: str, docid: str | None, key: int) -> Row:
    row = session.get(table, key) if 0 < key <= _LARGEST_NUMBER else None
    if row is None or row.docid != docid:
        raise NotFound(what, key)
    return row


def _add_exception(
    session: Session,
    kind: ExceptionKind,
    *,
    docid: str | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    field: str = "starts_at",
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
        raise InvalidInput(field, f"Another {kind} overlaps this one.")
    session.add(exception)
    session.flush()
    return exception


def _remove(session: Session, table: type[Row], what: str, key: int) -> None:
    row = session.get(table, key) if 0 < key <= _LARGEST_NUMBER else None
    if row is None:
        raise NotFound(what, key)
    session.delete(row)
    session.flush()
