"""When reminders are due, also over changes of the clock."""

from datetime import datetime, timedelta

import pytest

from app.clinic.errors import InvalidInput
from app.clinic.reminders import reminder_times
from tests.clinic.builders import BERLIN, berlin

USUAL = (timedelta(days=7), timedelta(days=1), timedelta(hours=2))
LONG_AGO = berlin("2026-01-01", "00:00")


def told(starts_at: datetime, *offsets: timedelta, now: datetime = LONG_AGO) -> list[str]:
    times = reminder_times(starts_at, offsets=offsets or USUAL, now=now, zone=BERLIN)
    return [f"{time.astimezone(BERLIN):%m-%d %H:%M %Z}" for time in times]


def test_reminders_come_in_the_order_of_time() -> None:
    assert told(berlin("2026-06-15", "10:00")) == ["06-08 10:00 CEST", "06-14 10:00 CEST", "06-15 08:00 CEST"]


def test_only_those_that_are_still_to_come() -> None:
    starts_at = berlin("2026-06-15", "10:00")
    assert told(starts_at, now=berlin("2026-06-14", "09:59")) == ["06-14 10:00 CEST", "06-15 08:00 CEST"]
    assert told(starts_at, now=berlin("2026-06-14", "10:00")) == ["06-15 08:00 CEST"]
    assert told(starts_at, now=starts_at) == []


def test_the_same_moment_is_one_reminder() -> None:
    assert told(berlin("2026-06-15", "10:00"), timedelta(days=1), timedelta(hours=24)) == ["06-14 10:00 CEST"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-03-29", ["03-22 10:00 CET", "03-28 10:00 CET", "03-29 08:00 CEST"]),
        ("2026-10-25", ["10-18 10:00 CEST", "10-24 10:00 CEST", "10-25 08:00 CET"]),
    ],
)
def test_a_day_before_is_the_same_time_of_day_when_the_clocks_change(day: str, expected: list[str]) -> None:
    assert told(berlin(day, "10:00")) == expected


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [("2026-03-29", "04:00", "03-29 01:00 CET"), ("2026-10-25", "04:00", "10-25 02:00 CET")],
)
def test_hours_before_are_real_hours_when_the_clocks_change(day: str, clock: str, expected: str) -> None:
    assert told(berlin(day, clock), timedelta(hours=2)) == [expected]


def test_a_time_that_the_day_before_skips_is_the_moment_of_the_change() -> None:
    assert told(berlin("2026-03-30", "02:30"), timedelta(days=1)) == ["03-29 03:00 CEST"]


def test_a_time_that_the_day_before_shows_twice_is_its_first_showing() -> None:
    assert told(berlin("2026-10-26", "02:30"), timedelta(days=1)) == ["10-25 02:30 CEST"]


def test_the_second_showing_of_an_hour_is_reminded_of_in_real_hours() -> None:
    second = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1)
    assert told(second, timedelta(hours=2)) == ["10-25 01:30 CEST"]
    assert told(second, timedelta(days=1)) == ["10-24 02:30 CEST"]


@pytest.mark.parametrize("offset", [timedelta(), timedelta(hours=-1)])
def test_a_reminder_is_before_the_appointment(offset: timedelta) -> None:
    with pytest.raises(InvalidInput):
        told(berlin("2026-06-15", "10:00"), offset)
