"""What a handler writes and the completion of its job: both or neither, also when the process is killed between."""

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import text

from workflows.embedded import EmbeddedEngine, LockedJob
from workflows.errors import Conflict
from workflows.values import Variables

from .conftest import LEASE, TWO_JOBS, Clock, lock_one

KILLED = """
import os, sys
from datetime import UTC, datetime, timedelta
from sqlalchemy import text
from workflows.embedded import EmbeddedEngine, open_engine

url, moment = sys.argv[1:]
engine = EmbeddedEngine(open_engine(url), clock=lambda: datetime.fromisoformat(os.environ["NOW"]))
(job,) = engine.lock_jobs("killed", ["work"], 1, timedelta(seconds=30))
with engine.job_transaction(job) as transaction:
    transaction.connection.execute(text("INSERT INTO letter VALUES ('sent')"))
    if moment == "before completion":
        os._exit(9)
    transaction.complete({"sent": True})
    if moment == "before commit":
        os._exit(9)
if moment == "after commit":
    os._exit(9)
"""


@pytest.fixture(autouse=True)
def letters(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE letter (body varchar(20))"))


def write_letter_and_complete(engine: EmbeddedEngine, job: LockedJob, answer: Callable[[], Variables] = dict) -> None:
    with engine.job_transaction(job) as transaction:
        transaction.connection.execute(text("INSERT INTO letter VALUES ('sent')"))
        transaction.complete(answer())


def count(database: Database) -> int:
    with database.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM letter")) or 0)


def test_both_become_durable_together(engine: EmbeddedEngine, database: Database) -> None:
    engine.deploy([TWO_JOBS])
    started = engine.start("two_jobs")
    write_letter_and_complete(engine, lock_one(engine), lambda: {"sent": True})
    assert count(database) == 1
    assert engine.variables(started.id) == {"sent": True}
    assert lock_one(engine).element_id == "two"


def test_a_handler_that_fails_leaves_nothing(engine: EmbeddedEngine, database: Database) -> None:
    engine.deploy([TWO_JOBS])
    engine.start("two_jobs")
    job = lock_one(engine)
    with pytest.raises(ZeroDivisionError):
        write_letter_and_complete(engine, job, lambda: {"share": 1 / 0})
    assert count(database) == 0
    engine.fail_job(job, "division by zero", pause=timedelta(0))
    assert lock_one(engine).retries == job.retries - 1


def test_a_handler_that_lost_its_lease_leaves_nothing(engine: EmbeddedEngine, database: Database, clock: Clock) -> None:
    engine.deploy([TWO_JOBS])
    engine.start("two_jobs")
    old = lock_one(engine)
    clock.advance(minutes=1)
    new = lock_one(engine)
    with pytest.raises(Conflict):
        write_letter_and_complete(engine, old)
    assert count(database) == 0
    engine.complete_job(new)


@pytest.mark.parametrize(
    ("moment", "kept"), [("before completion", False), ("before commit", False), ("after commit", True)]
)
def test_a_killed_handler_has_done_all_or_nothing(  # noqa: PLR0917
    engine: EmbeddedEngine, database: Database, database_url: str, clock: Clock, moment: str, kept: bool
) -> None:
    engine.deploy([TWO_JOBS])
    started = engine.start("two_jobs")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, database_url, moment],
        env={"NOW": clock.now.isoformat(), "PYTHONPATH": "."},
        check=False,
    )
    assert killed.returncode == 9
    assert count(database) == int(kept)
    assert engine.variables(started.id) == ({"sent": True} if kept else {})
    clock.advance(seconds=31)
    (job,) = engine.lock_jobs("next", ["work"], 1, LEASE)
    assert job.element_id == ("two" if kept else "one")
