"""A change of availability that leaves appointments outside says so first, and never cancels them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier, Event

import pytest
from sqlalchemy.orm import Session

from app.clinic import appointments, availability
from app.clinic.displacement import guarded, uncovered
from app.clinic.errors import Displaces, InvalidInput
from app.clinic.models import Appointment, AppointmentStatus, Doctor, WeeklyHours
from app.clinic.slots import offered_slot
from app.database import Database
from tests.clinic.builders import BERLIN, NOW, add_doctor, add_patient, berlin


def book(session: Session, clock: str, ticketid: str, docid: str = "HSP-200", day: str = "2026-06-01") -> Appointment:
    return appointments.reserve(
        session,
        ticketid=ticketid,
        docid=docid,
        patientid=add_patient(session).patientid,
        starts_at=berlin(day, clock),
        priority_level=3,
        now=NOW,
        zone=BERLIN,
    )


def monday(session: Session, docid: str = "HSP-200") -> WeeklyHours:
    return next(row for row in availability.list_weekly_hours(session, docid=docid) if row.weekday == 0)


def change(session: Session, starts: str = "09:00", ends: str = "12:00", slot_minutes: int = 30) -> None:
    availability.change_weekly_hours(
        session,
        docid="HSP-200",
        hours_id=monday(session).id,
        weekday=0,
        starts=time.fromisoformat(starts),
        ends=time.fromisoformat(ends),
        slot_minutes=slot_minutes,
    )


def outside(session: Session, docid: str | None = "HSP-200", now: datetime = NOW) -> list[str]:
    return [each.ticketid for each in uncovered(session, docid=docid, now=now, zone=BERLIN)]


def take_leave(session: Session) -> None:
    begins, ends = availability.whole_days(date(2026, 6, 1), date(2026, 6, 1), BERLIN)
    availability.add_leave(session, docid="HSP-200", starts_at=begins, ends_at=ends)


CHANGES: dict[str, Callable[[Session], object]] = {
    "shorter hours": lambda session: change(session, ends="10:00"),
    "hours on another day": lambda session: availability.change_weekly_hours(
        session,
        docid="HSP-200",
        hours_id=monday(session).id,
        weekday=6,
        starts=time(9),
        ends=time(12),
        slot_minutes=30,
    ),
    "no hours": lambda session: availability.remove_weekly_hours(session, hours_id=monday(session).id),
    "a break": lambda session: availability.add_weekly_break(
        session, docid="HSP-200", weekday=0, starts=time(11, 25), ends=time(11, 35)
    ),
    "leave": take_leave,
    "a holiday": lambda session: availability.add_holiday(session, day=date(2026, 6, 1), zone=BERLIN, reason="Whit"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_names_what_it_would_leave_outside_and_changes_nothing(
    session: Session, doctor: Doctor, what: str
) -> None:
    booked = book(session, "11:30", "T-1")
    with pytest.raises(Displaces) as warning, guarded(session, docid="HSP-200", now=NOW, zone=BERLIN):
        CHANGES[what](session)
    assert warning.value.tickets == ["T-1"]
    assert outside(session) == []
    with guarded(session, docid="HSP-200", now=NOW, zone=BERLIN, accepted=["T-1"]):
        CHANGES[what](session)
    assert outside(session) == ["T-1"]
    assert booked.status is AppointmentStatus.BOOKED


def test_accepting_one_does_not_accept_another(session: Session, doctor: Doctor) -> None:
    book(session, "11:00", "T-1")
    book(session, "11:30", "T-2")
    with (
        pytest.raises(Displaces) as warning,
        guarded(session, docid="HSP-200", now=NOW, zone=BERLIN, accepted=["T-1"]),
    ):
        change(session, ends="11:00")
    assert warning.value.tickets == ["T-1", "T-2"]


def test_what_lies_outside_already_is_no_reason_to_ask_again(session: Session, doctor: Doctor) -> None:
    book(session, "11:30", "T-1")
    change(session, ends="11:00")
    with guarded(session, docid="HSP-200", now=NOW, zone=BERLIN):
        change(session, ends="10:00")
    assert outside(session) == ["T-1"]


def test_other_slots_in_the_same_hours_leave_nothing_outside(session: Session, doctor: Doctor) -> None:
    book(session, "11:30", "T-1")
    with guarded(session, docid="HSP-200", now=NOW, zone=BERLIN):
        change(session, starts="08:05", slot_minutes=50)
    assert outside(session) == []


def test_hours_that_follow_each_other_cover_together(session: Session, doctor: Doctor) -> None:
    book(session, "11:30", "T-1")
    with guarded(session, docid="HSP-200", now=NOW, zone=BERLIN):
        change(session, ends="11:45")
        availability.add_weekly_hours(
            session, docid="HSP-200", weekday=0, starts=time(11, 45), ends=time(14), slot_minutes=15
        )
    assert outside(session) == []


def test_what_is_over_or_cancelled_does_not_matter(session: Session, doctor: Doctor) -> None:
    book(session, "09:00", "T-1")
    appointments.cancel(session, ticketid=book(session, "11:30", "T-2").ticketid, now=NOW, by="ana")
    availability.remove_weekly_hours(session, hours_id=monday(session).id)
    assert outside(session) == ["T-1"]
    assert outside(session, now=berlin("2026-06-01", "09:30")) == []


def test_a_holiday_asks_for_all_doctors(session: Session, doctor: Doctor) -> None:
    add_doctor(session, "HSP-201")
    book(session, "11:30", "T-1")
    book(session, "09:00", "T-2", "HSP-201")
    book(session, "09:00", "T-3", "HSP-201", day="2026-06-02")
    with pytest.raises(Displaces) as warning, guarded(session, docid=None, now=NOW, zone=BERLIN):
        CHANGES["a holiday"](session)
    assert warning.value.tickets == ["T-2", "T-1"]


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28)])
def test_hours_over_a_change_of_the_clock_cover_what_was_booked_in_them(session: Session, day: date) -> None:
    add_doctor(session, hours=("01:00", "05:00"), slot_minutes=60, weekdays=range(6, 7))
    midnight = berlin(day.isoformat(), "00:00")
    for hour in (1, 2, 3):
        ticketid = f"T-{hour}"
        appointments.reserve(
            session,
            ticketid=ticketid,
            docid="HSP-200",
            patientid=add_patient(session).patientid,
            starts_at=midnight + timedelta(hours=hour),
            priority_level=3,
            now=NOW,
            zone=BERLIN,
        )
    assert outside(session) == []
    availability.add_weekly_break(session, docid="HSP-200", weekday=6, starts=time(2), ends=time(3))
    assert outside(session) == (["T-2", "T-3"] if day.month == 10 else [])


def test_of_two_who_add_overlapping_hours_at_once_one_does(database: Database) -> None:
    with database.write() as session:
        add_doctor(session, weekdays=range(0))
    together = Barrier(2)

    def add(starts: int) -> str:
        together.wait(timeout=30)
        try:
            with database.write() as session, guarded(session, docid="HSP-200", now=NOW, zone=BERLIN):
                availability.add_weekly_hours(
                    session, docid="HSP-200", weekday=0, starts=time(starts), ends=time(starts + 3), slot_minutes=30
                )
        except InvalidInput as refusal:
            return refusal.field
        return "added"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(add, (9, 10))) == ["added", "starts"]
    with database.read() as session:
        assert len(availability.list_weekly_hours(session, docid="HSP-200")) == 1


def test_a_booking_that_is_under_way_is_waited_for_and_asked_about(database: Database) -> None:
    with database.write() as session:
        add_doctor(session)
    begun = Event()

    def remove() -> list[str]:
        begun.set()
        try:
            with database.write() as session, guarded(session, docid="HSP-200", now=NOW, zone=BERLIN):
                availability.remove_weekly_hours(session, hours_id=monday(session).id)
        except Displaces as warning:
            return list(warning.tickets)
        return []

    with ThreadPoolExecutor(1) as threads:
        with database.write() as session:
            book(session, "11:30", "T-1")
            removing = threads.submit(remove)
            assert begun.wait(60)
        assert removing.result(60) == ["T-1"]


def test_a_slot_that_was_seen_is_booked_before_the_hours_can_change(database: Database) -> None:
    with database.write() as session:
        add_doctor(session)

    def shorten() -> datetime:
        with database.write() as session, guarded(session, docid="HSP-200", now=NOW, zone=BERLIN, accepted=["T-1"]):
            change(session, ends="10:00")
        return datetime.now(UTC)

    with ThreadPoolExecutor(1) as threads:
        with database.write() as session:
            offered_slot(session, docid="HSP-200", starts_at=berlin("2026-06-01", "11:30"), now=NOW, zone=BERLIN)
            shortening = threads.submit(shorten)
            with pytest.raises(TimeoutError):
                shortening.result(0.5)
            book(session, "11:30", "T-1")
            booked = datetime.now(UTC)
        assert shortening.result(60) > booked
