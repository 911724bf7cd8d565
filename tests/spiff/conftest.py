"""An embedded engine on SQLite, opened anew as often as a test likes, with a clock that tests move."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine as Database

from workflows.embedded import EmbeddedEngine, open_engine
from workflows.embedded.schema import upgrade
from workflows.testing import Clock
from workflows.values import Variables


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    database = open_engine(sqlite_url)
    upgrade(database)
    yield database
    database.dispose()


@pytest.fixture
def new_engine(database: Database, clock: Clock) -> Callable[..., EmbeddedEngine]:
    """Make another engine on the same database, as a restarted process would."""
    return lambda **options: EmbeddedEngine(database, clock=clock, **options)


def answer_job(engine: EmbeddedEngine, job_type: str, answer: Variables | None = None) -> None:
    """Complete the one job that must be there."""
    (job,) = engine.lock_jobs("worker", [job_type], 10, timedelta(seconds=30))
    engine.complete_job(job, answer)
