"""A doctor who can't come, and what is proposed instead."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.clinic import absences, appointments, audit, availability
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import Doctor, Patient
from app.clinic.slots import Slot
from tests.clinic.builders import BERLIN, NOW, add_doctor, add_patient, berlin

MONDAY = berlin("2026-06-01", "00:00"), berlin("2026-06-02", "00:00")


def reserve(session: Session, patient: Patient, ticketid: str, when: str, docid: str = "HSP-200") -> None:
    appointments.reserve(
        session,
        ticketid=ticketid,
        docid=docid,
        patientid=patient.patientid,
        starts_at=berlin(*when.split()),
        priority_level=3,
        now=NOW,
        zone=BERLIN,
    )


def starts(slots: list[Slot]) -> list[str]:
    return [f"{slot.docid} {slot.starts_at.astimezone(BERLIN):%d %H:%M}" for slot in slots]


def test_an_absence_concerns_those_who_are_booked_then(session: Session, doctor: Doctor) -> None:
    for ticketid, when in (
        ("T-1", "2026-06-01 11:30"),
        ("T-2", "2026-06-01 09:00"),
        ("T-3", "2026-06-01 10:00"),
        ("T-4", "2026-06-02 09:00"),
        ("T-5", "2026-06-01 11:00"),
    ):
        reserve(session, add_patient(session), ticketid, when)
    appointments.cancel(session, ticketid="T-5", now=NOW, by="ana")
    starts_at, ends_at = MONDAY
    affected = absences.record_absence(
        session, docid="HSP-200", starts_at=starts_at, ends_at=ends_at, now=NOW, by="ruth", reason="ill"
    )
    assert [appointment.ticketid for appointment in affected] == ["T-2", "T-3", "T-1"]
    assert {appointment.status for appointment in affected} == {"booked"}
    entry = audit.list_entries(session, subject="HSP-200")[0]
    assert (entry.who, entry.action, entry.details["reason"]) == ("ruth", "absence recorded", "ill")
    assert availability.list_exceptions(session, docid="HSP-200", after=NOW)[0].reason == "ill"
    with pytest.raises(InvalidInput, match="overlaps"):
        absences.record_absence(session, docid="HSP-200", starts_at=starts_at, ends_at=ends_at, now=NOW, by="ruth")


def test_what_has_begun_is_not_concerned(session: Session, doctor: Doctor, patient: Patient) -> None:
    reserve(session, patient, "T-1", "2026-06-01 09:00")
    starts_at, ends_at = MONDAY
    during = berlin("2026-06-01", "09:10")
    assert (
        absences.record_absence(session, docid="HSP-200", starts_at=starts_at, ends_at=ends_at, now=during, by="ruth")
        == []
    )


def test_an_unknown_doctor_is_not_absent(session: Session) -> None:
    starts_at, ends_at = MONDAY
    with pytest.raises(NotFound):
        absences.record_absence(session, docid="HSP-999", starts_at=starts_at, ends_at=ends_at, now=NOW, by="ruth")


def test_the_next_free_slots_are_proposed(session: Session, doctor: Doctor, patient: Patient) -> None:
    add_doctor(session, "HSP-201", hours=("09:30", "11:00"))
    add_doctor(session, "HSP-202", hours=("10:00", "10:30"))
    add_doctor(session, "HSP-203", specialization="Dermatology")
    reserve(session, patient, "T-1", "2026-06-01 10:00")
    reserve(session, patient, "T-2", "2026-06-01 10:30", docid="HSP-201")
    reserve(session, add_patient(session), "T-3", "2026-06-02 09:00")
    starts_at, ends_at = MONDAY
    absences.record_absence(session, docid="HSP-200", starts_at=starts_at, ends_at=ends_at, now=NOW, by="ruth")
    proposed = absences.propose_slots(session, ticketid="T-1", now=NOW, zone=BERLIN)
    assert starts(proposed.same_doctor) == ["HSP-200 02 09:30", "HSP-200 02 10:00", "HSP-200 02 10:30"]
    assert starts(proposed.same_specialization) == ["HSP-201 01 09:30", "HSP-201 01 10:00", "HSP-202 01 10:00"]


def test_nothing_is_proposed_where_nothing_is_free(session: Session, doctor: Doctor, patient: Patient) -> None:
    reserve(session, patient, "T-1", "2026-06-01 10:00")
    starts_at = MONDAY[0]
    absences.record_absence(
        session, docid="HSP-200", starts_at=starts_at, ends_at=starts_at + timedelta(days=365), now=NOW, by="ruth"
    )
    proposed = absences.propose_slots(session, ticketid="T-1", now=NOW, zone=BERLIN)
    assert (proposed.same_doctor, proposed.same_specialization) == ([], [])
    with pytest.raises(NotFound):
        absences.propose_slots(session, ticketid="T-0", now=NOW, zone=BERLIN)
