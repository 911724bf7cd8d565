"""The hosts of the cases, and the table at the end: for each host and group, the cases that passed, that were
refused as they have to be, and that failed."""

import sqlite3
from collections import Counter
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

_COUNTED: Counter[tuple[str, str, str]] = Counter()
_COLUMNS = ("passed", "refused", "failed")
_WIDTH = 9


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


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count the outcome of each case, by the host and group that its test noted down."""
    noted = dict(report.user_properties)
    if "group" in noted and (report.when == "call" or report.failed):
        outcome = str(noted["outcome"]) if report.passed else "failed"
        _COUNTED[str(noted["host"]), str(noted["group"]), outcome] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    if not _COUNTED:
        return
    terminalreporter.section("BPMN conformance")
    hosts = sorted({host for host, _, _ in _COUNTED})
    terminalreporter.write_line(f"{'':<20}" + "".join(f"{host:>{len(_COLUMNS) * _WIDTH}}" for host in hosts))
    terminalreporter.write_line(_line("group", [column for _ in hosts for column in _COLUMNS]))
    for group in sorted({group for _, group, _ in _COUNTED}):
        counts = [_COUNTED[host, group, column] for host in hosts for column in _COLUMNS]
        terminalreporter.write_line(_line(group, counts))
    totals = [
        sum(count for (of, _, outcome), count in _COUNTED.items() if (of, outcome) == (host, column))
        for host in hosts
        for column in _COLUMNS
    ]
    terminalreporter.write_line(_line("all", totals))


def _line(group: str, cells: list[str] | list[int]) -> str:
    return f"{group:<20}" + "".join(f"{cell:>{_WIDTH}}" for cell in cells)
