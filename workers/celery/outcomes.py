"""What came of a task, for those who asked for it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from workers.celery.errors import Refused

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.01, 0.1


class Stage(StrEnum):
    """How far a task is. Unknown is one that was never sent, or so long ago that its result is forgotten."""

    UNKNOWN = "unknown"
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task: its `value` once it is done, what was `refused`."""

    stage: Stage
    value: Any = None
    refusal: Refused | None = None


def waited(ask: Callable[[], Outcome], seconds: float) -> Outcome:
    """Return the outcome once it is there, or as it is after so many seconds."""
    deadline, pause = time.monotonic() + seconds, _SHORTEST_PAUSE
    while (outcome := ask()).stage is Stage.WAITING and time.monotonic() + pause < deadline:
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return outcome
