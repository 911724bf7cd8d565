"""Handlers that leave a trace in the database, and those that go wrong in every way."""

import threading
import time
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Engine as Database
from sqlalchemy import text
from sqlalchemy.orm import Session

from workers.registry import Job, Retry, job
from workflows.errors import BpmnError

RELEASED = threading.Event()
"""Lets `wait` go on."""

attempts: dict[str, int] = {}


def prepare(database: Database) -> None:
    """Make the table of the traces."""
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE effect (job_key varchar(40), instance_id varchar(40), type varchar(40))"))


def effects(database: Database) -> list[tuple[str, str, str]]:
    """Return the traces: job key, instance, job type."""
    with database.begin() as connection:
        rows = connection.execute(text("SELECT job_key, instance_id, type FROM effect"))
        return [(row.job_key, row.instance_id, row.type) for row in rows]


@job("reserve")
@job("charge")
def leave_trace(job: Job, session: Session) -> dict[str, str]:
    """Write to the database."""
    values = {"key": job.key, "instance": job.instance_id, "type": job.type}
    session.execute(text("INSERT INTO effect VALUES (:key, :instance, :type)"), values)
    return {job.type: job.key}


@job("once")
def leave_trace_and_wait(job: Job, session: Session, release: str) -> None:
    """Write to the database, say so, and wait until there is a file `release`, or to be killed."""
    leave_trace(job, session)
    print("began", flush=True)  # noqa: T201 - to the test
    while not Path(release).exists():
        time.sleep(0.01)


@job("wait")
def wait(job: Job) -> None:
    """Take as long as it takes."""
    attempts[job.key] = attempts.get(job.key, 0) + 1
    assert RELEASED.wait(60)


@job("tell_key")
def tell_key(job: Job) -> dict[str, str | None]:
    """Say which business key the job has."""
    return {"key": job.business_key}


@job("refuse")
def refuse() -> None:
    """End with an error that the diagram catches."""
    raise BpmnError("refused", "not today", {"next": date(2031, 2, 3)})


@job("later")
def later(job: Job) -> dict[str, int]:
    """Ask to be asked again, without an attempt."""
    count = attempts[job.key] = attempts.get(job.key, 0) + 1
    if count < 3:
        raise Retry(timedelta(milliseconds=50))
    return {"asked": count, "left": job.retries}


@job("fail")
def fail() -> None:
    """Never work."""
    raise RuntimeError("the printer is on fire")
