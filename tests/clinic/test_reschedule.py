"""Moving an appointment to another slot: the new one is held before the old one is free."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clinic import appointments, audit
from app.clinic.appointments import Rescheduled
from app.clinic.errors import ClinicError, NotAllowed, NotFound, SlotNotOffered, SlotTaken, TooLate
from app.clinic.models import Appointment, Doctor, Patient, SlotHold
from app.clinic.models.appointments import ticks
from app.clinic.slots import Slot
from tests.clinic.builders import BERLIN, NOW, add_doctor, add_patient, berlin

TEN = berlin("2026-06-01", "10:00")
HALF_AN_HOUR = timedelta(minutes=30)


def reserve(session: Session, patient: Patient, **changes: Any) -> Appointment:
    wanted: dict[str, Any] = {"ticketid": "T-1", "docid": "HSP-200", "starts_at": TEN}
    return appointments.reserve(
        session, patientid=patient.patientid, priority_level=3, now=NOW, zone=BERLIN, **{**wanted, **changes}
    )


def reschedule(session: Session, starts_at: datetime, **changes: Any) -> Rescheduled:
    given: dict[str, Any] = {"ticketid": "T-1", "now": NOW, "zone": BERLIN, "by": "ana"}
    return appointments.reschedule(session, starts_at=starts_at, **{**given, **changes})


def held(session: Session, ticketid: str = "T-1") -> list[tuple[str, int]]:
    query = select(SlotHold.docid, SlotHold.tick).where(SlotHold.ticketid == ticketid).order_by(SlotHold.tick)
    return [(docid, tick) for docid, tick in session.execute(query)]


def expected(docid: str, starts_at: datetime, minutes: int = 30) -> list[tuple[str, int]]:
    return [(docid, tick) for tick in ticks(starts_at, starts_at + timedelta(minutes=minutes))]


@pytest.fixture
def booked(session: Session, doctor: Doctor, patient: Patient) -> Appointment:
    """T-1, ten o'clock."""
    return reserve(session, patient)


def test_the_ticket_stays_and_the_old_slot_is_free(session: Session, booked: Appointment) -> None:
    eleven = TEN + timedelta(hours=1)
    moved = reschedule(session, eleven, now=NOW + timedelta(minutes=1))
    session.expire_all()
    assert (moved.appointment.ticketid, moved.appointment.sequence) == ("T-1", 1)
    assert (moved.appointment.starts_at, moved.appointment.ends_at) == (eleven, eleven + HALF_AN_HOUR)
    assert moved.left == Slot("HSP-200", TEN, TEN + HALF_AN_HOUR)
    assert held(session) == expected("HSP-200", eleven)
    reserve(session, add_patient(session), ticketid="T-2")
    assert audit.list_entries(session, subject="T-1")[0].details == {
        "from": "HSP-200 2026-06-01T08:00:00+00:00",
        "to": "HSP-200 2026-06-01T09:00:00+00:00",
    }


def test_moving_to_where_it_is_changes_nothing(session: Session, booked: Appointment) -> None:
    assert reschedule(session, TEN, now=TEN + timedelta(days=1)).left is None
    assert (booked.sequence, booked.updated_at) == (0, NOW)
    assert len(audit.list_entries(session, subject="T-1")) == 1


@pytest.mark.parametrize(("starts", "ends"), [("10:15", "11:00"), ("09:45", "10:30"), ("10:00", "10:45")])
def test_the_new_slot_may_overlap_the_old_one(session: Session, booked: Appointment, starts: str, ends: str) -> None:
    add_doctor(session, "HSP-201", hours=(starts, ends), slot_minutes=45)
    moved = reschedule(session, berlin("2026-06-01", starts), docid="HSP-201")
    assert (moved.appointment.doctor.docid, moved.appointment.docid) == ("HSP-201", "HSP-201")
    assert held(session) == expected("HSP-201", berlin("2026-06-01", starts), 45)


def test_it_can_move_back_again(session: Session, booked: Appointment) -> None:
    reschedule(session, TEN + HALF_AN_HOUR)
    assert reschedule(session, TEN).appointment.sequence == 2
    assert held(session) == expected("HSP-200", TEN)


def refused(session: Session, error: type[ClinicError], starts_at: datetime, **changes: Any) -> None:
    before = held(session)
    with pytest.raises(error):
        reschedule(session, starts_at, **changes)
    session.expire_all()
    appointment = appointments.find_by_ticket(session, ticketid="T-1")
    assert (appointment.docid, appointment.starts_at, appointment.sequence) == ("HSP-200", TEN, 0)
    assert held(session) == before
    assert len(audit.list_entries(session, subject="T-1")) == 1


def test_a_taken_slot_is_refused_and_the_old_one_kept(session: Session, booked: Appointment) -> None:
    reserve(session, add_patient(session), ticketid="T-2", starts_at=TEN + HALF_AN_HOUR)
    refused(session, SlotTaken, TEN + HALF_AN_HOUR)


def test_another_doctors_slot_that_overlaps_a_taken_one_is_refused(session: Session, booked: Appointment) -> None:
    add_doctor(session, "HSP-201", hours=("09:45", "10:45"), slot_minutes=60)
    reserve(session, add_patient(session), ticketid="T-2", docid="HSP-201", starts_at=berlin("2026-06-01", "09:45"))
    refused(session, SlotTaken, berlin("2026-06-01", "09:45"), docid="HSP-201")


def test_the_patients_other_appointment_is_in_the_way(session: Session, booked: Appointment, patient: Patient) -> None:
    add_doctor(session, "HSP-201")
    reserve(session, patient, ticketid="T-2", docid="HSP-201", starts_at=TEN + HALF_AN_HOUR)
    refused(session, SlotTaken, TEN + HALF_AN_HOUR)


@pytest.mark.parametrize(
    ("starts_at", "changes", "error"),
    [
        (TEN + timedelta(minutes=10), {}, SlotNotOffered),
        (TEN - timedelta(days=7), {}, SlotNotOffered),
        (TEN + HALF_AN_HOUR, {"docid": "HSP-999"}, NotFound),
        (TEN + HALF_AN_HOUR, {"now": TEN}, TooLate),
        (TEN + HALF_AN_HOUR, {"cutoff": timedelta(hours=4)}, TooLate),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    session: Session, booked: Appointment, starts_at: datetime, changes: dict[str, Any], error: type[ClinicError]
) -> None:
    refused(session, error, starts_at, **changes)


def test_a_cancelled_appointment_is_not_moved(session: Session, booked: Appointment) -> None:
    assert appointments.cancel(session, ticketid="T-1", now=NOW, by="ana").sequence == 1
    with pytest.raises(NotAllowed, match="is cancelled"):
        reschedule(session, TEN + HALF_AN_HOUR)
    assert held(session) == []
