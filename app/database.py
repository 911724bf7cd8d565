"""The service's database: sessions for whoever reads or writes it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from workflows.embedded.database import WRITES, open_engine

_COMMITTED = "dams.committed"


@dataclass(frozen=True, slots=True)
class Database:
    """One database, that the clinic and the embedded engine share.

    Sessions are for one thread and one transaction; a `Database` is for all threads. What a session has loaded can
    be read after its end.
    """

    engine: Engine

    @classmethod
    def open(cls, url: str) -> Self:
        """Open a `sqlite:///...` or `postgresql+psycopg://...` URL; it connects at the first use."""
        return cls(open_engine(url))

    @property
    def writer(self) -> Engine:
        """The engine whose transactions write: on SQLite they wait their turn at the start."""
        return self.engine.execution_options(**WRITES)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one transaction, of which nothing is kept."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session whose transaction is committed at the end, rolled back on an error.

        On SQLite it waits its turn at the start, because only one transaction writes at a time.
        """
        with Session(self.writer, expire_on_commit=False) as session, session.begin():
            yield session

    def after_commits(self, call: Callable[[], None]) -> None:
        """Have `call` called after each commit through this database, in the thread that made it."""

        def note(connection: Connection) -> None:
            connection.info[_COMMITTED] = True

        def tell(_raw: object, record: ConnectionPoolEntry) -> None:
            if record.info.pop(_COMMITTED, False):
                call()

        event.listen(self.engine, "commit", note)
        event.listen(self.engine, "checkin", tell)

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()
