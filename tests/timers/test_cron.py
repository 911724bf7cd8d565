"""Cron cycles of Camunda 7."""

from datetime import UTC, datetime

import pytest

from workflows.cron import parse_cron
from workflows.errors import ExpressionError
from workflows.timers import parse_timer

NOW = datetime(2026, 1, 31, 23, 58, 30, 500_000, tzinfo=UTC)


def _after(text: str, times: int = 3) -> list[str]:
    moment, found = NOW, []
    for _ in range(times):
        following = parse_cron(text).after(moment)
        if following is None:
            break
        found.append(following.strftime("%Y-%m-%d %H:%M:%S"))
        moment = following
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 * * * * ?", ["2026-01-31 23:59:00", "2026-02-01 00:00:00", "2026-02-01 00:01:00"]),
        ("0/20 * * * * ?", ["2026-01-31 23:58:40", "2026-01-31 23:59:00", "2026-01-31 23:59:20"]),
        ("0 0/5 * * * ?", ["2026-02-01 00:00:00", "2026-02-01 00:05:00", "2026-02-01 00:10:00"]),
        ("0 30 9 ? * MON-FRI", ["2026-02-02 09:30:00", "2026-02-03 09:30:00", "2026-02-04 09:30:00"]),
        ("0 0 12 1,15 * ?", ["2026-02-01 12:00:00", "2026-02-15 12:00:00", "2026-03-01 12:00:00"]),
        ("0 0 0 29 FEB ?", ["2028-02-29 00:00:00", "2032-02-29 00:00:00", "2036-02-29 00:00:00"]),
        ("0 0 0 ? * SUN", ["2026-02-01 00:00:00", "2026-02-08 00:00:00", "2026-02-15 00:00:00"]),
        ("0 0 22-1 * * ?", ["2026-02-01 00:00:00", "2026-02-01 01:00:00", "2026-02-01 22:00:00"]),
        ("0 0 0 1 1 ? 2027", ["2027-01-01 00:00:00"]),
        ("0 0 0 30 2 ?", []),
    ],
)
def test_the_next_times(text: str, expected: list[str]) -> None:
    assert _after(text) == expected


@pytest.mark.parametrize(
    "text",
    ["* * * * *", "0 0 24 * * ?", "0 0 0 L * ?", "0 0 0 15W * ?", "0 0 0 ? * MON#1", "x * * * * ?", "0 0/0 * * * ?"],
)
def test_what_is_no_cron_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_cron(text)


def test_a_timer_cycle_may_be_a_cron_expression() -> None:
    due = parse_timer("timeCycle", "0 0 8 * * ?").due(NOW, 0)
    assert due == datetime(2026, 2, 1, 8, tzinfo=UTC)
