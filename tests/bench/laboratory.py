"""What the benches of the engine share: databases, workers in processes of their own, waiting for the end."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Engine as Database
from sqlalchemy import func, select

from tests.servers.postgres import running_postgres
from tests.servers.programs import ServerMissingError
from workflows.embedded import open_engine
from workflows.embedded.schema import upgrade
from workflows.embedded.tables import instance, state_record

_ROOT = Path(__file__).parents[2]


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Give the URLs of new databases with the engine's tables, all durable, by the names of their kinds."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        urls = {"SQLite": f"sqlite:///{folder}/bench.db"}
        try:
            cluster = stack.enter_context(running_postgres(durable=True))
            urls["PostgreSQL"] = cluster.url(cluster.create_database())
        except ServerMissingError as missing:
            say("engine", "PostgreSQL", f"left out: {missing}")
        for url in urls.values():
            with opened(url) as database:
                upgrade(database)
        yield urls


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """Give a database until the end of the block."""
    database = open_engine(url)
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def working(url: str, *more: str) -> Iterator["subprocess.Popen[str]"]:
    """Let a process work on the jobs of a database, or of `more`, until the end of the block; see `worker.py`."""
    command = [sys.executable, "-m", "tests.bench.worker", url, *more]
    with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        assert process.stdin is not None
        process.stdin.close()


def wait_until_all_have_ended(database: Database) -> None:
    """Return when no instance runs any more."""
    running = select(func.count()).select_from(instance).where(instance.c.ended_at.is_(None))
    while True:
        with database.connect() as connection:
            if not connection.scalar(running):
                return
        time.sleep(0.01)


def stored_size(database: Database, instance_id: str) -> int:
    """Return how many characters the database has of the state of an instance."""
    whole = select(func.length(instance.c.state)).where(instance.c.id == instance_id)
    parts = select(func.coalesce(func.sum(func.length(state_record.c.value)), 0)).where(
        state_record.c.instance_id == instance_id
    )
    with database.connect() as connection:
        return int(connection.scalar(whole) or 0) + int(connection.scalar(parts) or 0)


def resident_megabytes(pid: int) -> float:
    """Return how much memory a process has, as Linux counts it."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def say(bench: str, what: str, figure: str) -> None:
    """Print one line."""
    print(f"{bench}: {what:<58} {figure}", flush=True)  # noqa: T201
