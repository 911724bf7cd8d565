"""How often a job is tried, and how long it waits in between."""

from datetime import timedelta

import pytest

from workflows.embedded.retries import attempts, pause_before
from workflows.errors import ExpressionError


def test_the_pause_doubles_up_to_a_limit() -> None:
    for failures, middle in ((1, 1), (2, 2), (5, 16), (30, 600), (10_000, 600)):
        pauses = {pause_before(failures, None) for _ in range(20)}
        assert all(timedelta(seconds=middle * 0.75) <= pause <= timedelta(seconds=middle * 1.25) for pause in pauses)
        assert len(pauses) > 1


@pytest.mark.parametrize(("cycle", "tries"), [("R5/PT5M", 5), ("PT1M", 2), ("PT1M,PT5M, PT10M", 4), ("R/PT1M", 1)])
def test_a_retry_cycle_says_how_often_a_job_is_tried(cycle: str, tries: int) -> None:
    assert attempts(cycle) == tries


def test_a_retry_cycle_says_how_long_a_job_waits() -> None:
    assert [pause_before(n, "PT1M,PT5M") for n in (1, 2, 3)] == [timedelta(minutes=m) for m in (1, 5, 5)]
    assert pause_before(4, "R5/PT5M") == timedelta(minutes=5)


def test_what_is_no_retry_cycle_is_refused() -> None:
    for cycle in ("soon", "R5/soon", "PT1M,soon"):
        with pytest.raises(ExpressionError):
            attempts(cycle)
