"""The same process with the same handlers on every engine: `python -m tests.bench.bench_transports`.

Two service tasks, started by several threads, done by one worker in a process of its own; instances are timed by the
engines themselves, from their start to their end.
"""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from typing import Protocol

from sqlalchemy import Engine as Database

from tests.bench.drawing import services
from tests.bench.laboratory import opened, say, wait_until_all_have_ended, working
from tests.celery.running import running_worker
from tests.celery.worker import Setting
from tests.servers.broker import running_broker
from tests.servers.programs import ServerMissingError
from tests.servers.redis import running_redis
from tests.servers.temporal import running_temporal
from workers.runners.celery import CeleryRunner
from workflows.embedded import EmbeddedEngine
from workflows.embedded.cores import TEMPORAL, ZEEBE
from workflows.embedded.schema import upgrade
from workflows.engine import InstanceQuery, ProcessInstance
from workflows.routing import RoutedEngine
from workflows.temporal.connection import Connection, Target
from workflows.temporal.engine import TemporalEngine

_INSTANCES = 500
_WARMING = 100
_THREADS = 20
_BATCH = 200
_PATIENCE = timedelta(minutes=2)


class Transport(Protocol):
    """An engine, and what brings its jobs to the handlers."""

    name: str

    def running(self, folder: Path, url: str, database: Database) -> AbstractContextManager[EmbeddedEngine]:
        """Give the engine on a database with its tables, while a worker works for it."""
        ...


class Embedded:
    """The embedded engine on SQLite."""

    name = "embedded, SQLite"

    @contextmanager
    def running(self, folder: Path, url: str, database: Database) -> Iterator[EmbeddedEngine]:  # noqa: ARG002
        with working(url):
            yield EmbeddedEngine(database)


class Celery:
    """The embedded engine on SQLite, its jobs sent through Redis to a Celery worker."""

    name = "Celery 5.7, SQLite"

    @contextmanager
    def running(self, folder: Path, url: str, database: Database) -> Iterator[EmbeddedEngine]:
        with running_redis(folder) as redis:
            setting = Setting(str(folder), url, redis.url, concurrency=2, handlers="tests.bench.worker")
            engine = EmbeddedEngine(database)
            runner = CeleryRunner(engine, {"work"}, setting.app(), name="bench")
            with running_worker(setting):
                runner.start()
                yield engine
                runner.stop()


class Zeebe:
    """A broker, whose store is on SQLite."""

    name = "Zeebe 8.6"

    @contextmanager
    def running(self, folder: Path, url: str, database: Database) -> Iterator[EmbeddedEngine]:
        with (
            running_broker(folder, batch=_BATCH) as broker,
            working(url, ZEEBE, broker.server.address),
            broker.engine(database) as engine,
        ):
            yield engine


class Temporal:
    """A server for developers, whose store is on SQLite."""

    name = "Temporal 1.29"

    @contextmanager
    def running(self, folder: Path, url: str, database: Database) -> Iterator[EmbeddedEngine]:
        with running_temporal(folder) as server, working(url, TEMPORAL, server.address):
            connection = Connection(Target(server.address))
            movers = [lambda store: TemporalEngine(store, connection, patience=_PATIENCE)]
            yield RoutedEngine(database, movers=movers, engines={"*": TEMPORAL})
            connection.close()


TRANSPORTS: Sequence[Transport] = (Embedded(), Celery(), Zeebe(), Temporal())


def measured(transport: Transport) -> list[ProcessInstance]:
    """Run instances, after some that warm the engine, and return them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder}/bench.db"
        database = stack.enter_context(opened(url))
        upgrade(database)
        engine = stack.enter_context(transport.running(folder, url, database))
        engine.deploy([services(2)])
        _run(engine, database, _WARMING)
        _run(engine, database, _INSTANCES)
        return engine.instances(InstanceQuery(limit=_INSTANCES))


def _run(engine: EmbeddedEngine, database: Database, count: int) -> None:
    with ThreadPoolExecutor(_THREADS) as threads:
        for started in [threads.submit(engine.start, "services", {"n": 0}) for _ in range(count)]:
            started.result()
    wait_until_all_have_ended(database)


def report(transport: Transport, instances: Sequence[ProcessInstance]) -> None:
    """Print what a transport did."""
    ends = [instance.ended_at for instance in instances if instance.ended_at is not None]
    span = max(ends) - min(instance.started_at for instance in instances)
    took = [
        (end - instance.started_at) / timedelta(milliseconds=1) for end, instance in zip(ends, instances, strict=True)
    ]
    percent = quantiles(took, n=100)
    figure = (
        f"{len(ends) / span.total_seconds():7.1f} instances/s   p50 {percent[49]:6.0f} ms   p99 {percent[98]:6.0f} ms"
    )
    say("transports", f"two service tasks, {_THREADS} starting: {transport.name}", figure)


def main() -> None:
    """Print the figures of every transport."""
    for transport in TRANSPORTS:
        try:
            report(transport, measured(transport))
        except ServerMissingError as missing:
            say("transports", transport.name, f"left out: {missing}")


if __name__ == "__main__":
    main()
