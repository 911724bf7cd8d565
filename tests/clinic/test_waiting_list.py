"""The waiting list: who is next, what an offer holds, and how it ends."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clinic import appointments, audit, availability, waiting_list
from app.clinic.errors import InvalidInput, NotAllowed, NotFound, SlotNotOffered, SlotTaken, TicketUsed, TooLate
from app.clinic.models import (
    AppointmentStatus,
    Doctor,
    OfferStatus,
    Patient,
    SlotHold,
    SlotOffer,
    WaitingEntry,
    WaitingStatus,
)
from app.clinic.slots import Slot, free_slots
from tests.clinic.builders import BERLIN, NOW, add_doctor, add_patient, berlin

TEN = berlin("2026-06-01", "10:00")
TWO_HOURS = timedelta(hours=2)


def join(session: Session, patient: Patient, **changes: Any) -> WaitingEntry:
    given: dict[str, Any] = {"until": TEN + timedelta(days=14), "now": NOW, "by": "ana"}
    if "specialization" not in changes:
        given["docid"] = "HSP-200"
    return waiting_list.join(session, patientid=patient.patientid, **{**given, **changes})


def offer(session: Session, starts_at: datetime = TEN, **changes: Any) -> SlotOffer | None:
    given: dict[str, Any] = {"docid": "HSP-200", "now": NOW, "zone": BERLIN, "lifetime": TWO_HOURS}
    return waiting_list.offer_next(session, starts_at=starts_at, **{**given, **changes})


def offered(session: Session, starts_at: datetime = TEN, **changes: Any) -> SlotOffer:
    found = offer(session, starts_at, **changes)
    assert found is not None
    return found


def accept(session: Session, offer_id: str, **changes: Any) -> AppointmentStatus:
    given: dict[str, Any] = {"ticketid": "T-1", "now": NOW, "zone": BERLIN, "by": "ana"}
    return waiting_list.accept(session, offer_id=offer_id, **{**given, **changes}).status


def book(session: Session, patient: Patient, ticketid: str = "T-9") -> None:
    appointments.reserve(
        session,
        ticketid=ticketid,
        docid="HSP-200",
        patientid=patient.patientid,
        starts_at=TEN,
        priority_level=3,
        now=NOW,
        zone=BERLIN,
    )


def held(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(SlotHold)) or 0


def test_the_longest_waiting_is_next_whether_for_the_doctor_or_the_specialization(
    session: Session, doctor: Doctor
) -> None:
    add_doctor(session, "HSP-201", specialization="Dermatology")
    second, first, other = (add_patient(session) for _ in range(3))
    join(session, second, now=NOW + timedelta(minutes=1))
    join(session, first, specialization="Cardiology")
    join(session, other, specialization="Dermatology")
    slot = Slot("HSP-200", TEN, TEN + timedelta(minutes=30))
    line = waiting_list.next_in_line(session, slot=slot, now=NOW + TWO_HOURS)
    assert [entry.patientid for entry in line] == [first.patientid, second.patientid]


def test_an_offered_slot_is_nobody_elses(session: Session, doctor: Doctor, patient: Patient) -> None:
    join(session, patient)
    made = offered(session)
    assert (made.entry.patientid, made.expires_at, made.status) == (
        patient.patientid,
        NOW + TWO_HOURS,
        OfferStatus.OPEN,
    )
    free = free_slots(session, docid="HSP-200", now=NOW, zone=BERLIN, days=1)
    assert TEN not in {slot.starts_at for slot in free}
    with pytest.raises(SlotTaken):
        book(session, add_patient(session))


def test_an_accepted_offer_is_an_appointment_and_the_waiting_is_over(
    session: Session, doctor: Doctor, patient: Patient
) -> None:
    entry = join(session, patient, priority_level=2)
    offer_id = offered(session).id
    for _ in range(2):
        assert accept(session, offer_id) is AppointmentStatus.BOOKED
    session.expire_all()
    appointment = appointments.find_by_ticket(session, ticketid="T-1")
    assert (appointment.patientid, appointment.starts_at, appointment.priority_level) == (patient.patientid, TEN, 2)
    assert (entry.status, held(session)) == (WaitingStatus.SERVED, 6)
    assert [each.action for each in audit.list_entries(session, subject=offer_id)] == ["offer accepted", "slot offered"]
    with pytest.raises(NotAllowed, match="have an appointment"):
        waiting_list.leave(session, entry_id=entry.id, now=NOW, by="ana")


@pytest.mark.parametrize("end", [OfferStatus.DECLINED, OfferStatus.EXPIRED])
def test_a_slot_that_one_does_not_take_goes_to_the_next_and_then_to_everybody(
    session: Session, doctor: Doctor, end: OfferStatus
) -> None:
    line = [add_patient(session) for _ in range(2)]
    for minutes, patient in enumerate(line):
        join(session, patient, now=NOW + timedelta(minutes=minutes))
    for patient in line:
        made = offered(session)
        assert made.entry.patientid == patient.patientid
        assert offer(session) is None
        for _ in range(2):
            if end is OfferStatus.DECLINED:
                waiting_list.decline(session, offer_id=made.id, now=NOW, by="ana")
            else:
                waiting_list.expire(session, offer_id=made.id, now=NOW + TWO_HOURS)
        assert (made.status, made.entry.status) == (end, WaitingStatus.WAITING)
    assert offer(session) is None
    assert held(session) == 0
    later = offered(session, TEN + timedelta(hours=1))
    assert later.entry.patientid == line[0].patientid


def test_an_offer_that_is_over_is_not_accepted(session: Session, doctor: Doctor, patient: Patient) -> None:
    join(session, patient)
    offer_id = offered(session).id
    with pytest.raises(TooLate, match="stood until Monday 1 June 2026, 09:00 CEST"):
        accept(session, offer_id, now=NOW + TWO_HOURS)
    waiting_list.expire(session, offer_id=offer_id, now=NOW)
    with pytest.raises(TooLate):
        accept(session, offer_id)
    again = offered(session, TEN + timedelta(hours=1)).id
    waiting_list.decline(session, offer_id=again, now=NOW, by="ana")
    with pytest.raises(NotAllowed, match="was declined"):
        accept(session, again)
    assert waiting_list.expire(session, offer_id=again, now=NOW).status is OfferStatus.DECLINED


def test_an_offer_ends_at_the_latest_when_the_slot_begins(session: Session, doctor: Doctor, patient: Patient) -> None:
    join(session, patient)
    assert offered(session, now=TEN - timedelta(minutes=10)).expires_at == TEN


def test_a_slot_that_cannot_be_booked_any_more_is_offered_to_nobody(
    session: Session, doctor: Doctor, patient: Patient
) -> None:
    join(session, patient)
    assert offer(session, now=TEN) is None
    assert offer(session, TEN + timedelta(minutes=10)) is None
    book(session, add_patient(session))
    assert offer(session) is None


def test_when_the_doctor_can_no_longer_the_offer_stays_until_it_is_given_back(
    session: Session, doctor: Doctor, patient: Patient
) -> None:
    join(session, patient)
    made = offered(session)
    availability.add_leave(session, docid="HSP-200", starts_at=TEN, ends_at=TEN + TWO_HOURS)
    with pytest.raises(SlotNotOffered):
        accept(session, made.id)
    assert (made.status, held(session)) == (OfferStatus.OPEN, 6)
    waiting_list.decline(session, offer_id=made.id, now=NOW, by="dams")
    assert held(session) == 0


def test_a_used_ticket_changes_nothing(session: Session, doctor: Doctor, patient: Patient) -> None:
    book(session, add_patient(session))
    join(session, patient)
    made = offered(session, TEN + timedelta(hours=1))
    with pytest.raises(TicketUsed):
        accept(session, made.id, ticketid="T-9")
    session.expire_all()
    assert (made.status, made.entry.status, held(session)) == (OfferStatus.OPEN, WaitingStatus.WAITING, 12)


def test_who_is_busy_then_or_has_an_offer_or_waits_no_longer_is_passed_over(
    session: Session, doctor: Doctor, patient: Patient
) -> None:
    add_doctor(session, "HSP-201")
    busy, brief, gone, offered_one = (add_patient(session) for _ in range(4))
    for minutes, each in enumerate((busy, gone, offered_one)):
        join(session, each, now=NOW - timedelta(minutes=9 - minutes))
    join(session, brief, until=TEN - timedelta(minutes=1))
    appointments.reserve(
        session,
        ticketid="T-9",
        docid="HSP-201",
        patientid=busy.patientid,
        starts_at=TEN,
        priority_level=3,
        now=NOW,
        zone=BERLIN,
    )
    places = waiting_list.waiting(session, now=NOW, patientid=gone.patientid)
    waiting_list.leave(session, entry_id=places[0].id, now=NOW, by="ana")
    got = [offered(session, TEN + timedelta(minutes=minutes)).entry.patientid for minutes in (30, 60)]
    assert got == [busy.patientid, offered_one.patientid]
    join(session, patient, now=NOW + timedelta(minutes=1))
    assert offered(session).entry.patientid == patient.patientid


def test_leaving_gives_the_offered_slot_back(session: Session, doctor: Doctor, patient: Patient) -> None:
    entry = join(session, patient)
    made = offered(session)
    for _ in range(2):
        assert waiting_list.leave(session, entry_id=entry.id, now=NOW, by="ana").status is WaitingStatus.LEFT
    assert (made.status, held(session)) == (OfferStatus.DECLINED, 0)
    assert waiting_list.waiting(session, now=NOW) == []


@pytest.mark.parametrize("wish", [{"docid": "HSP-200"}, {"specialization": "Cardiology"}])
def test_joining_again_keeps_the_place(
    session: Session, doctor: Doctor, patient: Patient, wish: dict[str, str]
) -> None:
    first = join(session, patient, **wish)
    again = join(session, patient, until=TEN + timedelta(days=30), now=NOW + timedelta(hours=1), **wish)
    assert again.id == first.id
    assert (again.joined_at, again.until) == (NOW, TEN + timedelta(days=30))
    waiting_list.leave(session, entry_id=first.id, now=NOW, by="ana")
    assert join(session, patient, **wish).id != first.id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"docid": "HSP-999"}, "docid"),
        ({"docid": "HSP-200", "specialization": "Cardiology"}, "docid"),
        ({"docid": None}, "docid"),
        ({"specialization": "Alchemy"}, "specialization"),
        ({"until": NOW}, "until"),
        ({"until": datetime(2026, 7, 1)}, "until"),  # noqa: DTZ001 -- that is what is refused
        ({"priority_level": 9}, "priority_level"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(
    session: Session, doctor: Doctor, patient: Patient, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        join(session, patient, **changes)
    assert refusal.value.field == field
    assert waiting_list.waiting(session, now=NOW) == []


def test_others_places_and_offers_are_not_found(session: Session, doctor: Doctor, patient: Patient) -> None:
    entry = join(session, patient)
    made = offered(session)
    for login in (patient.login, doctor.login):
        assert waiting_list.find_entry(session, entry_id=entry.id, login=login) is entry
        assert waiting_list.find_offer(session, offer_id=made.id, login=login) is made
    stranger = add_patient(session).login
    for what in (entry.id, made.id, "", "\0"):
        with pytest.raises(NotFound):
            waiting_list.find_entry(session, entry_id=what, login=stranger)
        with pytest.raises(NotFound):
            waiting_list.find_offer(session, offer_id=what, login=stranger)
    for unknown in ("", "\0", "1"):
        with pytest.raises(NotFound):
            accept(session, unknown)
        with pytest.raises(NotFound):
            waiting_list.leave(session, entry_id=unknown, now=NOW, by="ana")
