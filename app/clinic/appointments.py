"""Appointments: reserving a slot, and what becomes of it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinic import audit, people, validation
from app.clinic.errors import InvalidInput, NotAllowed, NotFound, SlotTaken, TicketUsed
from app.clinic.models import Appointment, AppointmentStatus, Login, Role, SlotHold
from app.clinic.models.appointments import ticks
from app.clinic.slots import Slot, offered_slot

PRIORITY_LEVELS = range(1, 6)
"""From the most urgent to the least."""

SERVICE = "dams"
"""Who did what the service did by itself, in the audit."""


def reserve(
    session: Session,
    *,
    ticketid: str,
    docid: str,
    patientid: int,
    starts_at: datetime,
    priority_level: int,
    now: datetime,
    zone: ZoneInfo,
    by: str = SERVICE,
) -> Appointment:
    """Book the slot that starts then, and return the appointment, with its doctor and patient.

    With a ticket that has this appointment already, whatever became of it, that one is returned and nothing changes.
    Raise `NotFound` for an unknown doctor or patient, `InvalidInput` (its branch `SlotNotOffered` for a time that is
    not offered), `SlotTaken` if the doctor or the patient has another appointment then, `TicketUsed` if the ticket
    has another appointment. After any of them the session can go on.
    """
    wanted = Appointment(
        ticketid=validation.text("ticketid", ticketid, longest=20),
        docid=docid,
        patientid=patientid,
        starts_at=validation.instant("starts_at", starts_at),
        priority_level=priority_level,
        status=AppointmentStatus.BOOKED,
        created_at=now,
        updated_at=now,
    )
    if (existing := session.get(Appointment, wanted.ticketid)) is not None:
        return _same(existing, wanted)
    slot = _fill_in(session, wanted, now, zone)
    appointment = _insert(session, wanted, slot)
    if appointment is wanted:
        audit.record(session, who=by, action="appointment reserved", subject=wanted.ticketid, now=now)
    return appointment


def cancel(session: Session, *, ticketid: str, now: datetime, by: str, reason: str = "") -> Appointment:
    """Give a booked slot back; a cancelled appointment is returned as it is.

    Raise `NotFound`, or `NotAllowed` once the appointment has begun.
    """
    appointment = find_by_ticket(session, ticketid=ticketid)
    if appointment.status is AppointmentStatus.CANCELLED:
        return appointment
    if appointment.status is AppointmentStatus.BOOKED and appointment.starts_at <= now:
        raise NotAllowed(f"Appointment {ticketid} has begun; it can't be cancelled any more.")
    details = {"reason": validation.text("reason", reason, longest=200, required=False)}
    _settle(session, appointment, AppointmentStatus.CANCELLED, now=now, by=by, details=details)
    session.execute(delete(SlotHold).where(SlotHold.ticketid == ticketid))
    return appointment


def complete(session: Session, *, ticketid: str, now: datetime, by: str) -> Appointment:
    """Note that the patient was seen; raise `NotFound`, or `NotAllowed` before it began or if it is not booked."""
    return _close(session, ticketid, AppointmentStatus.COMPLETED, now, by)


def mark_missed(session: Session, *, ticketid: str, now: datetime, by: str) -> Appointment:
    """Note that the patient did not come; raise `NotFound`, or `NotAllowed` before it began or if it is not booked."""
    return _close(session, ticketid, AppointmentStatus.MISSED, now, by)


def find_by_ticket(session: Session, *, ticketid: str) -> Appointment:
    """Return an appointment; raise `NotFound`."""
    appointment = session.get(Appointment, ticketid) if ticketid.isprintable() else None
    if appointment is None:
        raise NotFound("appointment", ticketid)
    return appointment


def find_for_login(session: Session, *, ticketid: str, login: Login) -> Appointment:
    """Return an appointment that this login may see: the patient's, the doctor's, or any for an administrator.

    Raise `NotFound` for others' as for unknown ones, so that nobody learns which tickets there are.
    """
    appointment = find_by_ticket(session, ticketid=ticketid)
    theirs = {appointment.patient.login_id, appointment.doctor.login_id}
    if login.role is not Role.ADMINISTRATOR and login.id not in theirs:
        raise NotFound("appointment", ticketid)
    return appointment


def upcoming_for_patient(session: Session, *, patientid: int, now: datetime, limit: int = 50) -> list[Appointment]:
    """Return a patient's booked appointments that have not ended, the next one first."""
    query = _upcoming(now).where(Appointment.patientid == patientid)
    return list(session.scalars(query.limit(limit)))


