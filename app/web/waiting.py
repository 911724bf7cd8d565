"""Waiting a moment for what a process does by itself, so that most answers are ready with the page."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

Seen = TypeVar("Seen")

_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.16


def until(look: Callable[[], Seen], settled: Callable[[Seen], bool], patience: timedelta) -> Seen:
    """Look again and again; return what is seen once it is settled, or after `patience`, whatever comes first."""
    deadline = time.monotonic() + patience.total_seconds()
    pause = _FIRST_PAUSE
    while True:
        seen = look()
        left = deadline - time.monotonic()
        if settled(seen) or left <= 0:
            return seen
        time.sleep(min(pause, left))
        pause = min(pause * 2, _LONGEST_PAUSE)
