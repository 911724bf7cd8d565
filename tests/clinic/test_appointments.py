"""Reserving a slot, and what becomes of the appointment."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clinic import appointments, audit, availability, views
from app.clinic.errors import (
    ClinicError,
    InvalidInput,
    NotAllowed,
    NotFound,
    SlotNotOffered,
    SlotTaken,
    TicketUsed,
    TooLate,
)
from app.clinic.models import AgendaLine, Appointment, AppointmentStatus, Doctor, Login, Patient, SlotHold
from app.clinic.models.appointments import MOVES
from app.clinic.slots import free_slots
from app.clinic.tickets import new_ticket
from tests.clinic.builders import BERLIN, NOW, add_doctor, add_patient, berlin

TEN = berlin("2026-06-01", "10:00")


def reserve(session: Session, **changes: Any) -> Appointment:
    wanted: dict[str, Any] = {
        "ticketid": "T-1",
        "docid": "HSP-200",
        "starts_at": TEN,
        "priority_level": 3,
        "now": NOW,
        "zone": BERLIN,
    }
    return appointments.reserve(session, **{**wanted, **changes})


def count(session: Session, table: type[Appointment | SlotHold]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_reserved_slot_is_an_appointment(session: Session, doctor: Doctor, patient: Patient) -> None:
    reserve(session, patientid=patient.patientid)
    session.expire_all()
    found = appointments.find_by_ticket(session, ticketid="T-1")
    assert (found.doctor, found.patient) == (doctor, patient)
    assert (found.starts_at, found.ends_at) == (TEN, TEN + timedelta(minutes=30))
    assert (found.status, found.priority_level, found.created_at) == (AppointmentStatus.BOOKED, 3, NOW)


def test_the_same_reservation_again_changes_nothing(session: Session, doctor: Doctor, patient: Patient) -> None:
    first = reserve(session, patientid=patient.patientid)
    again = reserve(session, patientid=patient.patientid, now=NOW + timedelta(days=9))
    assert again is first
    assert first.created_at == NOW
    assert count(session, SlotHold) == 6
    assert len(audit.list_entries(session, subject="T-1")) == 1


@pytest.mark.parametrize(
    "change", [{"starts_at": TEN + timedelta(hours=1)}, {"priority_level": 1}, {"docid": "HSP-201"}]
)
def test_a_ticket_is_for_one_appointment(
    session: Session, doctor: Doctor, patient: Patient, change: dict[str, Any]
) -> None:
    add_doctor(session, "HSP-201")
    reserve(session, patientid=patient.patientid)
    with pytest.raises(TicketUsed, match=next(iter(change))):
        reserve(session, patientid=patient.patientid, **change)


def test_a_taken_slot_is_refused_and_the_session_goes_on(session: Session, doctor: Doctor, patient: Patient) -> None:
    reserve(session, patientid=patient.patientid)
    other = add_patient(session)
    with pytest.raises(SlotTaken, match="Choose another"):
        reserve(session, ticketid="T-2", patientid=other.patientid)
    later = reserve(session, ticketid="T-2", patientid=other.patientid, starts_at=TEN + timedelta(hours=1))
    assert later.status is AppointmentStatus.BOOKED
    assert count(session, Appointment) == 2


def test_a_patient_has_one_appointment_at_a_time(session: Session, doctor: Doctor, patient: Patient) -> None:
    add_doctor(session, "HSP-201", hours=("09:40", "10:30"), slot_minutes=50)
    reserve(session, patientid=patient.patientid)
    with pytest.raises(SlotTaken, match="patient has another appointment"):
        reserve(
            session,
            ticketid="T-2",
            docid="HSP-201",
            patientid=patient.patientid,
            starts_at=berlin("2026-06-01", "09:40"),
        )


def test_slots_of_another_grid_cannot_overlap(session: Session, doctor: Doctor, patient: Patient) -> None:
    reserve(session, patientid=patient.patientid)
    for hours in availability.list_weekly_hours(session, docid=doctor.docid):
        availability.remove_weekly_hours(session, hours_id=hours.id)
    availability.add_weekly_hours(
        session, docid=doctor.docid, weekday=0, starts=time(9, 45), ends=time(12), slot_minutes=45
    )
    other = add_patient(session)
    with pytest.raises(SlotTaken):
        reserve(session, ticketid="T-2", patientid=other.patientid, starts_at=berlin("2026-06-01", "09:45"))
    reserve(session, ticketid="T-2", patientid=other.patientid, starts_at=berlin("2026-06-01", "10:30"))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"starts_at": berlin("2026-05-29", "10:00")}, SlotNotOffered),
        ({"starts_at": berlin("2026-06-01", "08:30")}, SlotNotOffered),
        ({"starts_at": berlin("2026-06-01", "10:10")}, SlotNotOffered),
        ({"starts_at": TEN.replace(tzinfo=None)}, InvalidInput),
        ({"docid": "HSP-999"}, NotFound),
        ({"patientid": 10**12}, NotFound),
        ({"priority_level": 0}, InvalidInput),
        ({"priority_level": 6}, InvalidInput),
        ({"ticketid": ""}, InvalidInput),
        ({"ticketid": "T" * 21}, InvalidInput),
        ({"ticketid": "T\x00"}, InvalidInput),
    ],
)
def test_bad_input_is_refused_and_nothing_is_kept(
    session: Session, doctor: Doctor, patient: Patient, change: dict[str, Any], error: type[ClinicError]
) -> None:
    with pytest.raises(error):
        reserve(session, **{"patientid": patient.patientid, **change})
    assert (count(session, Appointment), count(session, SlotHold)) == (0, 0)


def test_a_slot_in_leave_is_refused(session: Session, doctor: Doctor, patient: Patient) -> None:
    availability.add_leave(session, docid=doctor.docid, starts_at=TEN, ends_at=TEN + timedelta(minutes=5))
    with pytest.raises(SlotNotOffered):
        reserve(session, patientid=patient.patientid)


def test_a_slot_in_a_break_is_refused(session: Session, doctor: Doctor, patient: Patient) -> None:
    availability.add_weekly_break(session, docid=doctor.docid, weekday=0, starts=time(10), ends=time(10, 5))
    with pytest.raises(SlotNotOffered):
        reserve(session, patientid=patient.patientid)


@pytest.mark.parametrize("showing", [0, 1])
def test_both_showings_of_the_repeated_hour_can_be_booked(session: Session, patient: Patient, showing: int) -> None:
    add_doctor(session, hours=("01:00", "04:00"), weekdays=range(6, 7))
    now = berlin("2026-10-24", "12:00")
    half_past_two = [
        slot.starts_at
        for slot in free_slots(session, docid="HSP-200", now=now, zone=BERLIN, days=2)
        if f"{slot.starts_at.astimezone(BERLIN):%H:%M}" == "02:30"
    ]
    starts_at = half_past_two[showing]
    assert reserve(session, patientid=patient.patientid, starts_at=starts_at, now=now).starts_at == starts_at


def test_a_cancelled_slot_can_be_booked_again(session: Session, doctor: Doctor, patient: Patient) -> None:
    reserve(session, patientid=patient.patientid)
    cancelled = appointments.cancel(session, ticketid="T-1", now=NOW + timedelta(hours=1), by="ana", reason="ill")
    assert (cancelled.status, cancelled.updated_at) == (AppointmentStatus.CANCELLED, NOW + timedelta(hours=1))
    assert reserve(session, ticketid="T-2", patientid=add_patient(session).patientid).starts_at == TEN


def test_cancelling_is_audited_once(session: Session, doctor: Doctor, patient: Patient) -> None:
    reserve(session, patientid=patient.patientid, by="ana")
    for _ in range(2):
        appointments.cancel(session, ticketid="T-1", now=NOW, by="mira", reason="ill")
    entries = audit.list_entries(session, subject="T-1")
    assert [(entry.who, entry.action) for entry in entries] == [
        ("mira", "appointment cancelled"),
        ("ana", "appointment reserved"),
    ]
    assert entries[0].details == {"reason": "ill"}


def test_an_appointment_that_has_begun_is_not_cancelled(session: Session, doctor: Doctor, patient: Patient) -> None:
    reserve(session, patientid=patient.patientid)
    with pytest.raises(NotAllowed, match="could be cancelled until"):
        appointments.cancel(session, ticketid="T-1", now=TEN, by="ana")
    assert count(session, SlotHold) == 6


LIFE = {
    "check in": appointments.check_in,
    "complete": appointments.complete,
    "miss": appointments.mark_missed,
    "cancel": appointments.cancel,
}
PATHS = {
    AppointmentStatus.BOOKED: [],
    AppointmentStatus.CHECKED_IN: ["check in"],
    AppointmentStatus.COMPLETED: ["check in", "complete"],
    AppointmentStatus.CANCELLED: ["cancel"],
    AppointmentStatus.MISSED: ["miss"],
}
MEANT = {"check in": "checked_in", "complete": "completed", "miss": "missed", "cancel": "cancelled"}


@pytest.mark.parametrize("action", LIFE)
@pytest.mark.parametrize("status", AppointmentStatus)
def test_status_moves_only_along_the_table_and_into_the_audit(
    session: Session, doctor: Doctor, patient: Patient, status: AppointmentStatus, action: str
) -> None:
    def act(name: str) -> Appointment:
        at = TEN - timedelta(minutes=5) if name == "cancel" else TEN
        return LIFE[name](session, ticketid="T-1", now=at, by="mira")

    reserve(session, patientid=patient.patientid)
    for step in PATHS[status]:
        act(step)
    before, wanted = len(audit.list_entries(session, subject="T-1")), AppointmentStatus(MEANT[action])
    if wanted is status:
        assert act(action).status is wanted
        assert len(audit.list_entries(session, subject="T-1")) == before
    elif wanted in MOVES[status]:
        assert act(action).status is wanted
        assert audit.list_entries(session, subject="T-1")[0].action == f"appointment {wanted.label}"
    else:
        with pytest.raises(NotAllowed, match=f"is {status.label}; it can't be {wanted.label}"):
            act(action)
        assert appointments.find_by_ticket(session, ticketid="T-1").status is status
        assert len(audit.list_entries(session, subject="T-1")) == before


def test_nobody_is_missed_early_or_checked_in_on_another_day(
    session: Session, doctor: Doctor, patient: Patient
) -> None:
    reserve(session, patientid=patient.patientid)
    with pytest.raises(NotAllowed, match="has not begun"):
        appointments.mark_missed(session, ticketid="T-1", now=TEN - timedelta(minutes=1), by="mira")
    with pytest.raises(NotAllowed, match="is not today"):
        appointments.check_in(session, ticketid="T-1", now=TEN - timedelta(hours=20), by="mira")


def test_who_is_checked_in_is_still_expected(session: Session, doctor: Doctor, patient: Patient) -> None:
    reserve(session, patientid=patient.patientid)
    appointments.check_in(session, ticketid="T-1", now=TEN, by="mira")
    assert [line.ticketid for line in views.clinic_agenda(session, now=TEN, until=TEN + timedelta(hours=1))] == ["T-1"]


def test_patients_cancel_until_the_cut_off_and_staff_until_the_start(
    session: Session, doctor: Doctor, patient: Patient
) -> None:
    reserve(session, patientid=patient.patientid)
    a_day, until = timedelta(hours=24), TEN - timedelta(hours=24)
    with pytest.raises(TooLate, match=r"cancelled until Sunday 31 May 2026, 10:00 CEST") as refusal:
        appointments.cancel(session, ticketid="T-1", now=until, by="ana", cutoff=a_day, zone=BERLIN)
    assert refusal.value.until == until
    assert appointments.cancel(session, ticketid="T-1", now=until, by="mira").status is AppointmentStatus.CANCELLED


@pytest.mark.parametrize("ticketid", ["T-0", "", "\x00", "x" * 300])
def test_an_unknown_ticket_is_not_found(session: Session, ticketid: str) -> None:
    with pytest.raises(NotFound, match="There is no appointment"):
        appointments.cancel(session, ticketid=ticketid, now=NOW, by="ana")


def test_only_those_whom_it_concerns_find_an_appointment(session: Session, doctor: Doctor, patient: Patient) -> None:
    def found_by(login: Login) -> bool:
        try:
            return appointments.find_for_login(session, ticketid="T-1", login=login).ticketid == "T-1"
        except NotFound:
            return False

    reserve(session, patientid=patient.patientid)
    assert found_by(patient.login)
    assert found_by(doctor.login)
    assert not found_by(add_patient(session).login)
    assert not found_by(add_doctor(session, "HSP-201").login)


def test_appointments_are_listed_for_those_whom_they_concern(
    session: Session, doctor: Doctor, patient: Patient
) -> None:
    other = add_patient(session)
    for number, (whose, hours) in enumerate([(patient, 1), (patient, 0), (other, -1)]):
        reserve(session, ticketid=f"T-{number}", patientid=whose.patientid, starts_at=TEN + timedelta(hours=hours))
    appointments.cancel(session, ticketid="T-0", now=NOW, by="ana")

    def tickets(found: Sequence[Appointment | AgendaLine]) -> list[str]:
        return [each.ticketid for each in found]

    during = TEN + timedelta(minutes=10)
    mine = patient.patientid
    assert tickets(views.queue(session, docid=doctor.docid, now=NOW)) == ["T-2", "T-1"]
    assert tickets(views.my_appointments(session, patientid=mine, now=NOW)) == ["T-1"]
    assert tickets(views.clinic_agenda(session, now=during, until=during + timedelta(hours=2))) == ["T-1"]


def test_tickets_are_short_and_never_the_same() -> None:
    tickets = {new_ticket() for _ in range(2000)}
    assert len(tickets) == 2000
    assert all(len(ticket) == 12 and ticket.startswith("T-") for ticket in tickets)
    assert not set("ILOU") & set("".join(ticket[2:] for ticket in tickets))


def test_a_moment_in_the_zone_of_the_clinic_is_the_same_moment(
    session: Session, doctor: Doctor, patient: Patient
) -> None:
    local = datetime(2026, 6, 1, 10, 0, tzinfo=BERLIN)
    assert reserve(session, patientid=patient.patientid, starts_at=local).starts_at == TEN
    assert reserve(session, patientid=patient.patientid).ticketid == "T-1"
