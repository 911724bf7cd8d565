"""What rang: a row for each transaction that others may wait for, with the topics that it changed.

    job:<type>, instance:<id>, definition:<process_id>, instances, tasks, incidents

The rows go with what they tell of, in one commit, so that any process finds out with one query what happened in all
others. Ids are given before the commit and become visible in any order on PostgreSQL. So a row also has the number of
its transaction, and who reads begins at the oldest that was still open when it last looked: nothing can be missed. On
SQLite one transaction writes at a time, and ids are enough.
"""

import time
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Insert,
    Select,
    Table,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    true,
)
from sqlalchemy.types import Text

from workflows.embedded.database import WRITES
from workflows.embedded.tables import ring

JOBS = "jobs"
"""Rings where jobs became available again whose types are not known: everybody who waits for jobs looks."""

EVERYTHING = "*"
"""Rings where too much changed to name it."""

_MOST_TOPICS = 200
_KEPT = timedelta(seconds=90)
_LONGEST_PAUSE_SECONDS = 45.0
"""Who looks less often may have missed rows that were removed."""


def write(connection: Connection, topics: Collection[str], now: datetime) -> None:
    """Write what a transaction rings, at its end."""
    told = sorted(topics) if len(topics) <= _MOST_TOPICS else [EVERYTHING]
    statement = _INSERT_WITH_NUMBER if connection.dialect.name == "postgresql" else _INSERT
    connection.execute(statement, {"rung_at": now, "topics": "\n".join(told)})


def prune(connection: Connection, now: datetime, table: Table = ring) -> None:
    """Remove rows that everybody has read."""
    connection.execute(delete(table).where(table.c.rung_at < now - _KEPT))


class Rings:
    """Reads what rang since it last looked, in `ring` or a table with the same columns; for one thread.

    Of another `table` it also removes what everybody has read: nobody else does.
    """

    def __init__(self, database: Engine, table: Table = ring) -> None:
        self._database = database
        self._table = table
        self._since, self._from_oldest, self._newest = _queries(table)
        self._looked: float | None = None
        self._cleared = time.monotonic()
        self._from = 0
        self._seen: frozenset[int] = frozenset()

    def forget(self) -> None:
        """Forget up to where it has looked."""
        self._looked = None

    def changed(self, topics: Collection[str]) -> Collection[str]:
        """Return the topics that rang since the last call; `topics` are those that somebody waits for."""
        looked = time.monotonic()
        known = self._looked is not None and looked - self._looked < _LONGEST_PAUSE_SECONDS
        with self._database.connect() as connection:
            postgresql = connection.dialect.name == "postgresql"
            if not known:
                self._begin(connection, postgresql=postgresql)
                rung = {EVERYTHING}
            else:
                rung = set(self._read_numbered(connection) if postgresql else self._read(connection))
        self._looked = looked
        self._clear(looked)
        if JOBS in rung:
            rung |= {topic for topic in topics if topic.startswith("job:")}
        return rung

    def _begin(self, connection: Connection, *, postgresql: bool) -> None:
        self._seen = frozenset()
        self._from = connection.execute(_HORIZON if postgresql else self._newest).scalar_one()

    def _read(self, connection: Connection) -> Iterable[str]:
        for number, topics in connection.execute(self._since, {"known": self._from}):
            self._from = number
            yield from topics.split("\n")

    def _read_numbered(self, connection: Connection) -> Iterable[str]:
        """Read again from the oldest transaction that was open the last time, and pass over what is known."""
        seen = set()
        for horizon, number, by, topics in connection.execute(self._from_oldest, {"oldest": self._from}).all():
            self._from = horizon
            if number is None:
                continue
            if by >= horizon:
                seen.add(number)
            if number not in self._seen:
                yield from topics.split("\n")
        self._seen = frozenset(seen)

    def _clear(self, now: float) -> None:
        if self._table is not ring and now - self._cleared > _KEPT.total_seconds():
            self._cleared = now
            with self._database.execution_options(**WRITES).begin() as connection:
                prune(connection, datetime.now(UTC), self._table)


_INSERT: Insert = insert(ring)
_INSERT_WITH_NUMBER = insert(ring).values(
    {"transaction_id": cast(cast(func.pg_current_xact_id(), Text), BigInteger)}
    | {name: bindparam(name) for name in ("rung_at", "topics")}
)
_OLDEST_OPEN: Any = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
_HORIZON = select(_OLDEST_OPEN)


def _queries(table: Table) -> tuple[Select[Any], Select[Any], Select[Any]]:
    """Return what is newer than a row, what began after a transaction, with the oldest open one, and the newest row."""
    columns = table.c
    since = select(columns.id, columns.topics).where(columns.id > bindparam("known")).order_by(columns.id)
    now = select(_OLDEST_OPEN.label("horizon")).cte("now")
    begun = true() & (columns.transaction_id >= bindparam("oldest"))
    numbered = select(now.c.horizon, columns.id, columns.transaction_id, columns.topics)
    return since, numbered.select_from(now.outerjoin(table, begun)), select(func.coalesce(func.max(columns.id), 0))
