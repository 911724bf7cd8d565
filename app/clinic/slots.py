"""The times at which a doctor can be booked.

Hours are cut into slots in real time, from their start on, so a slot always lasts as long as it says. In a night
when clocks go forward, hours have fewer slots; when clocks go back, they have more.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clinic import availability, people, validation
from app.clinic.clock import first_instant, first_of_day
from app.clinic.errors import InvalidInput, NotFound, SlotNotOffered
from app.clinic.models import Doctor, SlotHold, WeeklyBreak, WeeklyHours
from app.clinic.models.appointments import ticks

LONGEST_OUTLOOK_DAYS = 366


@dataclass(frozen=True, slots=True)
class Slot:
    """A time with a doctor, in UTC."""

    docid: str
    starts_at: datetime
    ends_at: datetime


def free_slots(session: Session, *, docid: str, now: datetime, zone: ZoneInfo, days: int = 14) -> list[Slot]:
    """Return the slots that start after `now`, on today and the following days (`days` in all), and nobody holds.

    In the order of time. Raise `NotFound` for a doctor who is unknown or left, `InvalidInput` for too many days.
    """
    if not 1 <= days <= LONGEST_OUTLOOK_DAYS:
        raise InvalidInput("days", f"Slots can be listed for 1 to {LONGEST_OUTLOOK_DAYS} days.")
    today = validation.instant("now", now).astimezone(zone).date()
    week = _load_week(session, docid, zone, today, days)
    held = _held_ticks(session, docid, now, first_of_day(today + timedelta(days=days), zone))
    return [
        slot
        for number in range(days)
        for slot in week.slots_of(today + timedelta(days=number))
        if slot.starts_at > now and held.isdisjoint(ticks(slot.starts_at, slot.ends_at))
    ]


def offered_slot(session: Session, *, docid: str, starts_at: datetime, now: datetime, zone: ZoneInfo) -> Slot:
    """Return the slot that starts then, held or not.

    The doctor's hours stay as they are until the transaction ends, so that what is booked lies in them. Raise
    `SlotNotOffered` for a time that is past, outside the hours, off their grid, or in a break, leave or holiday,
    `NotFound` for a doctor who is unknown or left.
    """
    session.execute(select(Doctor.docid).where(Doctor.docid == docid).with_for_update(read=True, key_share=True))
    day = validation.instant("starts_at", starts_at).astimezone(zone).date()
    week = _load_week(session, docid, zone, day, 1)
    if starts_at <= now:
        raise SlotNotOffered("starts_at", "This time is past. Choose a later one.")
    for slot in week.slots_of(day):
        if slot.starts_at == starts_at:
            return slot
    raise SlotNotOffered("starts_at", "The doctor can't be booked at this time. Choose one of the times offered.")


class _Closed:
    """Times in which nothing is offered, each with the next after it, for looking up by halves."""

    def __init__(self, spans: Iterable[tuple[datetime, datetime]]) -> None:
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []
        for starts_at, ends_at in sorted(spans):
            if self._ends and starts_at <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], ends_at)
            else:
                self._starts.append(starts_at)
                self._ends.append(ends_at)

    def touches(self, starts_at: datetime, ends_at: datetime) -> bool:
        following = bisect_right(self._ends, starts_at)
        return following < len(self._starts) and self._starts[following] < ends_at


@dataclass(frozen=True, slots=True)
class _Week:
    """A doctor's availability, by weekday, with the exceptions of the days asked for."""

    docid: str
    zone: ZoneInfo
    hours: dict[int, list[WeeklyHours]]
    breaks: dict[int, list[WeeklyBreak]]
    exceptions: _Closed

    def slots_of(self, day: date) -> Iterator[Slot]:
        """Yield the slots of a day, held or not."""
        breaks = _Closed(self._span(day, pause) for pause in self.breaks.get(day.weekday(), ()))
        for hours in self.hours.get(day.weekday(), ()):
            length = timedelta(minutes=hours.slot_minutes)
            starts_at, closes_at = self._span(day, hours)
            while (ends_at := starts_at + length) <= closes_at:
                if not breaks.touches(starts_at, ends_at) and not self.exceptions.touches(starts_at, ends_at):
                    yield Slot(self.docid, starts_at, ends_at)
                starts_at = ends_at

    def _span(self, day: date, times: WeeklyHours | WeeklyBreak) -> tuple[datetime, datetime]:
        return first_instant(day, times.starts, self.zone), first_instant(day, times.ends, self.zone)


def _load_week(session: Session, docid: str, zone: ZoneInfo, first: date, days: int) -> _Week:
    if not people.find_doctor(session, docid=docid).login.active:
        raise NotFound("doctor", docid)
    hours: defaultdict[int, list[WeeklyHours]] = defaultdict(list)
    for row in availability.list_weekly_hours(session, docid=docid):
        hours[row.weekday].append(row)
    breaks: defaultdict[int, list[WeeklyBreak]] = defaultdict(list)
    for pause in availability.list_weekly_breaks(session, docid=docid):
        breaks[pause.weekday].append(pause)
    after, before = availability.whole_days(first, first + timedelta(days=days - 1), zone)
    closed = availability.list_exceptions(session, docid=docid, after=after, before=before)
    return _Week(docid, zone, hours, breaks, _Closed((row.starts_at, row.ends_at) for row in closed))


def _held_ticks(session: Session, docid: str, starts_at: datetime, ends_at: datetime) -> frozenset[int]:
    span = ticks(starts_at, ends_at)
    query = select(SlotHold.tick).where(SlotHold.docid == docid, SlotHold.tick >= span.start, SlotHold.tick < span.stop)
    return frozenset(session.scalars(query))
