"""Appointments: reserving a slot, and what becomes of it.

An appointment moves from status to status as `models.appointments.MOVES` says; each move is in the audit. Of two
moves at once the second waits for the first (the row is locked) and then finds what it left.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinic import audit, holding, people, validation
from app.clinic.errors import InvalidInput, NotAllowed, NotFound, TicketUsed, TooLate
from app.clinic.models import Appointment, AppointmentStatus, Login, Role
from app.clinic.models.appointments import MOVES
from app.clinic.slots import Slot, offered_slot

PRIORITY_LEVELS = range(1, 6)
"""From the most urgent to the least."""

SERVICE = "dams"
"""Who did what the service did by itself, in the audit."""

CHECK_IN_OPENS = timedelta(hours=12)
"""How long before the start of an appointment its patient can be checked in."""


@dataclass(frozen=True, slots=True)
class Rescheduled:
    """An appointment at its new time, and the slot that it left; None if it was there already."""

    appointment: Appointment
    left: Slot | None


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


def reschedule(
    session: Session,
    *,
    ticketid: str,
    starts_at: datetime,
    docid: str | None = None,
    now: datetime,
    zone: ZoneInfo,
    by: str = SERVICE,
    cutoff: timedelta = timedelta(),
) -> Rescheduled:
    """Move a booked appointment to the slot that starts then, of the same doctor or another.

    It keeps its ticket. The old slot is free once the new one is held, and the two may overlap. An appointment that
    is there already stays as it is. Raise `NotFound`; `TooLate` when it begins within `cutoff`; `NotAllowed` if it is
    not booked; `SlotNotOffered`; `SlotTaken`. Nothing has changed then.
    """
    appointment = _locked(session, ticketid)
    left = slot_of(appointment)
    docid = docid or left.docid
    if (docid, validation.instant("starts_at", starts_at)) == (left.docid, left.starts_at):
        return Rescheduled(appointment, None)
    if appointment.status is not AppointmentStatus.BOOKED:
        raise NotAllowed(f"Appointment {ticketid} is {appointment.status.label}; it can't be rescheduled.")
    _check_in_time(appointment, "rescheduled", cutoff, now, zone)
    taken = offered_slot(session, docid=docid, starts_at=starts_at, now=now, zone=zone)
    holding.move(session, ticketid=ticketid, patientid=appointment.patientid, left=left, taken=taken)
    appointment.doctor = people.find_doctor(session, docid=docid)
    appointment.starts_at, appointment.ends_at = taken.starts_at, taken.ends_at
    appointment.sequence += 1
    appointment.updated_at = now
    details = {"from": _described(left), "to": _described(taken)}
    audit.record(session, who=by, action="appointment rescheduled", subject=ticketid, now=now, details=details)
    return Rescheduled(appointment, left)


def cancel(
    session: Session,
    *,
    ticketid: str,
    now: datetime,
    by: str,
    reason: str = "",
    cutoff: timedelta = timedelta(),
    zone: tzinfo = UTC,
) -> Appointment:
    """Give a booked slot back; a cancelled appointment is returned as it is.

    Patients are bound by a `cutoff` before its start; staff, without one, can cancel until then. Raise `NotFound`,
    `TooLate` (which tells in `zone` until when it was possible), or `NotAllowed`.
    """
    appointment = _locked(session, ticketid)
    if appointment.status is AppointmentStatus.BOOKED:
        _check_in_time(appointment, "cancelled", cutoff, now, zone)
    details = {"reason": validation.text("reason", reason, longest=200, required=False)}
    if _moved(session, appointment, AppointmentStatus.CANCELLED, now=now, by=by, details=details):
        appointment.sequence += 1
        holding.release(session, ticketid=ticketid)
    return appointment


def check_cancellable(
    session: Session, *, ticketid: str, now: datetime, cutoff: timedelta = timedelta(), zone: tzinfo = UTC
) -> None:
    """Raise what `cancel` would raise now."""
    appointment = find_by_ticket(session, ticketid=ticketid)
    if appointment.status is AppointmentStatus.BOOKED:
        _check_in_time(appointment, "cancelled", cutoff, now, zone)
    else:
        _check_move(appointment, AppointmentStatus.CANCELLED)


def check_in(session: Session, *, ticketid: str, now: datetime, by: str) -> Appointment:
    """Note that the patient has come; raise `NotFound`, or `NotAllowed` on an earlier day or if it is not booked."""
    appointment = _locked(session, ticketid)
    if now < appointment.starts_at - CHECK_IN_OPENS:
        raise NotAllowed(f"Appointment {ticketid} is not today; the patient can't be checked in yet.")
    _moved(session, appointment, AppointmentStatus.CHECKED_IN, now=now, by=by)
    return appointment


def complete(session: Session, *, ticketid: str, now: datetime, by: str) -> Appointment:
    """Note that the patient was seen; raise `NotFound`, or `NotAllowed` if the patient is not checked in."""
    appointment = _locked(session, ticketid)
    _moved(session, appointment, AppointmentStatus.COMPLETED, now=now, by=by)
    return appointment


def mark_missed(session: Session, *, ticketid: str, now: datetime, by: str) -> Appointment:
    """Note that the patient did not come; raise `NotFound`, or `NotAllowed` before it began or if it is not booked."""
    appointment = _locked(session, ticketid)
    if appointment.starts_at > now:
        raise NotAllowed(f"Appointment {ticketid} has not begun; it can't be missed.")
    _moved(session, appointment, AppointmentStatus.MISSED, now=now, by=by)
    return appointment


def slot_of(appointment: Appointment) -> Slot:
    """Return the slot that an appointment has or had."""
    return Slot(appointment.docid, appointment.starts_at, appointment.ends_at)


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


def select_appointments(
    *,
    docid: str | None = None,
    patientid: int | None = None,
    status: AppointmentStatus | None = None,
    from_time: datetime | None = None,
    until: datetime | None = None,
) -> Select[Appointment]:
    """Return the query for appointments in the order of time: every criterion given must hold."""
    query = select(Appointment)
    if docid is not None:
        query = query.where(Appointment.docid == docid)
    if patientid is not None:
        query = query.where(Appointment.patientid == patientid)
    if status is not None:
        query = query.where(Appointment.status == status)
    if from_time is not None:
        query = query.where(Appointment.starts_at >= from_time)
    if until is not None:
        query = query.where(Appointment.starts_at < until)
    return query.order_by(Appointment.starts_at, Appointment.ticketid)


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
    try:
        with session.begin_nested():
            session.add(wanted)
            session.flush()
            holding.hold(session, slot, patientid=wanted.patientid, ticketid=wanted.ticketid)
    except IntegrityError:
        existing = session.get(Appointment, wanted.ticketid)
        if existing is None:
            raise
        return _same(existing, wanted)
    return wanted


def _locked(session: Session, ticketid: str) -> Appointment:
    """Return an appointment as it stands now, and let nobody else change it in the meantime; raise `NotFound`."""
    find_by_ticket(session, ticketid=ticketid)
    query = select(Appointment).where(Appointment.ticketid == ticketid).with_for_update(of=Appointment)
    return session.execute(query.execution_options(populate_existing=True)).unique().scalar_one()


def _check_in_time(appointment: Appointment, done: str, cutoff: timedelta, now: datetime, zone: tzinfo) -> None:
    until = appointment.starts_at - cutoff
    if now >= until:
        local = until.astimezone(zone)
        raise TooLate(f"This appointment could be {done} until {local:%A %-d %B %Y, %H:%M %Z}.", until)


def _moved(
    session: Session,
    appointment: Appointment,
    status: AppointmentStatus,
    *,
    now: datetime,
    by: str,
    details: dict[str, str] | None = None,
) -> bool:
    """Move a locked appointment to a status and say so; one that is there already stays as it is."""
    if appointment.status is status:
        return False
    _check_move(appointment, status)
    ticketid = appointment.ticketid
    appointment.status, appointment.updated_at = status, now
    audit.record(session, who=by, action=f"appointment {status.label}", subject=ticketid, now=now, details=details)
    return True


def _check_move(appointment: Appointment, status: AppointmentStatus) -> None:
    if status not in MOVES[appointment.status]:
        raise NotAllowed(
            f"Appointment {appointment.ticketid} is {appointment.status.label}; it can't be {status.label}."
        )


def _described(slot: Slot) -> str:
    return f"{slot.docid} {slot.starts_at.astimezone(UTC).isoformat()}"
