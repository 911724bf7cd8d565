"""A doctor who can't come: whose appointments that concerns, and what they can have instead."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from operator import attrgetter
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clinic import appointments, audit, availability, holding, people
from app.clinic.models import Appointment, AppointmentStatus
from app.clinic.slots import Slot, free_slots

_OUTLOOK_DAYS = 60


@dataclass(frozen=True, slots=True)
class Proposals:
    """Free slots that an appointment could move to, the next first: of its doctor, and of others who do the same."""

    same_doctor: list[Slot]
    same_specialization: list[Slot]


def record_absence(
    session: Session,
    *,
    docid: str,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    by: str,
    reason: str = "",
) -> list[Appointment]:
    """Let a doctor not be booked for a time (`availability.whole_days` gives days), and return whom it concerns.

    The appointments stay booked: their patients are told and choose something else. Raise `NotFound`, or
    `InvalidInput` if other leave of the doctor overlaps it.
    """
    leave = availability.add_leave(session, docid=docid, starts_at=starts_at, ends_at=ends_at, reason=reason)
    details = {"from": starts_at.isoformat(), "to": ends_at.isoformat(), "reason": leave.reason}
    audit.record(session, who=by, action="absence recorded", subject=docid, now=now, details=details)
    return affected_appointments(session, docid=docid, starts_at=starts_at, ends_at=ends_at, now=now)


def affected_appointments(
    session: Session, *, docid: str, starts_at: datetime, ends_at: datetime, now: datetime
) -> list[Appointment]:
    """Return a doctor's booked appointments that touch a time and have not begun, in the order of time."""
    during = Appointment.starts_at < ends_at, Appointment.ends_at > starts_at, Appointment.starts_at > now
    booked = Appointment.docid == docid, Appointment.status == AppointmentStatus.BOOKED
    return list(session.scalars(select(Appointment).where(*booked, *during).order_by(Appointment.starts_at)))


def propose_slots(session: Session, *, ticketid: str, now: datetime, zone: ZoneInfo, count: int = 3) -> Proposals:
    """Return the next `count` free slots of each kind for an appointment; raise `NotFound` for an unknown ticket.

    Slots at which the patient has something else are left out.
    """
    appointment = appointments.find_by_ticket(session, ticketid=ticketid)
    doctors = people.list_doctors(session, specialization=appointment.doctor.specialization)
    busy = holding.patients_ticks(session, patientid=appointment.patientid, except_ticketid=ticketid)

    def next_slots(docids: Iterable[str]) -> list[Slot]:
        free = [free_slots(session, docid=docid, now=now, zone=zone, days=_OUTLOOK_DAYS) for docid in docids]
        ordered = merge(*free, key=attrgetter("starts_at"))
        return list(islice((slot for slot in ordered if busy.isdisjoint(holding.ticks_of(slot))), count))

    mine = appointment.docid
    return Proposals(
        same_doctor=next_slots(doctor.docid for doctor in doctors if doctor.docid == mine),
        same_specialization=next_slots(doctor.docid for doctor in doctors if doctor.docid != mine),
    )
