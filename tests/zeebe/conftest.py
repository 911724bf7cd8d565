"""A store for each test, moved by the broker that all of them share, and workers for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from app.database import Database
from tests.servers.broker import PATIENCE_SECONDS, Broker
from tests.zeebe import handlers
from workers.registry import Registry
from workers.runners.zeebe import ZeebeRunner
from workflows.embedded.schema import upgrade
from workflows.engine import InstanceState, ProcessInstance
from workflows.routing import RoutedEngine
from workflows.scripts import ScriptRunner
from workflows.zeebe import Gateway
from workflows.zeebe.chores import chores

LEASE_SECONDS = 5


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail if it does not in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def ended(engine: RoutedEngine, instance: ProcessInstance) -> ProcessInstance:
    """Wait for an instance to be completed, and return it."""
    eventually(lambda: engine.instance(instance.id).ended_at is not None)
    found = engine.instance(instance.id)
    assert found.state is InstanceState.COMPLETED
    return found


@contextmanager
def prepared(url: str) -> Iterator[Database]:
    """Open a new database with the engine's tables, and that of the handlers."""
    database = Database.open(url)
    upgrade(database.writer)
    handlers.prepare(database.writer)
    yield database
    database.close()


@contextmanager
def working(
    engine: RoutedEngine, gateway: Gateway, database: Database, scripts: ScriptRunner, threads: int = 2
) -> Iterator[ZeebeRunner]:
    """Have the jobs of a broker done while the block runs."""
    runner = ZeebeRunner(
        gateway,
        database,
        Registry.of(handlers),
        {},
        chores(engine, scripts),
        name="tests",
        threads=threads,
        lease_seconds=LEASE_SECONDS,
    )
    runner.start()
    try:
        yield runner
    finally:
        handlers.RELEASED.set()
        runner.stop()
        handlers.RELEASED.clear()


@pytest.fixture(scope="session")
def scripts() -> Iterator[ScriptRunner]:
    with ScriptRunner(processes=1) as runner:
        yield runner


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    with prepared(sqlite_url) as found:
        yield found


@pytest.fixture
def engine(zeebe_broker: Broker, database: Database, scripts: ScriptRunner) -> Iterator[RoutedEngine]:
    with zeebe_broker.engine(database.engine, scripts) as found:
        yield found


@pytest.fixture
def work(
    engine: RoutedEngine, zeebe_broker: Broker, database: Database, scripts: ScriptRunner
) -> Iterator[ZeebeRunner]:
    with working(engine, zeebe_broker.gateway, database, scripts) as runner:
        yield runner
