"""Runs the jobs of the embedded engine, in threads of this process.

One thread leases jobs and brings the answers of handlers to the engine, as many as there are in one transaction.
Others hand each job to its handler, and one more keeps the leases alive. A handler that asks for a database session
writes in the transaction that completes its job. A thread that loses the database waits, longer each time, and goes on.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

from workers.registry import Registry
from workers.runners.attempts import DATABASE_LOST, Attempts
from workers.runners.desk import Desk
from workflows.embedded import Answer, EmbeddedEngine, LockedJob, Wanted
from workflows.errors import Conflict, NotFound

_log = logging.getLogger(__name__)
_IDLE_SECONDS = 1.0
_SHORTEST_IDLE_SECONDS = 0.01
"""How soon jobs of other processes are looked for. Nothing there doubles it."""

_LONGEST_REST_SECONDS = 0.005
"""It rests as long as an exchange took, and no longer than this, so that answers gather and others can write."""

_LONGEST_PAUSE_SECONDS = 30.0
_LAST_TRIES = 3
_NO_TIME = timedelta(0)
_R = TypeVar("_R")


class EmbeddedRunner:
    """Threads that run jobs with the handlers of `registry`, and the engine's own timers.

    `resources` are handed to handlers by type; the job and, where asked for, the session are added for each call.
    """

    def __init__(
        self,
        engine: EmbeddedEngine,
        registry: Registry,
        resources: Mapping[type, object],
        *,
        name: str,
        threads: int = 4,
        lease_seconds: int = 30,
    ) -> None:
        self._engine = engine
        self._attempts = Attempts(engine, registry, resources)
        self._name = name
        self._lease = timedelta(seconds=lease_seconds)
        self._desk = Desk(threads)
        self._stopping = threading.Event()
        self._finished = threading.Event()
        self._workers = [threading.Thread(target=self._work, name=f"jobs-{number}") for number in range(threads)]
        self._clerk = threading.Thread(target=self._exchange_all, name="job-exchange")
        self._leases = threading.Thread(target=self._keep_leases, name="leases")

    @property
    def types(self) -> frozenset[str]:
        """The job types that are run."""
        return self._attempts.types

    @property
    def stopping(self) -> bool:
        """Whether it takes no new jobs any more."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Begin to take jobs and to fire timers."""
        self._engine.background.start()
        for thread in (*self._workers, self._clerk, self._leases):
            thread.start()

    def stop(self) -> None:
        """Take no new job, and return when those that run have finished."""
        self._stopping.set()
        if self._leases.ident is None:
            return
        self._desk.close()
        self._engine.wake_workers()
        self._engine.background.stop()
        for thread in (*self._workers, self._clerk):
            thread.join()
        self._finished.set()
        self._leases.join()

    def run_waiting(self) -> int:
        """Run the jobs that wait now, in this thread, until none is left; return how many. For tests and scripts."""
        done = 0
        while jobs := self._engine.lock_jobs(self._name, self.types, 1, self._lease):
            answer = self._guarded(self._attempts.run, jobs[0])
            if answer is not None:
                self._exchange([answer], 0)
            done += 1
        return done

    def _work(self) -> None:
        while (locked := self._desk.take()) is not None:
            answer = self._guarded(self._attempts.run, locked)
            self._desk.finish(locked, answer)
            self._engine.wake_workers()

    def _exchange_all(self) -> None:
        """Bring answers and fetch jobs, until the runner is stopped and everything that ran is answered for."""
        answers: list[Answer] = []
        failures, idle = 0, _SHORTEST_IDLE_SECONDS
        while answers or not (self._stopping.is_set() and self._desk.idle):
            begun = time.monotonic()
            answers += self._desk.answers()
            try:
                fetched = self._exchange(answers, self._desk.room())
            except Exception:  # noqa: BLE001 - reported, and tried again: nothing ends silently
                failures += 1
                if self._stopping.is_set() and failures > _LAST_TRIES:
                    return
                self._pause(failures)
                continue
            idle = _SHORTEST_IDLE_SECONDS if fetched or answers else min(2 * idle, _IDLE_SECONDS)
            answers, failures = [], 0
            self._stopping.wait(min(time.monotonic() - begun, _LONGEST_REST_SECONDS))
            if not self._desk.answered:
                self._engine.wait_for_jobs(idle)

    def _exchange(self, answers: list[Answer], room: int) -> int:
        """Bring answers and fetch as many jobs as there is room for; return how many were there."""
        begun = time.monotonic()
        leased: list[LockedJob] = []
        if answers or room > 0:
            wanted = Wanted(self._name, self.types, max(room, 0), self._lease)
            exchanged = self._engine.exchange_jobs(answers, wanted)
            leased = exchanged.leased
            self._desk.put(leased, begun + self._lease.total_seconds())
            for answer, refusal in zip(answers, exchanged.refusals, strict=True):
                if refusal is not None:
                    self._guarded(self._attempts.refused, answer.job, refusal)
            self._desk.settled(answers)
        for locked in self._desk.left_over():
            self._guarded(self._engine.postpone_job, locked, _NO_TIME)
        return len(leased)

    def _guarded(self, action: Callable[..., _R], locked: LockedJob, *more: object) -> _R | None:
        """Do something with a job, unless it is lost to another worker, to the end of its instance, or the database is
        lost: then the job is offered again when its lease is over."""
        try:
            return action(locked, *more)
        except (Conflict, NotFound) as error:
            _log.info("Job %s of %s is not ours any more: %s", locked.id, locked.type, error)
        except DATABASE_LOST:
            self._pause(1)
        except Exception:  # noqa: BLE001 - reported; a thread goes on with other jobs
            _log.exception("Job %s of %s could not be settled; it is tried again later", locked.id, locked.type)
        return None

    def _pause(self, failures: int) -> None:
        seconds = min(_LONGEST_PAUSE_SECONDS, 0.1 * 2**failures) * random.uniform(0.5, 1)  # noqa: S311 - only spreads load
        _log.exception("The database can't be used now; trying again in %.1f s", seconds)
        self._stopping.wait(seconds)

    def _keep_leases(self) -> None:
        seconds = self._lease.total_seconds()
        while not self._finished.wait(seconds / 3):
            for locked in self._desk.held(until=time.monotonic() + seconds * 2 / 3):
                begun = time.monotonic()
                try:
                    self._engine.extend_lease(locked, self._lease)
                except (Conflict, NotFound) as error:
                    if self._desk.lost(locked):
                        _log.warning("The lease of job %s was lost: %s", locked.id, error)
                except Exception:  # noqa: BLE001 - reported; the next round may find the database again
                    _log.exception("The lease of job %s could not be extended", locked.id)
                else:
                    self._desk.kept(locked, begun + seconds)
