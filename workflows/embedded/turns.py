"""Turns at something that one thread has at a time: who has waited longest is next."""

import threading
from collections import deque


class Turns:
    """A lock that is handed over in the order in which it was asked for, which a plain lock does not promise."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._taken = False
        self._queue: deque[threading.Lock] = deque()

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        with self._mutex:
            return len(self._queue)

    def take(self, seconds: float = -1) -> bool:
        """Wait for a turn, at most so long, or as long as it takes; return whether it came."""
        with self._mutex:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._queue.append(mine)
        try:
            return mine.acquire(timeout=seconds) or not self._leave(mine)
        except BaseException:  # such as an interrupt of the main thread
            if not self._leave(mine):
                self.give()
            raise

    def give(self) -> None:
        """End a turn."""
        with self._mutex:
            if self._queue:
                self._queue.popleft().release()
            else:
                self._taken = False

    def _leave(self, mine: threading.Lock) -> bool:
        """Wait no longer; return False if the turn came meanwhile."""
        with self._mutex:
            if mine in self._queue:
                self._queue.remove(mine)
                return True
            return False
