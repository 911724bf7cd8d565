"""Which appointments a doctor's availability leaves outside: so that nobody changes it without knowing what is lost.

Nothing here cancels an appointment. Whoever changes hours, breaks, leave or holidays does it inside of `guarded`.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clinic import availability
from app.clinic.clock import first_instant
from app.clinic.errors import Displaces
from app.clinic.models import Appointment, Doctor, WeeklyBreak, WeeklyHours
from app.clinic.models.appointments import EXPECTED


@contextmanager
def guarded(
    session: Session, *, docid: str | None, now: datetime, zone: ZoneInfo, accepted: Collection[str] = ()
) -> Iterator[None]:
    """Run a change of a doctor's availability, or without a doctor of everybody's.

    Raise `Displaces`, with nothing changed, if it leaves appointments outside that were inside before, unless all
    their tickets are `accepted`.
    """
    with session.begin_nested():
        _await_bookings(session, docid)
        before = {appointment.ticketid for appointment in uncovered(session, docid=docid, now=now, zone=zone)}
        yield
        after = uncovered(session, docid=docid, now=now, zone=zone)
        displaced = [appointment.ticketid for appointment in after if appointment.ticketid not in before]
        if not set(displaced) <= set(accepted):
            raise Displaces(displaced)


def uncovered(session: Session, *, docid: str | None, now: datetime, zone: ZoneInfo) -> list[Appointment]:
    """Return a doctor's, or everybody's, coming appointments that lie outside of the hours or in a break or closure.

    In the order of time.
    """
    ahead = select(Appointment).where(Appointment.status.in_(EXPECTED), Appointment.ends_at > now)
    if docid is not None:
        ahead = ahead.where(Appointment.docid == docid)
    coming = list(session.scalars(ahead.order_by(Appointment.starts_at, Appointment.ticketid)))
    plans = {each.docid: _Plan(session, each.docid, now, zone) for each in coming}
    return [each for each in coming if not plans[each.docid].covers(each)]


def _await_bookings(session: Session, docid: str | None) -> None:
    """Wait for bookings of the doctor that are under way: each holds a lock on the doctor's row until its end."""
    doctors = select(Doctor.docid).order_by(Doctor.docid)
    if docid is not None:
        doctors = doctors.where(Doctor.docid == docid)
    session.execute(doctors.with_for_update())


class _Plan:
    """A doctor's hours, breaks, leave and holidays."""

    def __init__(self, session: Session, docid: str, now: datetime, zone: ZoneInfo) -> None:
        self._zone = zone
        self._hours = availability.list_weekly_hours(session, docid=docid)
        self._breaks = availability.list_weekly_breaks(session, docid=docid)
        closures = availability.list_exceptions(session, docid=docid, after=now)
        self._closures = [(closure.starts_at, closure.ends_at) for closure in closures]

    def covers(self, appointment: Appointment) -> bool:
        """Say whether an appointment lies inside of the hours, and in no break or closure."""
        day = appointment.starts_at.astimezone(self._zone).date()
        starts_at, ends_at = appointment.starts_at, appointment.ends_at
        for opens_at, closes_at in self._spans(self._hours, day):
            if opens_at <= starts_at < closes_at:
                starts_at = closes_at  # hours that follow may cover the rest
        closed = [*self._spans(self._breaks, day), *self._closures]
        return starts_at >= ends_at and not any(
            begins < appointment.ends_at and appointment.starts_at < ends for begins, ends in closed
        )

    def _spans(
        self, rows: Collection[WeeklyHours] | Collection[WeeklyBreak], day: date
    ) -> Iterator[tuple[datetime, datetime]]:
        for row in rows:
            if row.weekday == day.weekday():
                yield first_instant(day, row.starts, self._zone), first_instant(day, row.ends, self._zone)
