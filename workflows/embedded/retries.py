"""How long a failed job waits before it is tried again."""

import random
from datetime import timedelta

from workflows.errors import ExpressionError
from workflows.timers import Cycle, parse_duration, parse_timer

_FIRST = timedelta(seconds=1)
_LONGEST = timedelta(minutes=10)
_MOST_DOUBLINGS = 20


def pause_before(failures: int, cycle: str | None) -> timedelta:
    """Return the pause after this many failures: what the diagram's retry cycle says, else one that doubles.

    The doubling pause varies by half, so that jobs that failed together do not come back together.
    """
    if cycle is not None:
        pauses = _pauses(cycle)
        return pauses[min(failures, len(pauses)) - 1]
    doubled = _FIRST * int(2 ** min(failures - 1, _MOST_DOUBLINGS))
    spread = random.uniform(0.75, 1.25)  # noqa: S311 -- only spreads load
    return min(doubled, _LONGEST) * spread


def attempts(cycle: str) -> int:
    """Return how often a job with this retry cycle is tried: `R5/PT5M` five times, `PT1M,PT5M` once and two more."""
    if cycle.lstrip().startswith("R"):
        return _repeating(cycle).repetitions or 1
    return len(_pauses(cycle)) + 1


def _pauses(cycle: str) -> list[timedelta]:
    if cycle.lstrip().startswith("R"):
        return [_repeating(cycle).span.exact]
    return [parse_duration(part).exact for part in cycle.split(",")]


def _repeating(cycle: str) -> Cycle:
    schedule = parse_timer("timeCycle", cycle)
    if not isinstance(schedule, Cycle):
        raise ExpressionError(cycle, "a retry cycle is like R3/PT10M or PT1M,PT10M")
    return schedule
