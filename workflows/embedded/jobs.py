"""Jobs: leasing them to workers, and taking their answers.

A leased job is available again when its lease runs out. Each lease has a token; the answer of an older one is refused,
so a job takes effect once, however often it ran.
"""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Row, bindparam, select, tuple_, update

from workflows.core import commands, visible_variables
from workflows.embedded.ids import numbered, split
from workflows.embedded.inputs import checked_variables, readable, storable
from workflows.embedded.offers import JOBS, lock_offered
from workflows.embedded.retries import pause_before
from workflows.embedded.runtime import Transaction
from workflows.embedded.states import Stored
from workflows.embedded.tables import instance, job
from workflows.embedded.transition import Transition, save_all
from workflows.errors import Conflict, NotFound, WorkflowError
from workflows.values import JsonValue, Variables


class Lease(Protocol):
    """What shows that a job is somebody's: the token of its lease."""

    @property
    def id(self) -> str:
        """The id of the job."""

    @property
    def type(self) -> str:
        """Its type."""

    @property
    def instance_id(self) -> str:
        """The instance that it belongs to."""

    @property
    def token(self) -> str:
        """What is refused once another lease has begun."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed. `retries` says how many are left, None counts one down; `pause` is the time before the
    next one, None what the diagram says, or one that grows."""

    reason: str
    details: str | None = None
    retries: int | None = None
    pause: timedelta | None = None


@dataclass(frozen=True, slots=True)
class LockedJob:
    """A job that one worker has until `lease_expires` (or longer, if nobody else asks for it).

    `id` is the same each time the job is tried, so that handlers can recognise it. `retries` counts the attempts that
    are left, this one included.
    """

    id: str
    type: str
    instance_id: str
    process_id: str
    element_id: str
    business_key: str | None
    variables: Variables
    headers: Mapping[str, str]
    retries: int
    lease_expires: datetime
    token: str = field(repr=False)

    @property
    def key(self) -> str:
        """What stays the same over retries."""
        return self.id


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler answered for a job: the variables that it sets."""

    job: LockedJob
    variables: Mapping[str, JsonValue] | None = None


_HANDED_OVER = JOBS.where(
    job.c.instance_id == bindparam("of_instance"),
    job.c.number == bindparam("of_number"),
    job.c.token == bindparam("lease"),
    instance.c.status == "active",
).with_for_update(of=job)
_LEASE = (
    update(job)
    .where(job.c.instance_id == bindparam("of_instance"), job.c.number == bindparam("of_number"))
    .values(available_at=bindparam("until"), worker=bindparam("holder"), token=bindparam("lease"))
)


def lock(
    transaction: Transaction, worker: str, types: Collection[str], limit: int, lease: timedelta
) -> list[LockedJob]:
    """Lease up to `limit` available jobs of these types, those of high priority first, then the oldest."""
    rows = lock_offered(transaction.connection, types, transaction.now, limit)
    until = transaction.now + lease
    token, stored = give_out(transaction, rows, worker, lambda _: until)
    return [_as_locked(row, visible_variables(stored[row.instance_id].state, row.number), until, token) for row in rows]


def give_out(
    transaction: Transaction, rows: Sequence[Row[Any]], worker: str, until: Callable[[Row[Any]], datetime]
) -> tuple[str, Mapping[str, Stored]]:
    """Lease jobs, given by rows of `JOBS`; return the token, and the states of their instances by id."""
    token = secrets.token_hex(8)
    if not rows:
        return token, {}
    held = {"holder": storable(worker, "The worker"), "lease": token}
    keys = [{"of_instance": row.instance_id, "of_number": row.number, "until": until(row), **held} for row in rows]
    transaction.connection.execute(_LEASE, keys)
    instances = {row.id: row for row in rows}
    stored = transaction.take_states(instances.values())
    transaction.states.update({found: (instances[found].revision, each) for found, each in stored.items()})
    return token, stored


def take_over(transaction: Transaction, job_id: str, token: str, worker: str, lease: timedelta) -> LockedJob:
    """Lease a job that is leased under `token` to another worker: that token is refused from then on."""
    instance_id, number = split(job_id, "job")
    handed = {"of_instance": instance_id, "of_number": number, "lease": token}
    row = transaction.connection.execute(_HANDED_OVER, handed).one_or_none()
    if row is None:
        raise _lost(job_id)
    new, until = secrets.token_hex(8), transaction.now + lease
    held = {"until": until, "holder": storable(worker, "The worker"), "lease": new}
    transaction.connection.execute(_LEASE, [{"of_instance": instance_id, "of_number": number, **held}])
    stored = transaction.take_states([row])[instance_id]
    transaction.states[instance_id] = (row.revision, stored)
    return _as_locked(row, visible_variables(stored.state, number), until, new)


def extend(transaction: Transaction, locked: Lease, lease: timedelta) -> None:
    """Let a worker have its job for `lease` from now on."""
    _change(transaction, locked, available_at=transaction.now + lease)


def complete(
    transaction: Transaction,
    locked: Lease,
    variables: Mapping[str, JsonValue] | None,
    local_variables: Mapping[str, JsonValue] | None = None,
) -> None:
    """Take what a handler answered; its local variables are seen by the element's output mappings alone."""
    checked_variables(variables)
    local = checked_variables(local_variables)
    moving = _open(transaction, locked)
    if local:
        moving.apply(commands.SetVariables(local, _number(locked), local=True))
    _take(moving, locked, variables)
    moving.save()


