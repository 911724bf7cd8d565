"""Views that the clinic's own changes keep: who sees what, and the same as if they were made anew."""

import random
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.clinic import appointments, documents, views
from app.clinic.details import ClinicDetails
from app.clinic.errors import ClinicError
from app.clinic.models import AgendaLine, Appointment, Doctor, Patient, ViewChange
from app.clinic.models.agenda import CLINIC, of_doctor, of_patient
from app.clinic.slots import free_slots
from tests.clinic.builders import BERLIN, NOW, add_doctor, add_patient, berlin

TEN = berlin("2026-06-01", "10:00")
CLINIC_DETAILS = ClinicDetails("Riverside Clinic", BERLIN)


def _book(session: Session, ticketid: str, docid: str, patientid: int, starts_at: datetime = TEN) -> Appointment:
    return appointments.reserve(
        session,
        ticketid=ticketid,
        docid=docid,
        patientid=patientid,
        starts_at=starts_at,
        priority_level=2,
        now=NOW,
        zone=BERLIN,
    )


def _told(session: Session) -> set[str]:
    """Return what was told since the last call."""
    told = {topic for change in session.scalars(select(ViewChange)) for topic in change.topics.split("\n")}
    session.execute(delete(ViewChange))
    return told


def test_each_sees_their_own_and_the_clinic_all(session: Session, doctor: Doctor, patient: Patient) -> None:
    other_doctor, other = add_doctor(session, "HSP-201"), add_patient(session)
    _book(session, "T-1", doctor.docid, patient.patientid)
    _book(session, "T-2", other_doctor.docid, other.patientid)
    mine = views.my_appointments(session, patientid=patient.patientid, now=NOW)
    assert [(line.ticketid, line.doctor_name, line.specialization) for line in mine] == [
        ("T-1", doctor.full_name, "Cardiology")
    ]
    queue = views.queue(session, docid=other_doctor.docid, now=NOW)
    assert [(line.ticketid, line.patient_name, line.priority_level) for line in queue] == [("T-2", other.full_name, 2)]
    everybody = views.clinic_agenda(session, now=NOW, until=NOW + timedelta(days=1))
    assert {line.ticketid for line in everybody} == {"T-1", "T-2"}
    assert views.clinic_agenda(session, now=NOW, until=TEN) == []


def test_a_change_is_told_to_those_whose_views_it_changes(session: Session, doctor: Doctor, patient: Patient) -> None:
    add_doctor(session, "HSP-201")
    _told(session)
    _book(session, "T-1", doctor.docid, patient.patientid)
    assert _told(session) == {CLINIC, of_doctor(doctor.docid), of_patient(patient.patientid)}
    eleven = TEN + timedelta(hours=1)
    appointments.reschedule(session, ticketid="T-1", starts_at=eleven, docid="HSP-201", now=NOW, zone=BERLIN)
    session.flush()
    told = {CLINIC, of_doctor(doctor.docid), of_doctor("HSP-201"), of_patient(patient.patientid)}
    assert _told(session) == told, "the doctor who lost the patient hears of it too"
    patient.mobile = "+49 40 1"
    session.flush()
    assert _told(session) == set(), "no view shows it"
    patient.midname = "Maria"
    session.flush()
    assert _told(session) == {CLINIC, of_doctor("HSP-201"), of_patient(patient.patientid)}
    assert [line.patient_name for line in views.queue(session, docid="HSP-201", now=NOW)] == [patient.full_name]


def test_cancelled_and_past_appointments_are_not_shown(session: Session, doctor: Doctor, patient: Patient) -> None:
    _book(session, "T-1", doctor.docid, patient.patientid)
    assert views.my_appointments(session, patientid=patient.patientid, now=TEN + timedelta(hours=1)) == []
    appointments.cancel(session, ticketid="T-1", now=NOW, by="test")
    session.flush()
    assert views.my_appointments(session, patientid=patient.patientid, now=NOW) == []


@pytest.mark.parametrize("seed", range(6))
def test_after_any_history_the_kept_table_is_what_a_rebuild_makes(session: Session, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- histories, not secrets
    doctors = [add_doctor(session, f"HSP-{number}", hours=("09:00", "17:00")) for number in range(300, 303)]
    patients = [add_patient(session) for _ in range(4)]
    tickets: list[str] = []
    for number in range(60):
        doctor, patient, now = chance.choice(doctors), chance.choice(patients), NOW + timedelta(hours=number / 10)
        slot = chance.choice(free_slots(session, docid=doctor.docid, now=now, zone=BERLIN, days=2))
        ticketid = chance.choice(tickets) if tickets else "none"
        with suppress(ClinicError):  # what is refused changes nothing
            match chance.randrange(8):
                case 0 | 1 | 2:
                    _book(session, f"T-{number}", doctor.docid, patient.patientid, slot.starts_at)
                    tickets.append(f"T-{number}")
                case 3:
                    appointments.cancel(session, ticketid=ticketid, now=now, by="test")
                case 4:
                    where = {"starts_at": slot.starts_at, "docid": doctor.docid}
                    appointments.reschedule(session, ticketid=ticketid, now=now, zone=BERLIN, **where)  # type: ignore[arg-type]
                case 5:
                    appointments.check_in(session, ticketid=ticketid, now=now, by="test")
                case 6:
                    documents.store_documents(session, ticketid=ticketid, clinic=CLINIC_DETAILS)
                case _:
                    doctor.specialization, patient.lastname = f"Subject {number}", f"Name {number}"
                    session.flush()
    session.flush()
    kept = _lines(session)
    assert len(kept) == len(tickets)
    assert views.rebuild(session) == views.Rebuilt(len(tickets), 0)
    assert _lines(session) == kept


def test_a_rebuild_mends_what_was_spoilt(session: Session, doctor: Doctor, patient: Patient) -> None:
    other = add_patient(session)
    _book(session, "T-1", doctor.docid, patient.patientid)
    _book(session, "T-2", doctor.docid, other.patientid, TEN + timedelta(hours=1))
    kept = _lines(session)
    session.execute(update(AgendaLine).where(AgendaLine.ticketid == "T-1").values(patient_name="Somebody else"))
    session.execute(delete(AgendaLine).where(AgendaLine.ticketid == "T-2"))
    _told(session)
    assert views.rebuild(session) == views.Rebuilt(2, 2)
    assert _lines(session) == kept
    assert _told(session) >= {CLINIC, of_doctor(doctor.docid), of_patient(other.patientid)}


def _lines(session: Session) -> set[tuple[object, ...]]:
    columns = AgendaLine.__table__.columns
    return {tuple(row) for row in session.execute(select(*columns))}
