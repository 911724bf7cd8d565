"""Diagnoses: what doctors found, and what their patients are to do about it.

Whatever returns the text of a diagnosis notes in the audit who read it, when, and whose it is: one entry a diagnosis,
in the transaction that reads. So every function here wants a session that writes. `by` is the reader's login.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from app.clinic import appointments, audit, people, validation
from app.clinic.errors import NotAllowed, NotFound
from app.clinic.models import Appointment, AppointmentStatus, Diagnosis
from app.clinic.models.care import LONGEST_TEXT

_LARGEST_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnosis as it stands now, and its earlier wordings, the latest first."""

    current: Diagnosis
    earlier: tuple[Diagnosis, ...]


def record(
    session: Session,
    *,
    docid: str,
    patientid: int,
    narrative: str,
    resolution: str,
    now: datetime,
    by: str,
    ticketid: str | None = None,
) -> Diagnosis:
    """Add a diagnosis of a patient of this doctor, if need be for one of their appointments.

    Raise `NotFound` for a patient or a ticket that is not this doctor's, `InvalidInput` for an empty or too long text.
    """
    patient = people.find_patient_of(session, docid=docid, patientid=patientid)
    if ticketid is not None:
        appointment = appointments.find_by_ticket(session, ticketid=ticketid)
        if (appointment.docid, appointment.patientid) != (docid, patient.patientid):
            raise NotFound("appointment", ticketid)
    written = Diagnosis(
        docid=docid,
        patientid=patient.patientid,
        ticketid=ticketid,
        narrative=_text("narrative", narrative),
        resolution=_text("resolution", resolution),
        submitted_at=now,
    )
    session.add(written)
    session.flush()
    _note(session, "diagnosis recorded", [written], now, by)
    return written


def correct(
    session: Session, *, diagnosis_id: int, docid: str, narrative: str, resolution: str, now: datetime, by: str
) -> Diagnosis:
    """Add a diagnosis that supersedes another of the same doctor's; return the new one.

    Raise `NotFound` for another doctor's, `InvalidInput` for an empty or too long text, `NotAllowed` if it was
    corrected already, perhaps at the same moment.
    """
    wrong = _of_doctor(session, diagnosis_id, docid)
    right = Diagnosis(
        docid=docid,
        patientid=wrong.patientid,
        ticketid=wrong.ticketid,
        narrative=_text("narrative", narrative),
        resolution=_text("resolution", resolution),
        submitted_at=now,
        supersedes=wrong.id,
    )
    try:
        with session.begin_nested():
            session.add(right)
    except IntegrityError as error:
        raise NotAllowed(f"Diagnosis {diagnosis_id} was corrected already: correct its newest wording.") from error
    _note(session, "diagnosis corrected", [right], now, by)
    return right


def read_own(session: Session, *, diagnosis_id: int, docid: str, now: datetime, by: str) -> Diagnosis:
    """Return a diagnosis to the doctor who wrote it; raise `NotFound` for another doctor's as for an unknown one."""
    diagnosis = _of_doctor(session, diagnosis_id, docid)
    _note(session, "diagnosis read", [diagnosis], now, by)
    return diagnosis


def patient_of(session: Session, *, diagnosis_id: int, docid: str) -> int:
    """Return the number of the patient of a diagnosis that this doctor wrote, nothing else of it; raise `NotFound`."""
    return _of_doctor(session, diagnosis_id, docid).patientid


def list_visits(session: Session, *, docid: str, patientid: int) -> list[Appointment]:
    """Return a patient's appointments with this doctor, the latest first, without those that were cancelled.

    Raise `NotFound` for a patient who has none, as for an unknown one.
    """
    patient = people.find_patient_of(session, docid=docid, patientid=patientid)
    theirs = Appointment.docid == docid, Appointment.patientid == patient.patientid
    kept = select(Appointment).where(*theirs, Appointment.status != AppointmentStatus.CANCELLED)
    return list(session.scalars(kept.order_by(Appointment.starts_at.desc())))


def list_for_doctor(session: Session, *, docid: str, patientid: int, now: datetime, by: str) -> list[Finding]:
    """Return what every doctor found about a patient of this doctor, newest first.

    Raise `NotFound` for a patient who never had an appointment with this doctor, as for an unknown one.
    """
    patient = people.find_patient_of(session, docid=docid, patientid=patientid)
    return _findings(session, patient.patientid, now, by)


def list_for_patient(session: Session, *, patientid: int, now: datetime, by: str) -> list[Finding]:
    """Return to a patient what was found about them, newest first; raise `NotFound` for an unknown one."""
    patient = people.find_patient(session, patientid=patientid)
    return _findings(session, patient.patientid, now, by)


def list_resolutions(session: Session, *, docid: str, patientid: int, now: datetime, by: str) -> list[str]:
    """Return what one doctor told one patient to do, newest first, without what was corrected since.

    Where there are no diagnoses it is empty. Raise `NotFound` for an unknown doctor or patient.
    """
    doctor = people.find_doctor(session, docid=docid)
    patient = people.find_patient(session, patientid=patientid)
    later = aliased(Diagnosis)
    corrected = select(later.id).where(later.supersedes == Diagnosis.id).exists()
    query = _newest_first(patient.patientid).where(Diagnosis.docid == doctor.docid, ~corrected)
    found = list(session.scalars(query))
    _note(session, "diagnosis read", found, now, by)
    return [diagnosis.resolution for diagnosis in found]


def note_answer(session: Session, *, patientid: int, instance_id: str, now: datetime, by: str) -> None:
    """Note that what a process found about a patient's diagnoses was handed to a reader."""
    audit.record(
        session,
        who=by,
        action="diagnoses handed over",
        subject=f"patient {patientid}",
        now=now,
        details={"instance": instance_id},
    )


def _text(field: str, value: str) -> str:
    return validation.paragraphs(field, value, longest=LONGEST_TEXT)


def _of_doctor(session: Session, diagnosis_id: int, docid: str) -> Diagnosis:
    diagnosis = session.get(Diagnosis, diagnosis_id) if 0 < diagnosis_id <= _LARGEST_NUMBER else None
    if diagnosis is None or diagnosis.docid != docid:
        raise NotFound("diagnosis", diagnosis_id)
    return diagnosis


def _newest_first(patientid: int) -> Select[Diagnosis]:
    query = select(Diagnosis).where(Diagnosis.patientid == patientid)
    return query.order_by(Diagnosis.submitted_at.desc(), Diagnosis.id.desc())


def _findings(session: Session, patientid: int, now: datetime, by: str) -> list[Finding]:
    found = list(session.scalars(_newest_first(patientid)))
    _note(session, "diagnosis read", found, now, by)
    by_id = {diagnosis.id: diagnosis for diagnosis in found}
    superseded = {diagnosis.supersedes for diagnosis in found}

    def wordings(diagnosis: Diagnosis) -> Iterable[Diagnosis]:
        while diagnosis.supersedes is not None:
            diagnosis = by_id[diagnosis.supersedes]
            yield diagnosis

    return [Finding(each, tuple(wordings(each))) for each in found if each.id not in superseded]


def _note(session: Session, action: str, diagnoses: Iterable[Diagnosis], now: datetime, by: str) -> None:
    for diagnosis in diagnoses:
        audit.record(
            session,
            who=by,
            action=action,
            subject=f"patient {diagnosis.patientid}",
            now=now,
            details={"diagnosis": diagnosis.id},
        )
