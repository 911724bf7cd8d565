"""The handlers that victims run. One writes in the transaction of its job; the others leave a line in the journal."""

import random
import time
from uuid import uuid4

from sqlalchemy import Column, Integer, MetaData, String, Table, insert
from sqlalchemy.orm import Session

from tests.crash.journal import Journal
from workers.registry import Job, job

MENDED = 7
"""The retries that an incident is resolved with, by which `break_down` sees that it was mended."""

effect = Table(
    "effect",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("job_key", String, nullable=False),
    Column("instance_id", String, nullable=False),
    Column("element_id", String, nullable=False),
)
"""What transactional handlers wrote. Nothing here keeps a row from being written twice."""


@job("record")
def record(job: Job, session: Session) -> None:
    """Take effect in the engine's database."""
    session.execute(insert(effect).values(job_key=job.key, instance_id=job.instance_id, element_id=job.element_id))
    _work()


@job("notify")
def notify(job: Job, journal: Journal) -> dict[str, str]:
    """Take effect outside of the database."""
    answer = _attempt(job, journal)
    _work()
    return {f"said_{job.element_id}": answer}


@job("stumble")
def stumble(job: Job, journal: Journal) -> None:
    """Fail all attempts but the last."""
    _attempt(job, journal)
    _work()
    if job.retries > 1:
        raise RuntimeError("not yet")


@job("break_down")
def break_down(job: Job, journal: Journal) -> None:
    """Fail until somebody resolves the incident."""
    _attempt(job, journal)
    if job.retries != MENDED:
        raise RuntimeError("not mended yet")


def _attempt(job: Job, journal: Journal) -> str:
    answer = uuid4().hex
    journal.write("attempt", key=job.key, instance=job.instance_id, element=job.element_id, answer=answer)
    return answer


def _work() -> None:
    time.sleep(random.random() * 0.004)  # noqa: S311 -- only spreads the load
