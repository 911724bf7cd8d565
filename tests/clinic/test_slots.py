"""Which times are offered: hours, breaks, leave, holidays, what is held, and the clock's changes."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.clinic import appointments, availability
from app.clinic.errors import InvalidInput, NotFound, SlotNotOffered
from app.clinic.models import Doctor, Patient
from app.clinic.slots import Slot, free_slots, offered_slot
from tests.clinic.builders import BERLIN, add_doctor, berlin


def offered(session: Session, doctor: Doctor, now: datetime, days: int = 1) -> list[Slot]:
    return free_slots(session, docid=doctor.docid, now=now, zone=BERLIN, days=days)


def starts(session: Session, doctor: Doctor, now: datetime) -> str:
    """The times offered on the day of `now`, on the clinic's clock."""
    return " ".join(f"{slot.starts_at.astimezone(BERLIN):%H:%M}" for slot in offered(session, doctor, now))


def test_hours_are_cut_into_slots(session: Session, doctor: Doctor, now: datetime) -> None:
    assert starts(session, doctor, now) == "09:00 09:30 10:00 10:30 11:00 11:30"
    slot = offered(session, doctor, now)[0]
    assert slot == Slot("HSP-200", berlin("2026-06-01", "09:00"), berlin("2026-06-01", "09:30"))


def test_a_rest_that_is_too_short_for_a_slot_is_not_offered(session: Session, now: datetime) -> None:
    doctor = add_doctor(session, hours=("09:00", "10:45"), slot_minutes=50)
    assert starts(session, doctor, now) == "09:00 09:50"


def test_only_the_future_is_offered(session: Session, doctor: Doctor) -> None:
    assert starts(session, doctor, berlin("2026-06-01", "10:30")) == "11:00 11:30"


def test_days_without_hours_offer_nothing(session: Session, doctor: Doctor) -> None:
    assert offered(session, doctor, berlin("2026-06-06", "06:00"), days=2) == []


def test_two_weeks_are_offered_unless_told(session: Session, doctor: Doctor, now: datetime) -> None:
    found = free_slots(session, docid=doctor.docid, now=now, zone=BERLIN)
    assert len(found) == 10 * 6
    assert found == sorted(found, key=lambda slot: slot.starts_at)
    assert found[-1].starts_at == berlin("2026-06-12", "11:30")


def test_a_break_takes_every_slot_that_it_touches(session: Session, doctor: Doctor, now: datetime) -> None:
    availability.add_weekly_break(session, docid=doctor.docid, weekday=0, starts=time(10, 15), ends=time(10, 45))
    assert starts(session, doctor, now) == "09:00 09:30 11:00 11:30"


def test_a_break_belongs_to_its_weekday(session: Session, doctor: Doctor, now: datetime) -> None:
    availability.add_weekly_break(session, docid=doctor.docid, weekday=1, starts=time(9, 0), ends=time(12, 0))
    assert len(offered(session, doctor, now)) == 6
    assert offered(session, doctor, now + timedelta(days=1)) == []


def test_leave_takes_the_slots_that_it_touches(session: Session, doctor: Doctor, now: datetime) -> None:
    begins, ends = berlin("2026-06-01", "10:00"), berlin("2026-06-01", "11:10")
    availability.add_leave(session, docid=doctor.docid, starts_at=begins, ends_at=ends)
    assert starts(session, doctor, now) == "09:00 09:30 11:30"


def test_leave_of_days_takes_those_days(session: Session, doctor: Doctor, now: datetime) -> None:
    begins, ends = availability.whole_days(date(2026, 6, 1), date(2026, 6, 3), BERLIN)
    availability.add_leave(session, docid=doctor.docid, starts_at=begins, ends_at=ends)
    days = {slot.starts_at.astimezone(BERLIN).day for slot in offered(session, doctor, now, days=7)}
    assert days == {4, 5}


def test_leave_is_the_doctors_own(session: Session, doctor: Doctor, now: datetime) -> None:
    other = add_doctor(session, "HSP-201")
    begins, ends = availability.whole_days(date(2026, 6, 1), date(2026, 6, 1), BERLIN)
    availability.add_leave(session, docid=doctor.docid, starts_at=begins, ends_at=ends)
    assert offered(session, doctor, now) == []
    assert len(offered(session, other, now)) == 6


def test_a_holiday_is_everybodys(session: Session, doctor: Doctor, now: datetime) -> None:
    availability.add_holiday(session, day=date(2026, 6, 1), zone=BERLIN, reason="Whit Monday")
    assert offered(session, doctor, now) == []
    assert len(offered(session, doctor, now, days=2)) == 6


def test_leave_taken_back_is_offered_again(session: Session, doctor: Doctor, now: datetime) -> None:
    holiday = availability.add_holiday(session, day=date(2026, 6, 1), zone=BERLIN, reason="")
    availability.remove_exception(session, exception_id=holiday.id)
    assert len(offered(session, doctor, now)) == 6


def test_what_is_held_is_not_offered(session: Session, doctor: Doctor, patient: Patient, now: datetime) -> None:
    appointments.reserve(
        session,
        ticketid="T-1",
        docid=doctor.docid,
        patientid=patient.patientid,
        starts_at=berlin("2026-06-01", "10:00"),
        priority_level=3,
        now=now,
        zone=BERLIN,
    )
    assert starts(session, doctor, now) == "09:00 09:30 10:30 11:00 11:30"


