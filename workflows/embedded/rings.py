"""What rang: a row for each transaction that others may wait for, with the topics that it changed.

    job:<type>, instance:<id>, definition:<process_id>, tasks, incidents

The rows go with what they tell of, in one commit, so that any process finds out with one query what happened in all
others. Ids are given before the commit and become visible in any order on PostgreSQL. So a row also has the number of
its transaction, and who reads begins at the oldest that was still open when it last looked: nothing can be missed. On
SQLite one transaction writes at a time, and ids are enough.
"""

import time
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Engine, Insert, bindparam, cast, delete, func, insert, select, true
from sqlalchemy.types import Text

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


def prune(connection: Connection, now: datetime) -> None:
    """Remove rows that everybody has read."""
    connection.execute(delete(ring).where(ring.c.rung_at < now - _KEPT))


class Rings:
    """Reads what rang since it last looked; for one thread."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._looked: float | None = None
        self._from = 0
        self._seen: dict[int, int] = {}

    def forget(self) -> None:
        """Forget up to where it has looked."""
        self._looked = None

    def changed(self, topics: Collection[str]) -> Collection[str]:
        """Return the topics that rang since the last call; `topics` are those that somebody waits for."""
        known = self._looked is not None and time.monotonic() - self._looked < _LONGEST_PAUSE_SECONDS
        looked = time.monotonic()
        with self._database.connect() as connection:
            postgresql = connection.dialect.name == "postgresql"
            if not known:
                self._begin(connection, postgresql=postgresql)
                rung = {EVERYTHING}
            else:
                rung = set(self._read_numbered(connection) if postgresql else self._read(connection))
        self._looked = looked
        if JOBS in rung:
            rung |= {topic for topic in topics if topic.startswith("job:")}
        return rung

    def _begin(self, connection: Connection, *, postgresql: bool) -> None:
        self._seen = {}
        newest = _HORIZON if postgresql else select(func.coalesce(func.max(ring.c.id), 0))
        self._from = connection.execute(newest).scalar_one()

    def _read(self, connection: Connection) -> Iterable[str]:
        for number, topics in connection.execute(_SINCE, {"known": self._from}):
            self._from = number
            yield from topics.split("\n")

    def _read_numbered(self, connection: Connection) -> Iterable[str]:
        """Read again from the oldest transaction that was open the last time, and pass over what is known."""
        seen: dict[int, int] = {}
        for horizon, number, by, topics in connection.execute(_FROM, {"oldest": self._from}).all():
            self._from = horizon
            if number is None:
                continue
            if by >= horizon:
                seen[number] = by
            if number not in self._seen:
                yield from topics.split("\n")
        self._seen = seen


_INSERT: Insert = insert(ring)
_INSERT_WITH_NUMBER = insert(ring).values(
    {"transaction_id": cast(cast(func.pg_current_xact_id(), Text), BigInteger)}
    | {name: bindparam(name) for name in ("rung_at", "topics")}
)
_SINCE = select(ring.c.id, ring.c.topics).where(ring.c.id > bindparam("known")).order_by(ring.c.id)
_OLDEST_OPEN: Any = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
_HORIZON = select(_OLDEST_OPEN)
_NOW = select(_OLDEST_OPEN.label("horizon")).cte("now")
_FROM = select(_NOW.c.horizon, ring.c.id, ring.c.transaction_id, ring.c.topics).select_from(
    _NOW.outerjoin(ring, true() & (ring.c.transaction_id >= bindparam("oldest")))
)