def upcoming_for_doctor(session: Session, *, docid: str, now: datetime, limit: int = 50) -> list[Appointment]:
    """Return a doctor's booked appointments that have not ended, the next one first."""
    query = _upcoming(now).where(Appointment.docid == docid)
    return list(session.scalars(query.limit(limit)))


def upcoming(session: Session, *, now: datetime, limit: int = 50) -> list[Appointment]:
    """Return everybody's booked appointments that have not ended, the next one first."""
    return list(session.scalars(_upcoming(now).limit(limit)))


def history_of_patient(session: Session, *, patientid: int, now: datetime, limit: int = 50) -> list[Appointment]:
    """Return a patient's appointments that have ended or are not booked any more, the latest first."""
    over = (Appointment.ends_at <= now) | (Appointment.status != AppointmentStatus.BOOKED)
    query = select(Appointment).where(Appointment.patientid == patientid, over)
    return list(session.scalars(query.order_by(Appointment.starts_at.desc()).limit(limit)))


def _upcoming(now: datetime) -> Select[Appointment]:
    booked = Appointment.status == AppointmentStatus.BOOKED
    return select(Appointment).where(booked, Appointment.ends_at > now).order_by(Appointment.starts_at)


def _same(existing: Appointment, wanted: Appointment) -> Appointment:
    for field in ("docid", "patientid", "starts_at", "priority_level"):
        if getattr(existing, field) != getattr(wanted, field):
            raise TicketUsed(f"Ticket {existing.ticketid} has an appointment with another {field}.")
    return existing


def _fill_in(session: Session, wanted: Appointment, now: datetime, zone: ZoneInfo) -> Slot:
    """Give an appointment its patient, doctor and end; return its slot, or raise for what can't be booked."""
    if wanted.priority_level not in PRIORITY_LEVELS:
        raise InvalidInput("priority_level", "A priority is a number from 1, the most urgent, to 5.")
    wanted.patient = people.find_patient(session, patientid=wanted.patientid)
    slot = offered_slot(session, docid=wanted.docid, starts_at=wanted.starts_at, now=now, zone=zone)
    wanted.doctor = people.find_doctor(session, docid=wanted.docid)
    wanted.ends_at = slot.ends_at
    return slot


def _insert(session: Session, wanted: Appointment, slot: Slot) -> Appointment:
    """Insert the appointment with what it holds, or return the one that came first with the same ticket."""
    held = ticks(slot.starts_at, slot.ends_at)
    row = {"docid": wanted.docid, "patientid": wanted.patientid, "ticketid": wanted.ticketid}
    try:
        with session.begin_nested():
            session.add(wanted)
            session.flush()
            session.execute(insert(SlotHold), [{**row, "tick": tick} for tick in held])
    except IntegrityError:
        if (existing := session.get(Appointment, wanted.ticketid)) is not None:
            return _same(existing, wanted)
        _explain(session, wanted, held)
        raise
    return wanted


def _explain(session: Session, wanted: Appointment, held: range) -> None:
    """Raise `SlotTaken` if somebody holds a part of the slot."""
    then = SlotHold.tick >= held.start, SlotHold.tick < held.stop
    if session.scalar(select(SlotHold.tick).where(SlotHold.docid == wanted.docid, *then).limit(1)) is not None:
        raise SlotTaken("Somebody else has just taken this time. Choose another.")
    if session.scalar(select(SlotHold.tick).where(SlotHold.patientid == wanted.patientid, *then).limit(1)) is not None:
        raise SlotTaken("The patient has another appointment at this time. Choose another.")


def _close(session: Session, ticketid: str, status: AppointmentStatus, now: datetime, by: str) -> Appointment:
    appointment = find_by_ticket(session, ticketid=ticketid)
    if appointment.status is status:
        return appointment
    if appointment.starts_at > now:
        raise NotAllowed(f"Appointment {ticketid} has not begun; it can't be {status}.")
    _settle(session, appointment, status, now=now, by=by)
    return appointment


def _settle(
    session: Session,
    appointment: Appointment,
    status: AppointmentStatus,
    *,
    now: datetime,
    by: str,
    details: dict[str, str] | None = None,
) -> None:
    """Change a booked appointment's status; every other status is final, also for one of two that try at once."""
    ticketid = appointment.ticketid
    booked = Appointment.ticketid == ticketid, Appointment.status == AppointmentStatus.BOOKED
    change = update(Appointment).where(*booked).values(status=status, updated_at=now)
    changed = session.execute(change.returning(Appointment.ticketid)).first() is not None
    session.refresh(appointment)
    if changed:
        audit.record(session, who=by, action=f"appointment {status}", subject=ticketid, now=now, details=details)
    elif appointment.status is not status:
        raise NotAllowed(f"Appointment {ticketid} is {appointment.status}; it can't be {status}.")