def test_a_slot_across_an_older_appointment_is_not_offered(
    session: Session, doctor: Doctor, patient: Patient, now: datetime
) -> None:
    test_what_is_held_is_not_offered(session, doctor, patient, now)
    for hours in availability.list_weekly_hours(session, docid=doctor.docid):
        availability.remove_weekly_hours(session, hours_id=hours.id)
    availability.add_weekly_hours(
        session, docid=doctor.docid, weekday=0, starts=time(9, 5), ends=time(11, 5), slot_minutes=20
    )
    assert starts(session, doctor, now) == "09:05 09:25 10:45"


def test_clocks_going_forward_leave_fewer_slots(session: Session) -> None:
    doctor = add_doctor(session, hours=("01:00", "05:00"), slot_minutes=60, weekdays=range(6, 7))
    assert starts(session, doctor, berlin("2026-03-28", "23:00") + timedelta(hours=1)) == "01:00 03:00 04:00"


def test_clocks_going_back_leave_more_slots(session: Session) -> None:
    doctor = add_doctor(session, hours=("01:00", "04:00"), slot_minutes=60, weekdays=range(6, 7))
    now = berlin("2026-10-25", "00:30")
    assert starts(session, doctor, now) == "01:00 02:00 02:00 03:00"
    instants = [slot.starts_at for slot in offered(session, doctor, now)]
    assert {later - earlier for earlier, later in pairwise(instants)} == {timedelta(hours=1)}


def test_hours_that_begin_in_the_skipped_hour_begin_when_it_is_over(session: Session) -> None:
    doctor = add_doctor(session, hours=("02:20", "05:00"), slot_minutes=40, weekdays=range(6, 7))
    assert starts(session, doctor, berlin("2026-03-29", "00:30")) == "03:00 03:40 04:20"


def test_hours_inside_the_skipped_hour_offer_nothing(session: Session) -> None:
    doctor = add_doctor(session, hours=("02:00", "03:00"), slot_minutes=20, weekdays=range(6, 7))
    assert starts(session, doctor, berlin("2026-03-29", "00:30")) == ""


@pytest.mark.parametrize(
    ("day", "utc_hour"), [("2026-03-27", 8), ("2026-03-30", 7), ("2026-10-23", 7), ("2026-10-26", 8)]
)
def test_daily_hours_stay_on_the_clinics_clock(session: Session, doctor: Doctor, day: str, utc_hour: int) -> None:
    first = offered(session, doctor, berlin(day, "00:10"))[0]
    assert first.starts_at.hour == utc_hour
    assert starts(session, doctor, berlin(day, "00:10")).startswith("09:00")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    opens=st.integers(0, 286),
    length=st.integers(1, 287),
    slot=st.integers(1, 24),
    day=st.sampled_from([date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 24), date(2026, 10, 25)]),
)
def test_slots_never_overlap_and_last_as_long_as_they_say(
    session: Session, opens: int, length: int, slot: int, day: date
) -> None:
    closes, slot = min(opens + length, 287), min(slot, length, 287 - opens)
    with session.begin_nested() as attempt:
        clock = [f"{ticks // 12:02}:{ticks % 12 * 5:02}" for ticks in (opens, closes)]
        doctor = add_doctor(session, hours=(clock[0], clock[1]), slot_minutes=slot * 5, weekdays=range(7))
        found = offered(session, doctor, berlin(day.isoformat(), "00:00") - timedelta(minutes=1), days=2)
        attempt.rollback()
    assert all(one.ends_at - one.starts_at == timedelta(minutes=slot * 5) for one in found)
    assert all(one.ends_at <= two.starts_at for one, two in pairwise(found))
    # Before three o'clock, one of the nights of change moves the start.
    assert all(clock[0] <= f"{one.starts_at.astimezone(BERLIN):%H:%M}" < clock[1] for one in found) or opens < 36


def test_the_queries_do_not_grow_with_the_days(session: Session, doctor: Doctor, now: datetime) -> None:
    counts = []
    for days in (1, 200):
        statements: list[str] = []

        def listen(*arguments: object, seen: list[str] = statements) -> None:
            seen.append(str(arguments[2]))

        session.expire_all()
        event.listen(session.connection(), "before_cursor_execute", listen)
        offered(session, doctor, now, days=days)
        event.remove(session.connection(), "before_cursor_execute", listen)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 6


@pytest.mark.parametrize("days", [0, -1, 367])
def test_an_outlook_without_end_is_refused(session: Session, doctor: Doctor, now: datetime, days: int) -> None:
    with pytest.raises(InvalidInput, match="1 to 366 days"):
        offered(session, doctor, now, days=days)


def test_an_unknown_doctor_has_no_slots(session: Session, now: datetime) -> None:
    with pytest.raises(NotFound):
        free_slots(session, docid="HSP-999", now=now, zone=BERLIN)


def test_a_doctor_who_left_has_no_slots(session: Session, doctor: Doctor, now: datetime) -> None:
    doctor.login.active = False
    with pytest.raises(NotFound):
        offered(session, doctor, now)


@pytest.mark.parametrize(
    "starts_at",
    [
        berlin("2026-05-29", "09:00"),
        berlin("2026-06-01", "07:00"),
        berlin("2026-06-01", "08:30"),
        berlin("2026-06-01", "12:00"),
        berlin("2026-06-01", "09:10"),
        berlin("2026-06-06", "09:00"),
        berlin("2026-06-01", "09:00") + timedelta(microseconds=1),
    ],
)
def test_a_time_that_is_not_offered_is_refused(
    session: Session, doctor: Doctor, now: datetime, starts_at: datetime
) -> None:
    with pytest.raises(SlotNotOffered):
        offered_slot(session, docid=doctor.docid, starts_at=starts_at, now=now, zone=BERLIN)
