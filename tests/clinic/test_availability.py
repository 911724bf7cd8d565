"""What may be written into doctors' hours, breaks and leave."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinic import availability
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import Doctor, WeeklyHours
from tests.clinic.builders import BERLIN, add_doctor, berlin


def add_hours(
    session: Session,
    starts: time,
    ends: time,
    *,
    docid: str = "HSP-200",
    weekday: int = 0,
    slot_minutes: int = 30,
) -> WeeklyHours:
    return availability.add_weekly_hours(
        session, docid=docid, weekday=weekday, starts=starts, ends=ends, slot_minutes=slot_minutes
    )


@pytest.mark.parametrize(
    ("starts", "ends", "field"),
    [
        (time(14), time(13), "ends"),
        (time(14), time(14), "ends"),
        (time(14, 1), time(16), "starts"),
        (time(14), time(16, 0, 30), "ends"),
        (time(14), time(14, 20), "slot_minutes"),
    ],
)
def test_hours_that_make_no_sense_are_refused(
    session: Session, doctor: Doctor, starts: time, ends: time, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        add_hours(session, starts, ends)
    assert refusal.value.field == field


@pytest.mark.parametrize("weekday", [-1, 7])
def test_a_weekday_that_no_week_has_is_refused(session: Session, doctor: Doctor, weekday: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        add_hours(session, time(14), time(16), weekday=weekday)
    assert refusal.value.field == "weekday"


@pytest.mark.parametrize("slot_minutes", [-5, 0, 7, 485])
def test_slots_of_no_useful_length_are_refused(session: Session, doctor: Doctor, slot_minutes: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        add_hours(session, time(8), time(23), weekday=6, slot_minutes=slot_minutes)
    assert refusal.value.field == "slot_minutes"


@pytest.mark.parametrize(("starts", "ends"), [(8, 10), (11, 13), (10, 11), (8, 13), (9, 12)])
def test_hours_do_not_overlap(session: Session, doctor: Doctor, starts: int, ends: int) -> None:
    with pytest.raises(InvalidInput, match="overlap"):
        add_hours(session, time(starts), time(ends))


def test_hours_may_follow_each_other(session: Session, doctor: Doctor) -> None:
    add_hours(session, time(12), time(13))
    add_hours(session, time(8), time(9))
    monday = [row for row in availability.list_weekly_hours(session, docid=doctor.docid) if row.weekday == 0]
    assert [(row.starts.hour, row.ends.hour) for row in monday] == [(8, 9), (9, 12), (12, 13)]


def test_doctors_hours_do_not_disturb_each_other(session: Session, doctor: Doctor) -> None:
    add_doctor(session, "HSP-201", weekdays=range(0))
    add_hours(session, time(9), time(12), docid="HSP-201")
    assert len(availability.list_weekly_hours(session, docid="HSP-201")) == 1


def change_monday(session: Session, **changes: object) -> WeeklyHours:
    hours = availability.list_weekly_hours(session, docid="HSP-200")[0]
    wanted = {"weekday": 0, "starts": time(9), "ends": time(12), "slot_minutes": 30, "docid": "HSP-200", **changes}
    return availability.change_weekly_hours(session, **{"hours_id": hours.id, **wanted})  # type: ignore[arg-type]


def test_hours_can_be_changed(session: Session, doctor: Doctor) -> None:
    changed = change_monday(session, starts=time(8), ends=time(10), slot_minutes=20)
    session.expire_all()
    assert (changed.weekday, changed.starts, changed.ends, changed.slot_minutes) == (0, time(8), time(10), 20)
    assert len(availability.list_weekly_hours(session, docid="HSP-200")) == 5


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends": time(8)}, "ends"),
        ({"starts": time(9, 3)}, "starts"),
        ({"slot_minutes": 7}, "slot_minutes"),
        ({"slot_minutes": 185}, "slot_minutes"),
        ({"weekday": 7}, "weekday"),
        ({"weekday": 1, "starts": time(11)}, "starts"),
    ],
)
def test_hours_that_make_no_sense_are_not_changed_to(
    session: Session, doctor: Doctor, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        change_monday(session, **changes)
    assert refusal.value.field == field
    session.expire_all()
    monday = availability.list_weekly_hours(session, docid="HSP-200")[0]
    assert (monday.weekday, monday.starts, monday.ends, monday.slot_minutes) == (0, time(9), time(12), 30)


def test_the_day_that_is_full_already_is_named(session: Session, doctor: Doctor) -> None:
    with pytest.raises(InvalidInput, match="Other hours of Tuesday overlap these"):
        change_monday(session, weekday=1)


def test_another_doctors_hours_and_breaks_are_not_found(session: Session, doctor: Doctor) -> None:
    add_doctor(session, "HSP-201", weekdays=range(0))
    pause = availability.add_weekly_break(session, docid="HSP-200", weekday=0, starts=time(10), ends=time(11))
    with pytest.raises(NotFound):
        change_monday(session, docid="HSP-201")
    with pytest.raises(NotFound):
        change_monday(session, hours_id=10**30)
    with pytest.raises(NotFound):
        availability.find_weekly_break(session, docid="HSP-201", break_id=pause.id)


def test_a_break_can_be_changed_but_not_into_another(session: Session, doctor: Doctor) -> None:
    first = availability.add_weekly_break(session, docid="HSP-200", weekday=0, starts=time(9), ends=time(10))
    availability.add_weekly_break(session, docid="HSP-200", weekday=0, starts=time(11), ends=time(12))
    where = {"docid": "HSP-200", "break_id": first.id, "weekday": 0}
    changed = availability.change_weekly_break(session, **where, starts=time(9, 30), ends=time(11))  # type: ignore[arg-type]
    assert (changed.starts, changed.ends) == (time(9, 30), time(11))
    with pytest.raises(InvalidInput, match="Another break on Monday overlaps this one"):
        availability.change_weekly_break(session, **where, starts=time(9, 30), ends=time(11, 5))  # type: ignore[arg-type]


def test_breaks_do_not_overlap(session: Session, doctor: Doctor) -> None:
    pause = availability.add_weekly_break(session, docid=doctor.docid, weekday=0, starts=time(10), ends=time(11))
    with pytest.raises(InvalidInput, match="overlap"):
        availability.add_weekly_break(session, docid=doctor.docid, weekday=0, starts=time(10, 30), ends=time(12))
    availability.remove_weekly_break(session, break_id=pause.id)
    assert availability.list_weekly_breaks(session, docid=doctor.docid) == []


def test_leave_does_not_overlap(session: Session, doctor: Doctor) -> None:
    begins, ends = availability.whole_days(date(2026, 6, 1), date(2026, 6, 3), BERLIN)
    availability.add_leave(session, docid=doctor.docid, starts_at=begins, ends_at=ends)
    with pytest.raises(InvalidInput, match="Another leave overlaps"):
        availability.add_leave(
            session, docid=doctor.docid, starts_at=ends - timedelta(hours=1), ends_at=ends + timedelta(hours=1)
        )


def test_a_day_is_one_holiday(session: Session) -> None:
    availability.add_holiday(session, day=date(2026, 12, 25), zone=BERLIN, reason="Christmas")
    with pytest.raises(InvalidInput, match="Another holiday overlaps"):
        availability.add_holiday(session, day=date(2026, 12, 25), zone=BERLIN, reason="Christmas again")


def test_leave_that_ends_before_it_starts_is_refused(session: Session, doctor: Doctor) -> None:
    moment = berlin("2026-06-01", "10:00")
    with pytest.raises(InvalidInput) as refusal:
        availability.add_leave(session, docid=doctor.docid, starts_at=moment, ends_at=moment)
    assert refusal.value.field == "ends_at"


def test_leave_without_a_zone_is_refused(session: Session, doctor: Doctor) -> None:
    moment = berlin("2026-06-01", "10:00")
    with pytest.raises(InvalidInput, match="time zone"):
        availability.add_leave(session, docid=doctor.docid, starts_at=moment.replace(tzinfo=None), ends_at=moment)


def test_an_unknown_doctor_has_no_hours(session: Session) -> None:
    with pytest.raises(NotFound):
        add_hours(session, time(9), time(10), docid="HSP-999")


def test_what_is_not_there_cannot_be_removed(session: Session) -> None:
    with pytest.raises(NotFound):
        availability.remove_weekly_hours(session, hours_id=1)


def test_the_database_itself_refuses_hours_that_end_before_they_start(session: Session, doctor: Doctor) -> None:
    wrong = WeeklyHours(docid=doctor.docid, weekday=0, starts=time(15), ends=time(14), slot_minutes=30)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(wrong)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_a_whole_day_lasts_as_long_as_the_clock_says(day: date, hours: int) -> None:
    begins, ends = availability.whole_days(day, day, BERLIN)
    assert ends - begins == timedelta(hours=hours)
