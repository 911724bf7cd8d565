"""Camunda 7's retry cycles: how often a job is tried, and how long it waits in between."""

from dataclasses import dataclass

from workflows.timers import Cycle, parse_timer


@dataclass(frozen=True, slots=True)
class Retries:
    """`attempts` of a job; `pause` is an ISO 8601 duration."""

    attempts: int
    pause: str


def retries_of(cycle: str) -> Retries | None:
    """Return what a constant retry cycle says (`R3/PT10M`, `PT10M`); None for pauses of different lengths."""
    if cycle.startswith("R"):
        repeating = parse_timer("timeCycle", cycle)
        attempts = repeating.repetitions if isinstance(repeating, Cycle) else None
        return Retries(attempts or 1, cycle.rpartition("/")[2])
    pauses = [part.strip() for part in cycle.split(",")]
    return Retries(len(pauses) + 1, pauses[0]) if len(set(pauses)) == 1 else None
