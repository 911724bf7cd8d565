"""The embedded engine with nothing to set up: for tests, and for trying things out.

It is the engine that runs in production, on a database that costs nothing, so its answers are those of production. The
database is a SQLite file in memory where the system has a file system there (Linux: /dev/shm), else among the temporary
files, and is never forced to disk. SQLite's own `:memory:` would be another thing: there a reader can't look while
another connection writes, which it can in a file with a write-ahead log.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine as Database
from sqlalchemy import event, func, select

from workflows.diagrams.graph import Graph
from workflows.embedded import EmbeddedEngine, open_engine
from workflows.embedded.schema import upgrade
from workflows.embedded.tables import delivery, job, start_subscription, timer
from workflows.scripts import ScriptRunner
from workflows.spiff.python import PythonWorkflow
from workflows.testing.clock import Clock

_MEMORY = Path("/dev/shm")  # noqa: S108 -- only the parent of folders with random names


class InMemoryEngine(EmbeddedEngine):
    """The whole port, the whole job interface, and a `clock` to move; `close`, or leaving `with`, forgets everything.

    Any number of threads may use it. `database` is what it stands on, for handlers whose tables lie beside the
    engine's. Nothing happens by itself: `background.run_once()` does what is due at the time of the clock. `cores`
    and `workflows` are those of `EmbeddedEngine`.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        scripts: ScriptRunner | None = None,
        cores: Mapping[str, str] | None = None,
        workflows: Iterable[PythonWorkflow] = (),
    ) -> None:
        self.clock = clock or Clock()
        self._folder = tempfile.TemporaryDirectory(prefix="dams-", dir=_memory())
        self.database = _new_database(Path(self._folder.name) / "engine.db")
        super().__init__(
            self.database, clock=self.clock, scripts=scripts or _shared_scripts(), cores=cores, workflows=workflows
        )

    def close(self) -> None:
        """Stop the background, if it was started, and remove the database."""
        self.background.stop()
        self.database.dispose()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def graph(self, definition_id: str) -> Graph:
        """Return what a definition was compiled to; `NotFound` if there is none."""
        self.diagram(definition_id)
        with self._runtime.read() as connection:
            return self._runtime.definition(connection, definition_id).graph

    def next_due(self) -> datetime | None:
        """Return the next time after that of the clock at which something is due by itself, None if nothing is.

        That is a timer, a job whose back-off or lease ends then, or what one instance has to tell another.
        """
        dues = (
            select(func.min(timer.c.due_at)).where(timer.c.due_at > self.clock()),
            select(func.min(start_subscription.c.due_at)).where(start_subscription.c.due_at > self.clock()),
            select(func.min(job.c.available_at)).where(job.c.retries > 0, job.c.available_at > self.clock()),
            select(func.min(delivery.c.due_at)).where(delivery.c.due_at > self.clock()),
        )
        with self.database.connect() as connection:
            found = [connection.scalar(due) for due in dues]
        return min((due for due in found if due is not None), default=None)


def _memory() -> Path | None:
    return _MEMORY if os.access(_MEMORY, os.W_OK) else None


def _new_database(path: Path) -> Database:
    path.write_bytes(_empty_database())
    return _open(path)


@cache
def _empty_database() -> bytes:
    """A file with the engine's tables and nothing in them: made once, because migrations take their time."""
    folder = Path(tempfile.mkdtemp(prefix="dams-"))
    try:
        database = _open(folder / "empty.db")
        upgrade(database)
        database.dispose()  # the last connection writes the log back into the file
        return (folder / "empty.db").read_bytes()
    finally:
        shutil.rmtree(folder)


def _open(path: Path) -> Database:
    database = open_engine(f"sqlite:///{path}")
    event.listen(database, "connect", _never_wait_for_disk)
    return database


def _never_wait_for_disk(connection: Any, _entry: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


@cache
def _shared_scripts() -> ScriptRunner:
    """One runner for all engines of this process: its child starts with the first script, and lasts."""
    runner = ScriptRunner(processes=1)
    atexit.register(runner.close)
    return runner
