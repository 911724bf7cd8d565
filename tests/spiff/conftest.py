"""An embedded engine on SQLite, opened anew as often as a test likes, with a clock that tests move."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine as Database

from workflows.embedded import EmbeddedEngine, open_engine
from workflows.embedded.schema import upgrade
from workflows.values import Variables


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        """Move on by a span, given as for `timedelta`."""
        self.now += timedelta(**span)


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
