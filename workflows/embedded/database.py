"""Opening the database that the embedded engine, and whoever shares its transactions, stands on.

SQLite runs in WAL mode with one writer. Its driver's own transaction handling is switched off, because it begins
too late: a transaction that reads first and writes later would fail instead of waiting for the writer before it.
`WRITES` says at the start that a transaction will write; other databases ignore it.
"""

import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry

WRITES = {"begin": "IMMEDIATE"}
"""Execution options of a connection or engine whose transactions write: `engine.execution_options(**WRITES)`."""

_BUSY_TIMEOUT_MS = 30_000


def open_engine(url: str, *, pool_size: int = 10) -> Engine:
    """Return an SQLAlchemy engine for a `sqlite:///...` or `postgresql+psycopg://...` URL."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    raw: sqlite3.Connection = connection
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
    give_up = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
    while not _try_write_ahead_log(raw, last_try=time.monotonic() > give_up):
        time.sleep(0.01)


def _try_write_ahead_log(raw: sqlite3.Connection, *, last_try: bool) -> bool:
    try:
        raw.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or last_try:
            raise
        return False
    return True


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
