"""The task that runs a job of a process, with the handlers and the answers of every other worker.

The message names the job and the lease under which it was sent, and nothing that a patient has entered. Whoever runs it
takes the lease over: a message that comes twice, or late, finds a lease that is not its own, and does nothing.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from workers.celery import logs
from workers.celery.workplace import Workplace
from workflows.embedded import LockedJob
from workflows.errors import Conflict, NotFound, WorkflowError

RUN = "dams.jobs.run"
QUEUE = "dams.jobs"

_log = logging.getLogger(__name__)


def run(place: Workplace, job_id: str, token: str) -> None:
    """Have a job done, unless it is not this message's any more."""
    try:
        job = place.engine.take_over(job_id, token, place.name, place.lease)
    except (Conflict, NotFound) as error:
        _log.info("%s", error)
        return
    facts = {"job_id": job.id, "job_type": job.type, "instance_id": job.instance_id, "process_id": job.process_id}
    with logs.telling(**facts, retries=job.retries), _kept(place, job):
        try:
            _settle(place, job)
        except (Conflict, NotFound) as error:
            _log.info("The job is not ours any more: %s", error)
        else:
            _log.info("The job is settled")


def _settle(place: Workplace, job: LockedJob) -> None:
    answer = place.attempts.run(job)
    if answer is None:
        return
    try:
        place.engine.complete_job(job, answer.variables)
    except WorkflowError as refusal:
        place.attempts.refused(job, refusal)


@contextmanager
def _kept(place: Workplace, job: LockedJob) -> Iterator[None]:
    """Keep the lease of a job alive while the block runs."""
    ended = threading.Event()

    def keep() -> None:
        while not ended.wait(place.lease.total_seconds() / 3):
            try:
                place.engine.extend_lease(job, place.lease)
            except (Conflict, NotFound):
                return
            except Exception:  # noqa: BLE001 -- reported; the next round may find the database again
                _log.exception("The lease of job %s could not be extended", job.id)

    thread = threading.Thread(target=keep, name="lease")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


TASKS = {RUN: run}
