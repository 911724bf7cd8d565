"""A store, and an engine on Temporal with a worker for its instances, for tests."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeAlias

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.worker import Worker

from workflows.embedded import EmbeddedEngine, open_engine
from workflows.embedded.cores import TEMPORAL
from workflows.embedded.schema import upgrade
from workflows.engine import InstanceQuery, InstanceState
from workflows.routing import RoutedEngine
from workflows.scripts import ScriptRunner
from workflows.temporal.connection import Connection, Target
from workflows.temporal.engine import TemporalEngine
from workflows.temporal.jobs import job_worker
from workflows.temporal.payloads import JobInput
from workflows.temporal.post import Hosting
from workflows.temporal.worker import Make, ProcessWorker, Workers
from workflows.values import Variables

Clock: TypeAlias = Callable[[], datetime]
Handler: TypeAlias = Callable[[Variables], Variables]

_PATIENCE = timedelta(minutes=2)
_ALL = InstanceQuery(states=(InstanceState.ACTIVE,), limit=1000)


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


class Hosted:
    """An engine with its store, and what runs its jobs."""

    def __init__(
        self, database: Engine, connection: Connection, hosting: Hosting, scripts: ScriptRunner, clock: Clock
    ) -> None:
        self.connection = connection
        self.hosting = hosting
        self.movers: list[TemporalEngine] = []
        movers = [self._move]
        self.engine = RoutedEngine(database, movers=movers, engines={"*": TEMPORAL}, clock=clock, scripts=scripts)

    @property
    def mover(self) -> TemporalEngine:
        """What the engine sends commands to."""
        return self.movers[0]

    def _move(self, store: EmbeddedEngine) -> TemporalEngine:
        self.movers.append(TemporalEngine(store, self.connection, self.hosting, patience=_PATIENCE))
        return self.mover

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run instances until the end of the block."""
        workers = Workers(self.connection, [ProcessWorker(self.engine.mirror, self.hosting)])
        workers.start()
        try:
            yield
        finally:
            workers.stop()

    @contextmanager
    def working(self, handlers: Mapping[str, Handler]) -> Iterator[None]:
        """Run jobs of these types until the end of the block; what fails is tried again at once."""
        with ThreadPoolExecutor(4) as threads:
            make: list[Make] = [partial(self._job_worker, threads, each) for each in handlers.items()]
            workers = Workers(self.connection, make)
            workers.start()
            try:
                yield
            finally:
                workers.stop()

    def run_jobs(self, handlers: Mapping[str, Handler]) -> None:
        """Run all jobs of these types until none is left."""
        deadline = time.monotonic() + _PATIENCE.total_seconds()
        with self.working(handlers):
            while self._open_jobs() & handlers.keys():
                assert time.monotonic() < deadline, "the jobs were not done in time"
                time.sleep(0.01)

    def _job_worker(self, threads: ThreadPoolExecutor, handled: tuple[str, Handler], client: Client) -> Worker:
        job_type, handler = handled

        def execute(job: JobInput, _failures: int) -> Variables:
            return handler(job.variables)

        return job_worker(client, self.hosting.task_queue, job_type, execute, threads=threads, slots=4, pause=_no_pause)

    def _open_jobs(self) -> set[str]:
        active = [instance.id for instance in self.engine.instances(_ALL)]
        return {job_type for instance_id in active for job_type in self.mover.status(instance_id)["jobs"]}


@contextmanager
def hosted(
    url: str,
    address: str,
    *,
    clock: Clock = now,
    longest: int = 4_000,
    works: bool = True,
) -> Iterator[Hosted]:
    """An engine with a new store, whose instances and jobs have task queues of their own; unless it `works`, somebody
    else has to run them."""
    with ScriptRunner(processes=1) as scripts:
        database = open_engine(url)
        upgrade(database)
        connection = Connection(Target(address))
        hosting = Hosting(f"test-{secrets.token_hex(4)}", longest=longest)
        service = Hosted(database, connection, hosting, scripts, clock)
        with service.running() if works else nullcontext():
            yield service
        connection.close()
        database.dispose()


def _no_pause(_failures: int, _cycle: str | None) -> timedelta:
    return timedelta(milliseconds=1)
