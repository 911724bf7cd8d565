"""When timers are due, as texts say it and as an instance sets them."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core import drawing as d
from tests.core.fuzzing import fuzzing
from tests.core.player import NOW, Player
from workflows.core import effects
from workflows.cron import parse_cron
from workflows.diagrams.graph import TimerKind
from workflows.errors import ExpressionError
from workflows.timers import Schedule, parse_instant, parse_timer

_JANUARY = datetime(2026, 1, 31, 8, tzinfo=UTC)


def times(schedule: Schedule, count: int, set_at: datetime = _JANUARY) -> list[str]:
    """The first times that a timer is due."""
    found = (schedule.due(set_at, fired) for fired in range(count))
    return [at.strftime("%Y-%m-%dT%H:%M:%S") for at in found if at is not None]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("PT15M", "2026-01-31T08:15:00"),
        ("P1DT12H", "2026-02-01T20:00:00"),
        ("P2W", "2026-02-14T08:00:00"),
        ("P1M", "2026-02-28T08:00:00"),
        ("P2M", "2026-03-31T08:00:00"),
        ("P2Y1M", "2028-02-29T08:00:00"),
        ("P1M1D", "2026-03-01T08:00:00"),
        ("PT0.5S", "2026-01-31T08:00:00"),
        ("-PT1H", "2026-01-31T07:00:00"),
        ("-P1M", "2025-12-31T08:00:00"),
    ],
)
def test_a_duration_counts_by_the_calendar_from_when_it_was_set(text: str, due: str) -> None:
    assert times(parse_timer("timeDuration", text), 3) == [due]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("2026-03-01T09:00:00Z", "2026-03-01T09:00:00"),
        ("2026-03-01T10:00:00+01:00", "2026-03-01T09:00:00"),
        ("2026-03-01T10:00[Europe/Berlin]", "2026-03-01T09:00:00"),
        ("2026-07-01T10:00@Europe/Berlin", "2026-07-01T08:00:00"),
        ("2026-03-01T09:00", "2026-03-01T09:00:00"),
        ("2026-03-01", "2026-03-01T00:00:00"),
    ],
)
def test_a_date_is_an_instant_in_utc(text: str, due: str) -> None:
    assert times(parse_timer("timeDate", text), 3) == [due]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("R3/PT10S", ["2026-01-31T08:00:10", "2026-01-31T08:00:20", "2026-01-31T08:00:30"]),
        ("R2/P1M", ["2026-02-28T08:00:00", "2026-03-31T08:00:00"]),
        ("R2/2026-02-01T00:00:00Z/P1D", ["2026-02-01T00:00:00", "2026-02-02T00:00:00"]),
        ("R/PT1H/2026-01-31T10:00:00Z", ["2026-01-31T09:00:00", "2026-01-31T10:00:00"]),
        ("R0/PT1H", []),
        ("PT1H", ["2026-01-31T09:00:00"]),
    ],
)
def test_a_repeating_interval_is_due_as_often_as_it_says(text: str, due: list[str]) -> None:
    assert times(parse_timer("timeCycle", text), 5) == due


def test_an_interval_without_a_count_is_due_for_ever() -> None:
    assert len(times(parse_timer("timeCycle", "R/PT1H"), 200)) == 200


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("0 0/20 8 * * ?", ["2026-01-31T08:20:00", "2026-01-31T08:40:00", "2026-02-01T08:00:00"]),
        ("0 0 9 ? * MON-FRI", ["2026-02-02T09:00:00", "2026-02-03T09:00:00", "2026-02-04T09:00:00"]),
        ("30 15 10 1 JAN,JUL ?", ["2026-07-01T10:15:30", "2027-01-01T10:15:30", "2027-07-01T10:15:30"]),
        ("0 0 0 29 2 ?", ["2028-02-29T00:00:00", "2032-02-29T00:00:00", "2036-02-29T00:00:00"]),
        ("0 0 0 1 1 ? 2027-2028", ["2027-01-01T00:00:00", "2028-01-01T00:00:00"]),
    ],
)
def test_a_cron_cycle_is_due_at_each_time_it_names(text: str, due: list[str]) -> None:
    assert times(parse_timer("timeCycle", text), 3) == due


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("timeDuration", "P"),
        ("timeDuration", "PT"),
        ("timeDuration", "15 minutes"),
        ("timeDate", "tomorrow"),
        ("timeDate", "2026-02-30"),
        ("timeDate", "2026-03-01T10:00[Europe/Nowhere]"),
        ("timeCycle", "R3"),
        ("timeCycle", "R/PT0S"),
        ("timeCycle", "R/-PT1H"),
        ("timeCycle", "R1/PT1H/P1D/x"),
        ("timeCycle", "0 0 25 * * ?"),
        ("timeCycle", "0 0 * * ?"),
        ("timeCycle", "0 0 0 L * ?"),
        ("timeCycle", "0 */0 * * * ?"),
    ],
)
def test_a_text_that_says_no_time_is_refused_by_name(kind: str, text: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(text)):
        parse_timer(kind, text)


@pytest.mark.parametrize("text", ["P9999Y", "PT99999999999H", "P999999999D"])
def test_a_duration_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_timer("timeDuration", text).due(_JANUARY, 0)


@fuzzing(200)
@given(st.text(alphabet="RPTYMWDHS0123456789/-+:.Z[]* ?,", max_size=14), st.sampled_from(list(TimerKind)))
def test_any_text_is_a_schedule_or_refused(text: str, kind: TimerKind) -> None:
    try:
        due = parse_timer(kind, text).due(_JANUARY, 0)
    except ExpressionError:
        return
    assert due is None or due.utcoffset() is not None


@fuzzing(100)
@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.sampled_from(("0 0/7 3-5 * * ?", "9 8 7 6 * ?")))  # noqa: DTZ001
def test_the_next_time_of_a_cron_cycle_is_later_and_the_same_until_then(moment: datetime, text: str) -> None:
    cron, at = parse_cron(text), moment.replace(tzinfo=UTC)
    found = cron.after(at)
    assert found is not None
    assert found > at
    assert cron.after(at + (found - at) / 2) == found


def test_an_instance_sets_a_timer_again_after_each_round_of_a_cycle() -> None:
    drawing = d.Drawing()
    drawing.line("start", "ask", "end")
    drawing.boundary("remind", "ask", d.timer("R2/PT1H", TimerKind.CYCLE), interrupting=False)
    drawing.line("remind", "end_remind")
    player = Player(drawing.graph()).start()
    player.due("remind")
    player.due("remind")
    assert player.left.count("remind") == 2
    assert [timer.due.hour - NOW.hour for timer in player.heard(effects.TimerSet)] == [1, 2]
    assert len({timer.id for timer in player.heard(effects.TimerSet)}) == 1
    assert player.waiting == ["ask"]


def test_a_timer_whose_text_says_no_time_is_an_incident() -> None:
    drawing = d.Drawing()
    drawing.node("pause", "intermediateCatchEvent", events=(d.timer("soon"),))
    drawing.line("start", "pause", "end")
    player = Player(drawing.graph()).start()
    assert "soon" in player.heard(effects.IncidentRaised)[0].message


def test_an_instant_that_has_no_zone_is_utc() -> None:
    assert parse_instant("2026-03-01T09:00") == NOW
