"""Runs instances and jobs that Temporal hands out: workers on one loop, handlers in threads of this process.

A handler that asks for a database session gets a transaction of its own, which is committed before Temporal hears of
the answer: a process that dies in between leaves the job to be done again, by handlers that are idempotent by its key.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

from sqlalchemy.orm import Session
from temporalio.client import Client
from temporalio.worker import Worker

from app.database import Database
from workers.registry import Job, Registry, Retry
from workers.runners.attempts import described
from workflows.embedded import EmbeddedEngine
from workflows.temporal.connection import Connection
from workflows.temporal.jobs import AskAgain, job_worker
from workflows.temporal.payloads import JobInput
from workflows.temporal.post import Hosting
from workflows.temporal.worker import Make, ProcessWorker, Workers
from workflows.values import Variables

More = Callable[[Executor, Client], Worker]
"""Makes a worker of another kind, whose activities run in the threads of the runner."""


class TemporalRunner:
    """Workers for instances, for the jobs that `registry` has handlers for, and `more` of them, in this process.

    `engine` is the store of the instances; `resources` are handed to handlers by type. `threads` is how many handlers
    run at once. `metrics` is the address (HOST:PORT) at which Prometheus finds what the workers count, "" for none.
    """

    def __init__(
        self,
        engine: EmbeddedEngine,
        connection: Connection,
        registry: Registry,
        resources: Mapping[type, object],
        database: Database,
        *,
        hosting: Hosting | None = None,
        threads: int = 4,
        more: Sequence[More] = (),
        metrics: str = "",
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._resources = resources
        self._database = database
        self._hosting = hosting = hosting or Hosting()
        self._slots = threads
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="jobs")
        instances = ProcessWorker(engine.mirror, hosting)
        make: list[Make] = [instances, *(partial(each, self._threads) for each in more)]
        make += [partial(self._job_worker, job_type) for job_type in sorted(registry.types)]
        self._workers = Workers(connection, make, chore=instances.keep_house, metrics=metrics)

    @property
    def types(self) -> frozenset[str]:
        """The job types that are run."""
        return self._registry.types

    def start(self) -> None:
        """Begin to take work, as soon as the server answers."""
        self._engine.background.start()
        self._workers.start()

    def stop(self) -> None:
        """Take nothing new, and return when what runs has finished."""
        self._workers.stop()
        self._threads.shutdown()
        self._engine.background.stop()

    def _job_worker(self, job_type: str, client: Client) -> Worker:
        queue = self._hosting.task_queue
        return job_worker(client, queue, job_type, self._execute, threads=self._threads, slots=self._slots)

    def _execute(self, job: JobInput, failures: int) -> Variables:
        """Have a job done by its handler."""
        handler = self._registry[job.type]
        resources = {**self._resources, Job: described(job, max(job.retries - failures, 1))}
        try:
            if not handler.needs(Session):
                return handler(job.variables, resources)
            with self._database.write() as session:
                return handler(job.variables, {**resources, Session: session})
        except Retry as retry:
            raise AskAgain(retry.after) from retry
