"""Sends the jobs of the embedded engine to Celery workers, on this machine and others, in a thread of this process.

A job is leased, then a message with its id and the lease's token goes to the broker. The worker that takes it leases
the job on and keeps that lease alive; until then it is kept alive here, as long as its message can be in the queue. A
queue gives out the oldest first: if it holds five messages, those can only be of the last five jobs that were sent.
The lease of any other that no worker took over runs out, and the job is sent again; a message that turns up late is
refused.

The queue holds few messages at a time. Everything else stays in the store, and with the broker away everything does.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta

from celery import Celery

from workers.celery import broker
from workers.celery.errors import BrokerDown
from workers.celery.jobs import QUEUE, RUN
from workers.runners.attempts import DATABASE_LOST
from workflows.embedded import EmbeddedEngine, LockedJob
from workflows.errors import Conflict, NotFound

_log = logging.getLogger(__name__)
_MOST_QUEUED = 256
_MOST_AT_A_TIME = 64
_IDLE_SECONDS = 1.0
_SHORTEST_IDLE_SECONDS = 0.01
"""How soon jobs that other processes made are looked for. Nothing there doubles it."""

_FULL_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 5.0
_NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class _Sent:
    job: LockedJob
    good_until: float


class CeleryRunner:
    """A thread that sends jobs of these types to the workers of a Celery application; the engine's timers run too."""

    def __init__(
        self, engine: EmbeddedEngine, types: Collection[str], app: Celery, *, name: str, lease_seconds: int = 30
    ) -> None:
        self._engine = engine
        self._types = frozenset(types)
        self._app = app
        self._name = name
        self._lease = timedelta(seconds=lease_seconds)
        self._sent: deque[_Sent] = deque()
        self._kept_at = time.monotonic()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="job-dispatch")

    @property
    def types(self) -> frozenset[str]:
        """The job types that are sent."""
        return self._types

    def start(self) -> None:
        """Begin to send jobs and to fire timers."""
        self._engine.background.start()
        self._thread.start()

    def stop(self) -> None:
        """Send no more jobs; what is sent is done by whoever takes it."""
        self._stopping.set()
        if self._thread.ident is None:
            return
        self._engine.wake_workers()
        self._engine.background.stop()
        self._thread.join()

    def _work(self) -> None:
        failures, idle = 0, _SHORTEST_IDLE_SECONDS
        while not self._stopping.is_set():
            try:
                room = self._room()
                sent = self._send(room) if room > 0 else 0
            except Exception as error:  # noqa: BLE001 -- reported, and tried again: nothing ends silently
                failures += 1
                self._pause(failures, error)
                continue
            failures = 0
            idle = _SHORTEST_IDLE_SECONDS if sent else min(2 * idle, _IDLE_SECONDS)
            if sent < room or room <= 0:
                self._engine.wait_for_jobs(idle if room > 0 else _FULL_SECONDS)

    def _room(self) -> int:
        """Return how many jobs may be sent now; see to the leases of those that were, when it is time."""
        queued = broker.depth(self._app, QUEUE)
        if time.monotonic() - self._kept_at > self._lease.total_seconds() / 3:
            self._keep_leases(queued)
        return min(_MOST_QUEUED - queued, _MOST_AT_A_TIME)

    def _send(self, room: int) -> int:
        begun = time.monotonic()
        jobs = self._engine.lock_jobs(self._name, self._types, room, self._lease)
        for number, job in enumerate(jobs):
            try:
                self._publish(job)
            except BrokerDown:
                for unsent in jobs[number:]:
                    self._give_back(unsent)
                raise
            self._sent.append(_Sent(job, begun + self._lease.total_seconds()))
        return len(jobs)

    def _publish(self, job: LockedJob) -> None:
        with broker.reaching():
            self._app.send_task(RUN, args=(job.id, job.token), ignore_result=True, root_id=job.instance_id)

    def _give_back(self, job: LockedJob) -> None:
        try:
            self._engine.postpone_job(job, _NO_TIME)
        except (Conflict, NotFound, *DATABASE_LOST) as error:
            _log.info("Job %s could not be given back; its lease runs out: %s", job.id, error)

    def _keep_leases(self, queued: int) -> None:
        """Extend the leases of the jobs that can still be in the queue, where they near their end."""
        while len(self._sent) > queued:
            self._sent.popleft()
        now, seconds = time.monotonic(), self._lease.total_seconds()
        kept: deque[_Sent] = deque()
        for sent in self._sent:
            if sent.good_until > now + seconds * 2 / 3:
                kept.append(sent)
                continue
            begun = time.monotonic()
            try:
                self._engine.extend_lease(sent.job, self._lease)
            except (Conflict, NotFound):
                continue  # a worker has taken it over
            kept.append(replace(sent, good_until=begun + seconds))
        self._sent, self._kept_at = kept, now

    def _pause(self, failures: int, error: Exception) -> None:
        seconds = min(_LONGEST_PAUSE_SECONDS, 0.1 * 2**failures) * random.uniform(0.5, 1)  # noqa: S311 -- spreads load
        if isinstance(error, BrokerDown):
            _log.warning(
                "Jobs stay in the store: the broker can't be reached (%s); again in %.1f s", error.reason, seconds
            )
        else:
            _log.error("Jobs can't be sent now; trying again in %.1f s", seconds, exc_info=error)
        self._stopping.wait(seconds)
