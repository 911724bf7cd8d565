"""Fixtures that every folder of tests may ask for: databases, real ones."""

import os
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from tests.servers.broker import Broker, running_broker
from tests.servers.postgres import PostgresCluster, running_postgres
from tests.servers.programs import ServerMissingError
from tests.servers.redis import RedisServer, running_redis
from tests.servers.temporal import TemporalServer, running_temporal, time_skipping_program

_Running = TypeVar("_Running")

pytest_plugins = ["workflows.testing.plugin", "tests.house", "tests.chromium", "tests.conformance.table"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed one: what it needs has to be there."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


class Folders(LoadScopeScheduling):  # type: ignore[misc] # pytest-xdist has no types
    """Hands out folders to runs side by side, each whole: its tests share servers."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.split("/")[1]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Folders:
    """Give the scheduler of runs side by side."""
    return Folders(config, log)


@contextmanager
def or_skip(server: AbstractContextManager[_Running]) -> Iterator[_Running]:
    """Run a server; without one installed, skip the test (so that it fails in CI)."""
    try:
        with server as running:
            yield running
    except ServerMissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """A PostgreSQL server of this test run's own."""
    with or_skip(running_postgres()) as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres_cluster: PostgresCluster) -> Iterator[str]:
    """The SQLAlchemy URL of a new, empty PostgreSQL database."""
    name = postgres_cluster.create_database()
    yield postgres_cluster.url(name)
    postgres_cluster.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The SQLAlchemy URL of a new, empty SQLite database."""
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The SQLAlchemy URL of a new, empty database, once on SQLite and once on PostgreSQL."""
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis of this test run's own, whose data all tests share."""
    with or_skip(running_redis(tmp_path_factory.mktemp("redis"))) as server:
        yield server


@pytest.fixture(scope="session")
def zeebe_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A Zeebe broker of this test run's own, which tests use one after the other."""
    with or_skip(running_broker(tmp_path_factory.mktemp("zeebe"))) as broker:
        yield broker


@pytest.fixture(scope="session")
def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """A Temporal server of this test run's own, whose namespace all tests share."""
    with or_skip(running_temporal(tmp_path_factory.mktemp("temporal"))) as server:
        yield server


@pytest.fixture(scope="module")
def own_temporal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """A Temporal server of one module: on a shared one the workers of a whole service take each other's work."""
    with or_skip(running_temporal(tmp_path_factory.mktemp("own-temporal"))) as server:
        yield server


@pytest.fixture(scope="session")
def time_skipping_temporal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of the Temporal server that skips time, for `WorkflowEnvironment.start_time_skipping`."""
    try:
        return time_skipping_program(tmp_path_factory.mktemp("temporal-test-server"))
    except ServerMissingError as missing:
        pytest.skip(str(missing))
