"""Diagnoses: who writes them, who reads them, and that every reading is noted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.clinic import appointments, audit, diagnoses
from app.clinic.errors import InvalidInput, NotAllowed, NotFound
from app.clinic.models import Appointment, Diagnosis, Doctor, Patient
from app.database import Database
from tests.clinic.builders import BERLIN, NOW, add_doctor, add_patient, berlin

DOCTOR, COLLEAGUE = "HSP-200", "HSP-201"


@pytest.fixture
def treated(session: Session, doctor: Doctor, patient: Patient) -> Patient:
    """A patient with an appointment with HSP-200."""
    book(session, patient)
    return patient


def book(session: Session, patient: Patient, docid: str = DOCTOR, ticketid: str = "T-1") -> Appointment:
    return appointments.reserve(
        session,
        ticketid=ticketid,
        docid=docid,
        patientid=patient.patientid,
        starts_at=berlin("2026-06-01", "10:00" if docid == DOCTOR else "11:00"),
        priority_level=3,
        now=NOW,
        zone=BERLIN,
    )


def record(
    session: Session,
    patient: Patient,
    resolution: str = "Rest for a week.",
    *,
    docid: str = DOCTOR,
    narrative: str = "A cold.",
    ticketid: str | None = None,
    now: datetime = NOW,
) -> Diagnosis:
    return diagnoses.record(
        session,
        docid=docid,
        patientid=patient.patientid,
        narrative=narrative,
        resolution=resolution,
        ticketid=ticketid,
        now=now,
        by=f"login of {docid}",
    )


def correct(session: Session, wrong: Diagnosis, resolution: str, docid: str = DOCTOR) -> Diagnosis:
    return diagnoses.correct(
        session,
        diagnosis_id=wrong.id,
        docid=docid,
        narrative=wrong.narrative,
        resolution=resolution,
        now=NOW + timedelta(hours=1),
        by="mira",
    )


def readings(session: Session, patient: Patient) -> list[tuple[str, object]]:
    entries = audit.list_entries(session, subject=f"patient {patient.patientid}")
    return [(entry.who, entry.details["diagnosis"]) for entry in entries if entry.action == "diagnosis read"]


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Diagnosis)) or 0


def test_a_doctor_records_what_was_found(session: Session, treated: Patient) -> None:
    written = record(session, treated, "  Rest for a week.\r\nDrink enough. ", ticketid="T-1")
    session.expire_all()
    assert (written.docid, written.patientid, written.ticketid) == (DOCTOR, treated.patientid, "T-1")
    assert written.resolution == "Rest for a week.\nDrink enough."
    assert written.submitted_at == NOW
    (entry,) = audit.list_entries(session, subject=f"patient {treated.patientid}")
    assert (entry.who, entry.action, entry.at) == ("login of HSP-200", "diagnosis recorded", NOW)


@pytest.mark.parametrize("field", ["narrative", "resolution"])
@pytest.mark.parametrize("value", ["", "  \n ", "x" * 2001, "bell\a"])
def test_text_that_says_nothing_or_too_much_is_refused(
    session: Session, treated: Patient, field: str, value: str
) -> None:
    texts = {"narrative": "A cold.", "resolution": "Rest."} | {field: value}
    with pytest.raises(InvalidInput) as refusal:
        record(session, treated, texts["resolution"], narrative=texts["narrative"])
    assert refusal.value.field == field
    assert count(session) == 0


def test_nobody_records_for_another_doctors_patient(session: Session, treated: Patient) -> None:
    add_doctor(session, COLLEAGUE)
    with pytest.raises(NotFound):
        record(session, treated, docid=COLLEAGUE)


@pytest.mark.parametrize("patientid", [0, -1, 4711, 2**31, 10**30])
def test_an_unknown_patient_is_not_found(session: Session, doctor: Doctor, patientid: int) -> None:
    with pytest.raises(NotFound):
        record(session, Patient(patientid=patientid))


def test_a_ticket_has_to_be_of_this_doctor_and_patient(session: Session, treated: Patient) -> None:
    add_doctor(session, COLLEAGUE)
    book(session, treated, COLLEAGUE, "T-2")
    other = add_patient(session)
    appointments.reserve(
        session,
        ticketid="T-3",
        docid=DOCTOR,
        patientid=other.patientid,
        starts_at=berlin("2026-06-01", "11:30"),
        priority_level=3,
        now=NOW,
        zone=BERLIN,
    )
    for ticketid in ("T-2", "T-3", "T-unknown"):
        with pytest.raises(NotFound):
            record(session, treated, ticketid=ticketid)
    assert count(session) == 0


def test_only_a_cancelled_appointment_makes_no_patient_of_a_doctor(session: Session, treated: Patient) -> None:
    appointments.cancel(session, ticketid="T-1", now=NOW, by="ana")
    with pytest.raises(NotFound):
        record(session, treated)
    with pytest.raises(NotFound):
        diagnoses.list_for_doctor(session, docid=DOCTOR, patientid=treated.patientid, now=NOW, by="mira")


def test_every_reading_is_noted_with_who_and_when_and_whose(session: Session, treated: Patient) -> None:
    first, second = record(session, treated), record(session, treated, "Come again.", now=NOW + timedelta(days=1))
    later = NOW + timedelta(days=2)
    found = diagnoses.list_for_doctor(session, docid=DOCTOR, patientid=treated.patientid, now=later, by="mira")
    assert [finding.current.id for finding in found] == [second.id, first.id]
    assert readings(session, treated) == [("mira", first.id), ("mira", second.id)]
    diagnoses.list_for_patient(session, patientid=treated.patientid, now=later, by="ana")
    assert readings(session, treated)[:2] == [("ana", first.id), ("ana", second.id)]
    diagnoses.read_own(session, diagnosis_id=first.id, docid=DOCTOR, now=later, by="mira again")
    assert readings(session, treated)[0] == ("mira again", first.id)
    assert audit.list_entries(session, limit=1)[0].at == later


def test_what_was_read_is_not_answered_without_its_note(database: Database) -> None:
    with database.write() as session:
        add_doctor(session)
        patient = add_patient(session)
        book(session, patient)
        record(session, patient)
    with database.write() as session:
        session.execute(text("DROP TABLE audit"))
    with pytest.raises(DBAPIError), database.write() as session:
        diagnoses.list_for_patient(session, patientid=patient.patientid, now=NOW, by="ana")


def test_a_doctor_sees_what_colleagues_found_about_a_patient_of_theirs(session: Session, treated: Patient) -> None:
    add_doctor(session, COLLEAGUE)
    book(session, treated, COLLEAGUE, "T-2")
    record(session, treated, docid=COLLEAGUE)
    (finding,) = diagnoses.list_for_doctor(session, docid=DOCTOR, patientid=treated.patientid, now=NOW, by="mira")
    assert finding.current.docid == COLLEAGUE


def test_another_doctors_patient_is_as_unknown_as_nobody(session: Session, treated: Patient) -> None:
    add_doctor(session, COLLEAGUE)
    record(session, treated)
    with pytest.raises(NotFound, match=f"There is no patient {treated.patientid}"):
        diagnoses.list_for_doctor(session, docid=COLLEAGUE, patientid=treated.patientid, now=NOW, by="eve")
    assert readings(session, treated) == []


def test_resolutions_are_those_of_one_doctor_and_one_patient(session: Session, treated: Patient) -> None:
    add_doctor(session, COLLEAGUE)
    book(session, treated, COLLEAGUE, "T-2")
    record(session, treated, "First.")
    wrong = record(session, treated, "Sekond.", now=NOW + timedelta(minutes=1))
    right = correct(session, wrong, "Second.")
    record(session, treated, "A colleague's.", docid=COLLEAGUE)
    found = diagnoses.list_resolutions(session, docid=DOCTOR, patientid=treated.patientid, now=NOW, by="dams")
    assert found == ["Second.", "First."]
    assert len(readings(session, treated)) == 2
    assert right.supersedes == wrong.id


def test_without_diagnoses_there_are_no_resolutions(session: Session, doctor: Doctor, patient: Patient) -> None:
    ids = {"docid": doctor.docid, "patientid": patient.patientid}
    assert diagnoses.list_resolutions(session, **ids, now=NOW, by="dams") == []  # type: ignore[arg-type]
    for unknown in ({"docid": "HSP-999"}, {"patientid": 4711}):
        with pytest.raises(NotFound):
            diagnoses.list_resolutions(session, **{**ids, **unknown}, now=NOW, by="dams")  # type: ignore[arg-type]


def test_a_correction_keeps_what_was_wrong(session: Session, treated: Patient) -> None:
    wrong = record(session, treated, "Left knee.", ticketid="T-1")
    better = correct(session, wrong, "Right knee.")
    best = correct(session, better, "Right knee, rest.")
    (finding,) = diagnoses.list_for_patient(session, patientid=treated.patientid, now=NOW, by="ana")
    assert finding.current.id == best.id
    assert [each.resolution for each in finding.earlier] == ["Right knee.", "Left knee."]
    assert best.ticketid == "T-1"


def test_a_diagnosis_is_corrected_once_and_by_its_doctor(session: Session, treated: Patient) -> None:
    add_doctor(session, COLLEAGUE)
    book(session, treated, COLLEAGUE, "T-2")
    wrong = record(session, treated)
    with pytest.raises(NotFound):
        correct(session, wrong, "Mine.", docid=COLLEAGUE)
    with pytest.raises(InvalidInput):
        correct(session, wrong, "")
    correct(session, wrong, "Right.")
    with pytest.raises(NotAllowed, match="corrected already"):
        correct(session, wrong, "Too late.")
    assert count(session) == 2


@pytest.mark.parametrize("change", ["UPDATE diagnosis SET narrative = 'x'", "DELETE FROM diagnosis"])
def test_the_database_itself_keeps_diagnoses_as_they_were_written(
    session: Session, treated: Patient, change: str
) -> None:
    record(session, treated)
    with pytest.raises(DBAPIError, match="only ever added"), session.begin_nested():
        session.execute(text(change))


@pytest.mark.parametrize("diagnosis_id", [0, -1, 4711, 2**31, 10**30])
def test_an_unknown_diagnosis_is_not_found(session: Session, doctor: Doctor, diagnosis_id: int) -> None:
    with pytest.raises(NotFound):
        diagnoses.read_own(session, diagnosis_id=diagnosis_id, docid=doctor.docid, now=NOW, by="mira")


def test_of_two_who_correct_at_once_one_does(database: Database) -> None:
    with database.write() as session:
        add_doctor(session)
        patient = add_patient(session)
        book(session, patient)
        wrong = record(session, patient)
    together = Barrier(2)

    def mend(resolution: str) -> str:
        together.wait(timeout=30)
        try:
            with database.write() as session:
                return correct(session, wrong, resolution).resolution
        except NotAllowed:
            return "too late"

    with ThreadPoolExecutor(2) as threads:
        outcomes = set(threads.map(mend, ("One.", "Two.")))
    with database.write() as session:
        (finding,) = diagnoses.list_for_patient(session, patientid=patient.patientid, now=NOW, by="ana")
    assert outcomes == {"too late", finding.current.resolution}