def complete_free(transaction: Transaction, answers: Sequence[Answer]) -> list[bool]:
    """Take many answers with few statements: of jobs that are still leased, and whose instances nobody else moves.

    Return which were taken. The others are as they were, whatever stands in their way: `complete` says it.
    """
    moving = Transition.of_free(transaction, {answer.job.instance_id for answer in answers})
    leased = _leased_of(transaction, [answer.job for answer in answers if answer.job.instance_id in moving])
    taken: dict[str, list[int]] = {}
    for index, answer in enumerate(answers):
        instance_id = answer.job.instance_id
        if answer.job.token != leased.get(answer.job.id) or instance_id not in moving or transaction.is_long():
            continue
        try:
            _take(moving[instance_id], answer.job, answer.variables)
        except WorkflowError:  # its instance is as it was, for `complete` to find out more
            del moving[instance_id]
            taken.pop(instance_id, None)
        else:
            taken.setdefault(instance_id, []).append(index)
    save_all([moving[instance_id] for instance_id in taken])
    done = {index for indexes in taken.values() for index in indexes}
    return [index in done for index in range(len(answers))]


def _take(moving: Transition, locked: Lease, variables: Mapping[str, JsonValue] | None) -> None:
    number = _number(locked)
    moving.apply(commands.Complete(number, checked_variables(variables)))
    moving.recorder.changes.delete(job, number)


def throw_error(
    transaction: Transaction, locked: Lease, code: str, message: str, variables: Mapping[str, JsonValue] | None
) -> None:
    """Raise a BPMN error at the job's element. If nothing catches it, the job waits with an incident."""
    answered = checked_variables(variables)
    moving = _open(transaction, locked)
    moving.apply(commands.ThrowError(_number(locked), code, message, answered))
    moving.save()


def fail(transaction: Transaction, locked: Lease, failure: Failure) -> None:
    """Record a failed attempt: the job is offered again after a pause, or becomes an incident after its last one."""
    row = _leased(transaction, locked)
    left = row.retries - 1 if failure.retries is None else failure.retries
    told = {
        "error_message": readable(failure.reason),
        "error_details": None if failure.details is None else readable(failure.details),
        "retries_told": row.retries_told or failure.retries is not None,
    }
    if left > 0:
        failures = row.failures + 1
        wait = pause_before(failures, row.retry_cycle) if failure.pause is None else failure.pause
        again = {"retries": left, "failures": failures, "available_at": transaction.now + wait}
        _change(transaction, locked, token=None, worker=None, **again, **told)
    else:
        moving = _open(transaction, locked)
        _change(transaction, locked, **told)
        moving.apply(commands.Fail(row.number, failure.reason))
        moving.save()


