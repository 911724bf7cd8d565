"""Waiting for the store to hear of what the broker has done."""

import time
from collections.abc import Callable

_PATIENCE_SECONDS = 5.0
_FIRST_SECONDS = 0.005
_LONGEST_SECONDS = 0.1


def until(holds: Callable[[], bool]) -> bool:
    """Return when something holds, or after some seconds; return whether it does."""
    give_up, pause = time.monotonic() + _PATIENCE_SECONDS, _FIRST_SECONDS
    while not holds():
        if time.monotonic() > give_up:
            return False
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_SECONDS)
    return True
