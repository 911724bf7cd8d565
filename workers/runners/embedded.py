"""Runs the jobs of the embedded engine, in threads of this process.

Each thread takes one job at a time under a lease and hands it to its handler; one more thread keeps the leases of
running jobs alive. A handler that asks for a database session writes in the transaction that completes its job.
A thread that loses the database waits, longer each time, and goes on.
"""

import logging
import random
import threading
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from workers.registry import Job, Registry, Retry
from workflows.embedded import EmbeddedEngine, LockedJob
from workflows.errors import BpmnError, Conflict, NotFound, Unavailable

_log = logging.getLogger(__name__)
_IDLE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0
_DATABASE_LOST = (OperationalError, InterfaceError, Unavailable)


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
        self._registry = registry
        self._resources = resources
        self._name = name
        self._lease = timedelta(seconds=lease_seconds)
        self._stopping = threading.Event()
        self._finished = threading.Event()
        self._running: dict[str, LockedJob] = {}
        self._workers = [
            threading.Thread(target=self._work, args=(number,), name=f"jobs-{number}") for number in range(threads)
        ]
        self._leases = threading.Thread(target=self._keep_leases, name="leases")

    @property
    def types(self) -> frozenset[str]:
        """The job types that are run."""
        return self._registry.types

    def start(self) -> None:
        """Begin to take jobs and to fire timers."""
        self._engine.background.start()
        for thread in (*self._workers, self._leases):
            thread.start()

    def stop(self) -> None:
        """Take no new job, and return when those that run have finished."""
        self._stopping.set()
        if self._leases.ident is None:
            return
        self._engine.background.stop()
        for thread in self._workers:
            thread.join()
        self._finished.set()
        self._leases.join()

    def run_waiting(self) -> int:
        """Run the jobs that wait now, in this thread, until none is left; return how many. For tests and scripts."""
        done = 0
        while jobs := self._engine.lock_jobs(self._name, self.types, 1, self._lease):
            self._run(jobs[0])
            done += 1
        return done

    def _work(self, number: int) -> None:
        worker = f"{self._name}-{number}"
        failures = 0
        while not self._stopping.is_set():
            try:
                jobs = self._engine.lock_jobs(worker, self.types, 1, self._lease)
                for job in jobs:
                    self._run(job)
                if not jobs:
                    self._engine.wait_for_jobs(_IDLE_SECONDS)
                failures = 0
            except _DATABASE_LOST:
                failures += 1
                self._pause(failures)

    def _pause(self, failures: int) -> None:
        seconds = min(_LONGEST_PAUSE_SECONDS, 0.1 * 2**failures) * random.uniform(0.5, 1)  # noqa: S311 - only spreads load
        _log.exception("The database can't be reached; trying again in %.1f s", seconds)
        self._stopping.wait(seconds)

    def _run(self, locked: LockedJob) -> None:
        """Run one job to its end, unless it is lost to another worker or to the end of its instance."""
        self._running[locked.token] = locked  # two threads may have one job, after a lease that ran out
        try:
            self._settle(locked)
        except (Conflict, NotFound) as error:
            _log.info("Job %s of %s is not ours any more: %s", locked.id, locked.type, error)
        finally:
            del self._running[locked.token]

    def _settle(self, locked: LockedJob) -> None:
        """Have a job done, or an error thrown for the diagram, or the job offered again, or the attempt counted."""
        try:
            self._attempt(locked)
        except BpmnError as error:
            self._engine.throw_error(locked, error.code, error.message)
        except Retry as retry:
            self._engine.postpone_job(locked, retry.after)
        except _DATABASE_LOST:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed attempt
            _log.warning("Job %s of %s failed", locked.id, locked.type, exc_info=True)
            self._engine.fail_job(locked, f"{type(error).__name__}: {error}")

    def _attempt(self, locked: LockedJob) -> None:
        handler = self._registry[locked.type]
        resources = {**self._resources, Job: _described(locked)}
        if not handler.needs(Session):
            self._engine.complete_job(locked, handler(locked.variables, resources))
            return
        with self._engine.job_transaction(locked) as transaction:
            with Session(bind=transaction.connection, join_transaction_mode="create_savepoint") as session:
                result = handler(locked.variables, {**resources, Session: session})
                session.commit()
            transaction.complete(result)

    def _keep_leases(self) -> None:
        while not self._finished.wait(self._lease.total_seconds() / 3):
            for locked in list(self._running.values()):
                try:
                    self._engine.extend_lease(locked, self._lease)
                except (Conflict, NotFound) as error:
                    _log.warning("The lease of job %s was lost: %s", locked.id, error)
                except _DATABASE_LOST:
                    _log.exception("The lease of job %s could not be extended", locked.id)


def _described(locked: LockedJob) -> Job:
    return Job(
        key=locked.key,
        type=locked.type,
        instance_id=locked.instance_id,
        process_id=locked.process_id,
        element_id=locked.element_id,
        business_key=locked.business_key,
        retries=locked.retries,
        headers=locked.headers,
    )
