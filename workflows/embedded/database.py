"""Opening the database that the embedded engine, and whoever shares its transactions, stands on.

SQLite runs in WAL mode with one writer. Its driver's own transaction handling is switched off, because it begins
too late: a transaction that reads first and writes later would fail instead of waiting for the writer before it.
`WRITES` says at the start that a transaction will write; other databases ignore it.

SQLite lets those who wait for the writer sleep, longer each time, and gives it to whoever wakes first: under load some
wait for seconds. So the threads of a process take turns, and the one whose turn it is looks often whether another
process has ended.
"""

import sqlite3
import time

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from workflows.embedded.turns import Turns

WRITES = {"begin": "IMMEDIATE"}
"""Execution options of a connection or engine whose transactions write: `engine.execution_options(**WRITES)`."""

_BUSY_TIMEOUT_MS = 30_000
_LOOK_SECONDS = 0.0005


def open_engine(url: str, *, pool_size: int = 10, patience: float = 30.0) -> Engine:
    """Return an SQLAlchemy engine for a `sqlite:///...` or `postgresql+psycopg://...` URL.

    PostgreSQL gets up to twice `pool_size` connections; who finds all of them in use waits `patience` seconds. Errors
    do not repeat the values of a statement: they end up in logs, and may be of patients.
    """
    if make_url(url).get_backend_name() != "sqlite":
        connections = {"pool_size": pool_size, "max_overflow": pool_size, "pool_timeout": patience}
        return create_engine(url, pool_pre_ping=True, hide_parameters=True, **connections)
    options = {"timeout": _BUSY_TIMEOUT_MS / 1000, "check_same_thread": False, "factory": _SqliteConnection}
    engine = create_engine(url, connect_args=options, hide_parameters=True)
    turns = Turns()
    event.listen(engine, "connect", lambda raw, _entry: _prepare_sqlite(raw, turns))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


class _SqliteConnection(sqlite3.Connection):
    """A connection whose writing transactions wait for the turn of their thread."""

    turns: Turns
    has_turn = False

    def begin_writing(self) -> bool:
        """Wait for the writer and begin; return False if it could not be had in time."""
        give_up = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
        self.has_turn = self.has_turn or self.turns.take(_BUSY_TIMEOUT_MS / 1000)
        self.execute("PRAGMA busy_timeout = 0")
        try:
            while time.monotonic() < give_up:
                if _tried(self, "BEGIN IMMEDIATE"):
                    return True
                time.sleep(_LOOK_SECONDS)
            return False
        finally:
            self.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")

    def commit(self) -> None:
        super().commit()
        self._end_turn()

    def rollback(self) -> None:
        super().rollback()
        self._end_turn()

    def close(self) -> None:
        super().close()
        self._end_turn()

    def _end_turn(self) -> None:
        if self.has_turn:
            self.has_turn = False
            self.turns.give()


def _tried(raw: sqlite3.Connection, statement: str) -> bool:
    """Run a statement; return False if another connection is in its way."""
    try:
        raw.execute(statement)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _prepare_sqlite(raw: _SqliteConnection, turns: Turns) -> None:
    raw.turns = turns
    raw.isolation_level = None
    raw.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    _use_write_ahead_log(raw)
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("PRAGMA foreign_keys = ON")


def _use_write_ahead_log(raw: sqlite3.Connection) -> None:
    """Switch the file to WAL, once for all its life.

    Whoever opens a new file beside others may be refused at once: SQLite does not let a connection that reads the
    file's header wait for the exclusive lock, since the others might wait for the same. It is we who wait then.
    """
    statement = "PRAGMA journal_mode = WAL"
    give_up = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
    while not _tried(raw, statement):
        if time.monotonic() > give_up:
            raw.execute(statement)
            return
        time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    raw = connection.connection.driver_connection
    if mode != WRITES["begin"] or not isinstance(raw, _SqliteConnection) or not raw.begin_writing():
        connection.exec_driver_sql(f"BEGIN {mode}")
