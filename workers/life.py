"""The jobs in the life of an appointment: what comes next, and what people ask for.

Who asked is the variable `by`, a login's id; the id of what was asked is `request`, and comes back as `answered` once
it is settled, so that a page can tell. What the clinic does not allow is the error REFUSED.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.clinic import appointments, availability, billing, people
from app.clinic.appointments import SERVICE
from app.clinic.billing import BillStatus
from app.clinic.errors import NotFound
from app.clinic.models import Appointment, AppointmentStatus, Role
from app.clinic.models.appointments import EXPECTED
from app.clinic.reminders import reminder_times
from workers.clinic import Clinic
from workers.refusals import REFUSED, told
from workers.registry import job
from workflows.errors import BpmnError

LEFT_OPEN = timedelta(hours=12)
"""How long after its end an appointment that nobody closed is closed by the service."""

_GIVEN_UP = timedelta(minutes=5)
"""How long before its start an appointment is cancelled whose doctor can't come, if nothing else was chosen."""


@job("plan_appointment")
def plan_appointment(session: Session, clinic: Clinic, ticketid: str, request: str | None = None) -> dict[str, Any]:
    """Find the next date of an appointment: its next reminder, the end of an offer of other times, or its own end."""
    wake_for, wake_at = _next_date(session, clinic, appointments.find_by_ticket(session, ticketid=ticketid))
    return {"booked": True, "wake_for": wake_for, "wake_at": wake_at, "answered": request}


@job("cancel_appointment")
def cancel_appointment(
    *, session: Session, clinic: Clinic, ticketid: str, by: str, reason: str = "", request: str | None = None
) -> dict[str, Any]:
    """Cancel for a patient, who is bound by the cut-off, or for staff; the charge stays if it is late."""
    login = people.find_login(session, login_id=by)
    appointment = appointments.find_for_login(session, ticketid=ticketid, login=login)
    cutoff, zone = clinic.rules.cancel_cutoff, clinic.details.zone
    bound = cutoff if login.role is Role.PATIENT else timedelta()
    with told():
        appointments.cancel(session, ticketid=ticketid, now=clinic.now(), by=by, reason=reason, cutoff=bound, zone=zone)
    in_time = clinic.now() < appointment.starts_at - cutoff
    freed = _freed(appointment.docid, appointment.starts_at)
    return {**freed, "refundable": in_time, "unpaid": False, "answered": request}


@job("release_slot")
def release_slot(session: Session, clinic: Clinic, ticketid: str) -> dict[str, Any]:
    """Cancel for the clinic: the appointment was not paid in time, or its doctor can't come. What was paid meanwhile
    stays booked."""
    appointment = appointments.find_by_ticket(session, ticketid=ticketid)
    unpaid = not _is_away(session, appointment)
    if unpaid and _is_paid(session, ticketid):
        raise BpmnError(REFUSED, "The appointment is paid by now.")
    reason = "It was not paid in time." if unpaid else "The doctor can't come."
    with told():
        appointments.cancel(session, ticketid=ticketid, now=clinic.now(), by=SERVICE, reason=reason)
    freed = _freed(appointment.docid, appointment.starts_at)
    return {**freed, "refundable": True, "unpaid": unpaid, "reason": reason}


@job("reschedule_appointment")
def reschedule_appointment(
    *, session: Session, clinic: Clinic, ticketid: str, by: str, new_starts_at: datetime, new_docid: str | None = None
) -> dict[str, Any]:
    """Move to another slot; patients are bound by the cut-off, unless the doctor can't come."""
    login = people.find_login(session, login_id=by)
    appointment = appointments.find_for_login(session, ticketid=ticketid, login=login)
    bound = login.role is Role.PATIENT and not _is_away(session, appointment)
    with told():
        moved = appointments.reschedule(
            session,
            ticketid=ticketid,
            starts_at=new_starts_at,
            docid=new_docid,
            now=clinic.now(),
            zone=clinic.details.zone,
            by=by,
            cutoff=clinic.rules.cancel_cutoff if bound else timedelta(),
        )
    if moved.left is None:
        raise BpmnError(REFUSED, "The appointment is at this time already.")
    freed = _freed(moved.left.docid, moved.left.starts_at)
    return {"docid": moved.appointment.docid, "starts_at": moved.appointment.starts_at, **freed}


@job("check_in")
def check_in(session: Session, clinic: Clinic, ticketid: str, by: str) -> None:
    """Note that the patient has come."""
    with told():
        appointments.check_in(session, ticketid=ticketid, now=clinic.now(), by=by)


@job("close_appointment")
def close_appointment(
    *, session: Session, clinic: Clinic, ticketid: str, by: str, outcome: str, request: str | None = None
) -> dict[str, Any]:
    """Note that the patient was seen (`outcome` completed), or did not come (missed)."""
    close = _CLOSE[outcome]
    with told():
        close(session, ticketid=ticketid, now=clinic.now(), by=by)
    return {"answered": request}


@job("close_overdue")
def close_overdue(session: Session, clinic: Clinic, ticketid: str) -> None:
    """Close what nobody closed: who was checked in was seen, who was not did not come."""
    status = appointments.find_by_ticket(session, ticketid=ticketid).status
    if status in EXPECTED:
        seen = status is AppointmentStatus.CHECKED_IN
        close = appointments.complete if seen else appointments.mark_missed
        close(session, ticketid=ticketid, now=clinic.now(), by=SERVICE)


_CLOSE = {"completed": appointments.complete, "missed": appointments.mark_missed}


def _next_date(session: Session, clinic: Clinic, appointment: Appointment) -> tuple[str, datetime]:
    now, starts_at = clinic.now(), appointment.starts_at
    if appointment.status not in EXPECTED:
        return "over", now
    if appointment.status is AppointmentStatus.BOOKED and now < starts_at:
        if _is_away(session, appointment):
            return "absence", max(now, starts_at - _GIVEN_UP)
        offsets = clinic.rules.reminder_offsets
        times = reminder_times(starts_at, offsets=offsets, now=now, zone=clinic.details.zone)
        if times:
            return "reminder", times[0]
    return "over", appointment.ends_at + LEFT_OPEN


def _is_away(session: Session, appointment: Appointment) -> bool:
    times = {"starts_at": appointment.starts_at, "ends_at": appointment.ends_at}
    return availability.is_away(session, docid=appointment.docid, **times)


def _is_paid(session: Session, ticketid: str) -> bool:
    try:
        return billing.bill(session, ticketid=ticketid).status is BillStatus.PAID
    except NotFound:
        return False


def _freed(docid: str, starts_at: datetime) -> dict[str, Any]:
    return {"freed_docid": docid, "freed_starts_at": starts_at}
