"""The hosts of the cases."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry

from tests.conformance.embedded_host import EmbeddedHost
from workflows.embedded import open_engine
from workflows.embedded.cores import DEFAULT_CORE
from workflows.embedded.schema import upgrade
from workflows.scripts import ScriptRunner


@pytest.fixture(scope="session")
def scripts() -> Iterator[ScriptRunner]:
    with ScriptRunner(processes=1) as runner:
        yield runner


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the engine's tables, to be copied."""
    path = tmp_path_factory.mktemp("conformance") / "empty.db"
    database = open_engine(f"sqlite:///{path}")
    upgrade(database)
    database.dispose()
    return path


@pytest.fixture
def new_embedded_host(empty_database: Path, scripts: ScriptRunner) -> Iterator[Callable[..., EmbeddedHost]]:
    """Make a host on a new database at a path, with the default core or the one that is named second."""
    opened: list[Database] = []

    def make(path: Path, core: str = DEFAULT_CORE) -> EmbeddedHost:
        path.write_bytes(empty_database.read_bytes())
        opened.append(open_engine(f"sqlite:///{path}"))
        event.listen(opened[-1], "connect", _without_waiting_for_the_disk)
        return EmbeddedHost(opened[-1], scripts, core)

    yield make
    for database in opened:
        database.dispose()


def _without_waiting_for_the_disk(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    """No power fails in these tests."""
    connection.execute("PRAGMA synchronous = OFF")
