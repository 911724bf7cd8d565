"""The jobs that lead to an appointment. What they load for a form's options is a list of value, label and group."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.clinic import appointments, people, slots, tickets
from app.clinic.errors import SlotNotOffered, SlotTaken
from app.clinic.models import Patient, Role
from workers.clinic import Clinic
from workers.registry import Job, job
from workflows.errors import BpmnError

_MOST_PATIENTS = 200
"""In a form's list; whoever has more chooses the patient before the booking starts."""

_DAYS_AHEAD = 14


@job("prepare_booking")
def prepare_booking(job: Job, session: Session, initiator: str, patientid: int | None = None) -> dict[str, Any]:
    """Give the booking its ticket, and what `initiator` (a login's id) may choose from.

    `patientid` is whom staff chose beforehand. The ticket is the instance's business key, so a second delivery gives
    the same one.
    """
    patients = _patients_of(session, initiator, patientid)
    return {
        "ticketid": job.business_key or tickets.new_ticket(),
        "specializations": people.list_specializations(session),
        "patients": [{"value": str(patient.patientid), "label": _patient_label(patient)} for patient in patients],
        "patientid": str(patients[0].patientid) if len(patients) == 1 else None,
    }


@job("list_doctors")
def list_doctors(session: Session, specialization: str) -> dict[str, Any]:
    """Load the doctors of a specialization."""
    doctors = people.list_doctors(session, specialization=specialization)
    return {"doctors": [{"value": doctor.docid, "label": f"Dr {doctor.full_name}"} for doctor in doctors]}


@job("list_free_slots")
def list_free_slots(session: Session, clinic: Clinic, docid: str) -> dict[str, Any]:
    """Load the free slots of a doctor, by day in the clinic's zone; none is the error NO_FREE_SLOTS."""
    zone = clinic.details.zone
    free = slots.free_slots(session, docid=docid, now=clinic.now(), zone=zone, days=_DAYS_AHEAD)
    if not free:
        name = people.find_doctor(session, docid=docid).full_name
        raise BpmnError(
            "NO_FREE_SLOTS",
            f"Dr {name} has no free time in the next {_DAYS_AHEAD} days. Please choose another doctor.",
        )
    return {"slots": [_slot_option(slot.starts_at.astimezone(zone)) for slot in free]}


@job("reserve_slot")
def reserve_slot(
    *,
    session: Session,
    clinic: Clinic,
    initiator: str,
    ticketid: str,
    docid: str,
    patientid: int,
    starts_at: datetime,
    priority_level: int,
) -> None:
    """Book the slot for the patient; a slot that somebody else has by now is the error SLOT_TAKEN."""
    if _is_patient(session, initiator) and people.patient_of_login(session, login_id=initiator).patientid != patientid:
        raise PermissionError(f"the login {initiator} may not book for the patient {patientid}")
    try:
        appointments.reserve(
            session,
            ticketid=ticketid,
            docid=docid,
            patientid=patientid,
            starts_at=starts_at,
            priority_level=priority_level,
            now=clinic.now(),
            zone=clinic.details.zone,
            by=initiator,
        )
    except (SlotTaken, SlotNotOffered) as error:
        raise BpmnError("SLOT_TAKEN", "This time is not free any more. Please choose another.") from error


def _is_patient(session: Session, login_id: str) -> bool:
    return people.find_login(session, login_id=login_id).role is Role.PATIENT


def _patients_of(session: Session, login_id: str, chosen: int | None) -> list[Patient]:
    """The patients that a login may book for: a patient's own self; for staff whom they chose, else everybody."""
    if _is_patient(session, login_id):
        return [people.patient_of_login(session, login_id=login_id)]
    if chosen is not None:
        return [people.find_patient(session, patientid=chosen)]
    return people.list_patients(session, per_page=_MOST_PATIENTS).patients


def _patient_label(patient: Patient) -> str:
    return f"{patient.full_name}, born {patient.birthday:%-d %B %Y}"


def _slot_option(local: datetime) -> dict[str, str]:
    return {
        "value": local.astimezone(UTC).isoformat(),
        "label": f"{local:%H:%M}",
        "group": f"{local:%A %-d %B %Y}",
    }
