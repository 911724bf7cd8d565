"""Handlers that leave a trace, for the processes of these tests."""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from workers.registry import Job, Retry, job
from workflows.errors import BpmnError


@job("count")
def count(job: Job, session: Session) -> dict[str, Any]:
    """Leave a row, in the transaction that completes the job."""
    session.execute(text("INSERT INTO done (job) VALUES (:key)"), {"key": job.key})
    return {"done": job.key}


@job("behave")
def behave(job: Job, folder: Path, behaviour: str) -> dict[str, Any]:
    """Do as the variable says; each attempt leaves a line in a file named after the instance."""
    file = folder / f"attempts of {job.instance_id}"
    with file.open("a") as lines:
        lines.write(f"{job.key} {os.getpid()}\n")
    attempts = len(file.read_text().splitlines())
    match behaviour:
        case "fail twice" if attempts <= 2:
            raise RuntimeError("the printer is on fire")
        case "fail":
            raise RuntimeError("the printer is on fire")
        case "throw":
            raise BpmnError("NO_PAPER", "There is no paper.")
        case "ask again" if attempts == 1:
            raise Retry(timedelta(seconds=0.2))
        case "hang" if attempts == 1:
            time.sleep(3600)
        case "wrong":
            return {"answer": object()}
    return {"attempts": attempts}
