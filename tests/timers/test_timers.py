"""When timers are due, of each kind."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.errors import ExpressionError
from workflows.timers import parse_duration, parse_instant, parse_timer, timer_text

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def _due(kind: str, text: str, times: int = 4) -> list[str]:
    schedule = parse_timer(kind, text)
    found = [schedule.due(NOW, fired) for fired in range(times)]
    return [due.strftime("%Y-%m-%dT%H:%M:%S") for due in found if due is not None]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("2026-03-01T09:00:00Z", "2026-03-01T09:00:00"),
        ("2026-03-01T10:00:00+01:00", "2026-03-01T09:00:00"),
        ("2026-07-01T10:00:00[Europe/Berlin]", "2026-07-01T08:00:00"),
        ("2026-07-01T10:00:00@Europe/Berlin", "2026-07-01T08:00:00"),
        ("2026-07-01T10:00:00+02:00[Europe/Berlin]", "2026-07-01T08:00:00"),
        ("2026-03-01", "2026-03-01T00:00:00"),
        ("2026-03-01T10:00", "2026-03-01T10:00:00"),
    ],
)
def test_a_date_is_due_once_at_its_instant(text: str, due: str) -> None:
    assert _due("timeDate", text) == [due]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("PT15M", "2026-01-31T12:15:00"),
        ("P1DT12H", "2026-02-02T00:00:00"),
        ("P2W", "2026-02-14T12:00:00"),
        ("PT0.5S", "2026-01-31T12:00:00"),
        ("P1M", "2026-02-28T12:00:00"),
        ("P1Y1M", "2027-02-28T12:00:00"),
        ("P11M", "2026-12-31T12:00:00"),
        ("-PT1H", "2026-01-31T11:00:00"),
        (" PT1H ", "2026-01-31T13:00:00"),
    ],
)
def test_a_duration_is_due_once_after_it(text: str, due: str) -> None:
    assert _due("timeDuration", text) == [due]


def test_a_cycle_is_due_as_often_as_it_says() -> None:
    assert _due("timeCycle", "R3/PT10S") == ["2026-01-31T12:00:10", "2026-01-31T12:00:20", "2026-01-31T12:00:30"]


def test_a_cycle_of_months_does_not_drift_from_the_day_it_counts_from() -> None:
    assert _due("timeCycle", "R/P1M", 3) == ["2026-02-28T12:00:00", "2026-03-31T12:00:00", "2026-04-30T12:00:00"]


def test_a_cycle_with_a_start_is_first_due_then() -> None:
    days = ["2026-02-01T00:00:00", "2026-02-02T00:00:00"]
    assert _due("timeCycle", "R2/2026-02-01T00:00:00Z/P1D") == days


def test_a_cycle_with_an_end_stops_there() -> None:
    assert _due("timeCycle", "R/PT1H/2026-01-31T14:30:00Z") == ["2026-01-31T13:00:00", "2026-01-31T14:00:00"]


def test_a_cycle_of_none_is_never_due() -> None:
    assert _due("timeCycle", "R0/PT1H") == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("timeDate", "tomorrow"),
        ("timeDate", "2026-13-01"),
        ("timeDate", "2026-01-01T00:00:00[Nowhere/Land]"),
        ("timeDate", "2026-01-01T00:00:00[Europe]"),
        ("timeDate", "0001-01-01T00:00:00+10:00"),
        ("timeDuration", ""),
        ("timeDuration", "P"),
        ("timeDuration", "PT"),
        ("timeDuration", "1 hour"),
        ("timeDuration", "P1H"),
        ("timeCycle", "R3"),
        ("timeCycle", "R3/"),
        ("timeCycle", "Rx/PT1H"),
        ("timeCycle", "R/PT0S"),
        ("timeCycle", "R/-PT1S"),
        ("timeCycle", "R/a/b/c"),
        ("timeCycle", "0 0 99 * * ?"),
    ],
)
def test_a_text_that_says_no_time_is_an_expression_error(kind: str, text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_timer(kind, text)


def test_a_time_beyond_the_calendar_is_an_expression_error() -> None:
    for text in ("P9000Y", "P99999999D", "P999999999999D"):
        with pytest.raises(ExpressionError):
            parse_timer("timeDuration", text).due(NOW, 0)


@given(st.text(max_size=30), st.sampled_from(["timeDate", "timeDuration", "timeCycle"]))
def test_no_text_raises_anything_else(text: str, kind: str) -> None:
    with suppress(ExpressionError):
        parse_timer(kind, text).due(NOW, 0)


@given(st.from_regex(r"P(\d{1,2}Y)?(\d{1,2}M)?(\d{1,3}D)?T\d{1,3}H(\d{1,3}M)?(\d{1,4}S)?", fullmatch=True))
def test_a_longer_span_is_due_later(text: str) -> None:
    span = parse_duration(text)
    assert span.after(NOW, 1) <= span.after(NOW, 2)


@given(st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 28), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_instant_survives_being_written(instant: datetime) -> None:
    assert parse_instant(instant.isoformat()) == instant


def test_values_of_expressions_become_timer_texts() -> None:
    assert timer_text("timeDuration", timedelta(days=1, hours=2), "=d") == "P1DT7200S"
    assert parse_duration(timer_text("timeDuration", -timedelta(seconds=90), "=d")).exact == timedelta(seconds=-90)
    assert timer_text("timeDate", NOW, "=now()") == "2026-01-31T12:00:00+00:00"
    with pytest.raises(ExpressionError, match="can't be set to null"):
        timer_text("timeDate", None, "=nothing")