def leave_variables(
    transaction: Transaction,
    locked: Lease,
    variables: Mapping[str, JsonValue] | None,
    local_variables: Mapping[str, JsonValue] | None,
) -> None:
    """Set variables of a job that is not done, for its next attempt."""
    values, local = checked_variables(variables), checked_variables(local_variables)
    moving = _open(transaction, locked)
    number = _number(locked)
    moving.apply(commands.SetVariables(values, number))
    moving.apply(commands.SetVariables(local, number, local=True))
    moving.save()


def postpone(transaction: Transaction, locked: LockedJob, pause: timedelta) -> None:
    """Offer the job again after a pause, without counting an attempt."""
    _change(transaction, locked, available_at=transaction.now + pause, token=None)


def _open(transaction: Transaction, locked: Lease) -> Transition:
    """Open the job's instance, if the lease still counts."""
    try:
        moving = Transition.of(transaction, locked.instance_id)
    except (NotFound, Conflict):
        raise _refusal(locked) from None
    _leased(transaction, locked, lock=True)
    return moving


_LEASED = select(job).where(
    job.c.instance_id == bindparam("of_instance"),
    job.c.number == bindparam("of_number"),
    job.c.token == bindparam("lease"),
)
_LEASED_ALONE = _LEASED.with_for_update()
_LEASED_OF = (
    select(job.c.instance_id, job.c.number, job.c.token)
    .where(tuple_(job.c.instance_id, job.c.number).in_(bindparam("keys", expanding=True)))
    .with_for_update(skip_locked=True)
)


def _leased(transaction: Transaction, locked: Lease, *, lock: bool = False) -> Row[Any]:
    """Return the job's row if this lease still counts, else raise `Conflict`."""
    key = {"of_instance": locked.instance_id, "of_number": _number(locked), "lease": locked.token}
    row = transaction.connection.execute(_LEASED_ALONE if lock else _LEASED, key).one_or_none()
    if row is None:
        raise _refusal(locked)
    return row


def _leased_of(transaction: Transaction, jobs: Sequence[LockedJob]) -> dict[str, str]:
    """Return the tokens of the leases that count now, by the ids of those of these jobs that nobody else changes."""
    if not jobs:
        return {}
    keys = [(locked.instance_id, _number(locked)) for locked in jobs]
    rows = transaction.connection.execute(_LEASED_OF, {"keys": keys})
    return {numbered(instance_id, number): token for instance_id, number, token in rows}


def _change(transaction: Transaction, locked: Lease, **values: object) -> None:
    if transaction.connection.execute(update(job).where(*_lease(locked)).values(values)).rowcount == 0:
        raise _refusal(locked)


def _lease(locked: Lease) -> tuple[ColumnElement[bool], ...]:
    return (job.c.instance_id == locked.instance_id, job.c.number == _number(locked), job.c.token == locked.token)


def _number(locked: Lease) -> int:
    return split(locked.id, "job")[1]


def _refusal(locked: Lease) -> Conflict:
    return _lost(f"{locked.id!r} ({locked.type})")


def _lost(job: str) -> Conflict:
    return Conflict(f"The job {job} is not leased to you any more: its lease ran out, or it ended.")


def _as_locked(row: Row[Any], variables: Variables, lease_expires: datetime, token: str) -> LockedJob:
    return LockedJob(
        id=numbered(row.instance_id, row.number),
        type=row.type,
        instance_id=row.instance_id,
        process_id=row.process_id,
        element_id=row.element_id,
        business_key=row.business_key,
        variables=variables,
        headers=row.headers,
        retries=row.retries,
        lease_expires=lease_expires,
        token=token,
    )
