"""What the engine does by itself: timers, continuations, deliveries that were left, messages and history past their
time.

Each chore has a thread. A thread that fails reports it, waits, longer each time, and goes on; none ends by itself.
"""

import logging
import random
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

from workflows.embedded import jobs, messages, pruning, rings, timers
from workflows.embedded.bell import Bell
from workflows.embedded.deliveries import carry_out_due, command
from workflows.embedded.effects import CONTINUATION
from workflows.embedded.jobs import Answer, Failure, LockedJob
from workflows.embedded.runtime import Runtime, Transaction
from workflows.errors import Conflict, Unavailable

_log = logging.getLogger(__name__)

_POLL_SECONDS = 1.0
"""How long work of other processes may wait to be noticed."""

_HOUSEKEEPING_SECONDS = 30.0
_BREATH_SECONDS = 0.05
"""How long others have the database to themselves between two batches of housekeeping."""

_LONGEST_PAUSE_SECONDS = 30.0
_LEASE = timedelta(seconds=10)
_BATCH = 20


class Background:
    """Threads for the engine's own work, in this process. Any number of processes may have them."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stopping = Event()
        self._threads: list[Thread] = []
        self._chores_and_bells = (
            ("timers", self._timers, runtime.timers),
            ("chores", self._chores, runtime.chores),
            ("housekeeping", self._housekeeping, Bell()),
        )

    def start(self) -> None:
        """Begin to work; does nothing if it works already."""
        if self._threads:
            return
        self._stopping.clear()
        for name, chore, bell in self._chores_and_bells:
            thread = Thread(target=self._repeat, args=(chore, bell), name=f"engine-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Finish what is being done, and return when all threads have ended."""
        self._stopping.set()
        for _, _, bell in self._chores_and_bells:
            bell.ring()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def run_once(self) -> None:
        """Do everything that is due now, in this thread."""
        timers.fire_due(self._runtime, self._runtime.clock())
        while complete_continuations(self._runtime) + carry_out_due(self._runtime):
            pass
        while self._housekeeping() < _HOUSEKEEPING_SECONDS:
            pass

    def _repeat(self, chore: Callable[[], float], bell: Bell) -> None:
        failures = 0
        while not self._stopping.is_set():
            seen = bell.rung
            try:
                pause = chore()
                failures = 0
            except Exception:  # noqa: BLE001 -- reported, and tried again: nothing may stop silently
                failures += 1
                pause = min(_LONGEST_PAUSE_SECONDS, 0.1 * 2**failures) * random.uniform(0.5, 1)  # noqa: S311 -- spreads load
                _log.exception("The engine's background failed; it goes on in %.1f s", pause)
                self._stopping.wait(pause)
                continue
            if not self._stopping.is_set():
                bell.wait(seen, pause)

    def _timers(self) -> float:
        now = self._runtime.clock()
        timers.fire_due(self._runtime, now)
        due = timers.next_due(self._runtime)
        if due is None:
            return _POLL_SECONDS
        return min(max((due - self._runtime.clock()).total_seconds(), 0.0), _POLL_SECONDS)

    def _chores(self) -> float:
        busy = complete_continuations(self._runtime) + carry_out_due(self._runtime)
        return 0.0 if busy else _POLL_SECONDS

    def _housekeeping(self) -> float:
        found = True
        while found:
            with command(self._runtime) as transaction:
                found = messages.match(transaction)
        with self._runtime.transaction() as transaction:
            messages.expire(transaction)
            rings.prune(transaction.connection, transaction.now)
            removed = pruning.prune(transaction, transaction.now, _BATCH)
        return _BREATH_SECONDS if removed == _BATCH else _HOUSEKEEPING_SECONDS


def complete_continuations(runtime: Runtime) -> int:
    """Complete a batch of asynchronous continuations; return how many there were.

    They are leased and completed in one transaction, so that a process that dies leaves none behind that others have
    to wait for. Only those that can't be completed beside the others are held for a while.
    """
    try:
        with command(runtime) as transaction:
            locked = _lock_continuations(transaction)
            done = jobs.complete_free(transaction, [Answer(job) for job in locked]) if locked else []
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 -- reported, and each of them is tried alone
        _log.exception("Continuations could not be completed together; each is tried alone")
        with runtime.transaction() as transaction:
            locked = _lock_continuations(transaction)
        done = [False] * len(locked)
    for job in (job for job, ok in zip(locked, done, strict=True) if not ok):
        _complete_alone(runtime, job)
    return len(locked)


def _lock_continuations(transaction: Transaction) -> list[LockedJob]:
    return jobs.lock(transaction, "engine", [CONTINUATION], _BATCH, _LEASE)


def _complete_alone(runtime: Runtime, job: LockedJob) -> None:
    try:
        with command(runtime) as transaction:
            jobs.complete(transaction, job, None)
    except Conflict:
        _log.info("The continuation %s was withdrawn, or taken by another process", job.id)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is a failed attempt of this one
        _log.exception("The continuation %s failed", job.id)
        with command(runtime) as transaction:
            jobs.fail(transaction, job, Failure(str(error)))
