"""Leave and holidays as people enter them: days and times of the clinic's clock, also when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy.orm import Session

from app.clinic import availability
from app.clinic.clock import showings
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import AvailabilityException, Doctor
from app.clinic.slots import free_slots
from tests.clinic.builders import BERLIN, NOW, add_doctor, berlin

FORWARD, BACK = date(2027, 3, 28), date(2026, 10, 25)


def plan(
    session: Session,
    first: date,
    starts: str = "",
    last: date | None = None,
    ends: str = "",
    *,
    docid: str = "HSP-200",
    now: datetime = NOW,
) -> AvailabilityException:
    return availability.plan_leave(
        session,
        docid=docid,
        first_day=first,
        starts=time.fromisoformat(starts) if starts else None,
        last_day=last,
        ends=time.fromisoformat(ends) if ends else None,
        reason="",
        now=now,
        zone=BERLIN,
    )


def starts_of(session: Session, docid: str, day: date) -> list[str]:
    midnight = berlin(day.isoformat(), "00:00")
    slots = free_slots(session, docid=docid, now=midnight - timedelta(minutes=1), zone=BERLIN, days=2)
    return [f"{slot.starts_at.astimezone(BERLIN):%H:%M}" for slot in slots if slot.starts_at >= midnight]


def test_a_day_alone_is_the_whole_day(session: Session, doctor: Doctor) -> None:
    leave = plan(session, date(2026, 6, 2))
    assert (leave.starts_at, leave.ends_at) == (berlin("2026-06-02", "00:00"), berlin("2026-06-03", "00:00"))


def test_leave_has_days_and_times(session: Session, doctor: Doctor) -> None:
    leave = plan(session, date(2026, 6, 2), "10:30", date(2026, 6, 4), "12:00")
    assert (leave.starts_at, leave.ends_at) == (berlin("2026-06-02", "10:30"), berlin("2026-06-04", "12:00"))


@pytest.mark.parametrize(("day", "hours"), [(FORWARD, 23), (BACK, 25)])
def test_a_day_of_leave_lasts_as_long_as_the_day(session: Session, doctor: Doctor, day: date, hours: int) -> None:
    leave = plan(session, day)
    assert leave.ends_at - leave.starts_at == timedelta(hours=hours)


@pytest.mark.parametrize(("starts", "ends", "field"), [("02:30", "", "starts"), ("", "02:00", "ends")])
def test_a_time_that_the_clock_skips_is_refused(
    session: Session, doctor: Doctor, starts: str, ends: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        plan(session, FORWARD, starts, FORWARD, ends)
    assert refusal.value.field == field
    assert refusal.value.message == (
        f"There is no {starts or ends} on 28 March 2027: the clocks go forward then. "
        "Choose 03:00 or a time before the change."
    )
    assert availability.list_exceptions(session, docid=doctor.docid, after=NOW) == []


def test_the_ends_of_the_skipped_hour_are_times(session: Session, doctor: Doctor) -> None:
    leave = plan(session, FORWARD, "01:55", FORWARD, "03:00")
    assert leave.ends_at - leave.starts_at == timedelta(minutes=5)


def test_of_a_time_shown_twice_leave_covers_both_showings(session: Session, doctor: Doctor) -> None:
    leave = plan(session, BACK, "02:30", BACK, "02:45")
    assert leave.starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert leave.ends_at == datetime(2026, 10, 25, 1, 45, tzinfo=UTC)


def test_leave_in_the_night_of_the_change_takes_both_hours(session: Session) -> None:
    doctor = add_doctor(session, hours=("01:00", "05:00"), slot_minutes=60, weekdays=range(6, 7))
    assert starts_of(session, doctor.docid, BACK) == ["01:00", "02:00", "02:00", "03:00", "04:00"]
    plan(session, BACK, "02:00", BACK, "03:00")
    assert starts_of(session, doctor.docid, BACK) == ["01:00", "03:00", "04:00"]
    assert starts_of(session, doctor.docid, FORWARD) == ["01:00", "03:00", "04:00"]
    plan(session, FORWARD, "01:00", FORWARD, "03:00")
    assert starts_of(session, doctor.docid, FORWARD) == ["03:00", "04:00"]


@pytest.mark.parametrize(
    ("day", "clock", "hours"),
    [(FORWARD, "02:00", []), (FORWARD, "03:00", [1]), (BACK, "02:59", [0, 1]), (BACK, "03:00", [2])],
)
def test_the_clock_shows_a_time_not_at_all_or_once_or_twice(day: date, clock: str, hours: list[int]) -> None:
    assert [instant.hour for instant in showings(day, time.fromisoformat(clock), BERLIN)] == hours


@pytest.mark.parametrize(
    ("entered", "field"),
    [
        ((date(2026, 5, 31), "", None, ""), "first_day"),
        ((date(2026, 6, 1), "", None, "06:55"), "ends"),
        ((date(2026, 6, 3), "", date(2026, 6, 2), ""), "last_day"),
        ((date(2026, 6, 3), "12:00", date(2026, 6, 3), "12:00"), "ends"),
        ((date(2026, 6, 3), "12:01", None, ""), "starts"),
        ((date(2026, 6, 3), "", None, "12:00:30"), "ends"),
        ((date(2029, 1, 1), "", None, ""), "first_day"),
        ((date(2026, 6, 3), "", date.max, ""), "last_day"),
        ((date.min, "", date.max, ""), "first_day"),
    ],
)
def test_leave_that_makes_no_sense_is_refused(
    session: Session, doctor: Doctor, entered: tuple[date, str, date | None, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        plan(session, *entered)
    assert refusal.value.field == field
    assert availability.list_exceptions(session, docid=doctor.docid, after=NOW - timedelta(days=99)) == []


def test_leave_may_have_begun_this_morning(session: Session, doctor: Doctor) -> None:
    assert plan(session, date(2026, 6, 1), now=berlin("2026-06-01", "10:00")).starts_at < NOW


def test_leave_that_overlaps_is_refused_beside_its_first_day(session: Session, doctor: Doctor) -> None:
    plan(session, date(2026, 6, 2), "10:00", date(2026, 6, 3), "12:00")
    plan(session, date(2026, 6, 3), "12:00")
    with pytest.raises(InvalidInput, match="Another leave overlaps") as refusal:
        plan(session, date(2026, 6, 1), last=date(2026, 6, 2))
    assert refusal.value.field == "first_day"


def test_nobody_takes_leave_for_an_unknown_doctor(session: Session) -> None:
    with pytest.raises(NotFound):
        plan(session, date(2026, 6, 2))


@pytest.mark.parametrize(
    ("day", "reason", "field"),
    [(date(2026, 5, 31), "Past", "day"), (date.max, "Far", "day"), (date(2026, 6, 2), " ", "reason")],
)
def test_holidays_that_make_no_sense_are_refused(session: Session, day: date, reason: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        availability.plan_holiday(session, day=day, reason=reason, now=NOW, zone=BERLIN)
    assert refusal.value.field == field


def test_leave_and_holidays_are_found_by_whose_they_are(session: Session, doctor: Doctor) -> None:
    add_doctor(session, "HSP-201")
    leave = plan(session, date(2026, 6, 2))
    holiday = availability.plan_holiday(session, day=date(2026, 6, 3), reason="Whit", now=NOW, zone=BERLIN)
    assert availability.find_exception(session, docid="HSP-200", exception_id=leave.id) is leave
    assert availability.find_exception(session, docid=None, exception_id=holiday.id) is holiday
    for docid, exception_id in (("HSP-201", leave.id), (None, leave.id), ("HSP-200", holiday.id), (None, 10**30)):
        with pytest.raises(NotFound):
            availability.find_exception(session, docid=docid, exception_id=exception_id)
