"""Waking who waits for work, at once within the process; other processes find it by polling."""

from threading import Condition


class Bell:
    """Counts how often it rang, so that a ring between looking for work and waiting for it is not missed.

    seen = bell.rung
    while not look_for_work():
        seen = bell.wait(seen, timeout=1.0)
    """

    def __init__(self) -> None:
        self._condition = Condition()
        self._rung = 0

    @property
    def rung(self) -> int:
        """How often it has rung so far."""
        with self._condition:
            return self._rung

    def ring(self) -> None:
        """Wake everybody who waits."""
        with self._condition:
            self._rung += 1
            self._condition.notify_all()

    def wait(self, seen: int, timeout: float | None) -> int:
        """Wait until it has rung more than `seen` times, or `timeout` seconds; return how often it has rung."""
        with self._condition:
            self._condition.wait_for(lambda: self._rung > seen, timeout)
            return self._rung
