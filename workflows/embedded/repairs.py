"""Operators' repairs of jobs: more attempts, or none."""

from sqlalchemy import select, update

from workflows.core import commands
from workflows.embedded import audit, incidents
from workflows.embedded.ids import numbered, split
from workflows.embedded.inputs import storable
from workflows.embedded.runtime import Transaction
from workflows.embedded.tables import incident, job
from workflows.embedded.transition import Transition
from workflows.errors import InvalidInput, NotFound

_MOST = 2**31 - 1


def set_retries(transaction: Transaction, job_id: str, retries: int, *, by: str | None) -> None:
    """Say how many attempts a job has left: none makes an incident, and any resolves it."""
    if not 0 <= retries <= _MOST:
        raise InvalidInput(f"The retries of a job are a number from 0 to {_MOST}, not {retries}.")
    instance_id, number = split(job_id, "job")
    mine = (job.c.instance_id == instance_id, job.c.number == number)
    left = transaction.connection.scalar(select(job.c.retries).where(*mine))
    if left is None:
        raise NotFound(f"There is no job {job_id!r}.")
    if left == 0 and retries > 0:
        failed = select(incident.c.number).where(incident.c.resolved_at.is_(None), incident.c.wait == number)
        found = transaction.connection.scalar(failed.where(incident.c.instance_id == instance_id))
        incidents.resolve(transaction, numbered(instance_id, found or 0), retries=retries, reason="", by=by)
        return
    if retries == 0 < left:
        moving = Transition.of(transaction, instance_id, by=storable(by, "The id of who sets them"))
        moving.apply(commands.Fail(number, "It was left no attempts."))
        moving.save()
    transaction.connection.execute(update(job).where(*mine).values(retries_told=True, retries=retries))
    audit.record(transaction, instance_id, "set_retries", by=by, details=f"{job_id}: {retries}")
    transaction.bells += [transaction.runtime.jobs, transaction.runtime.chores]
