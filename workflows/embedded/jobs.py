"""Jobs: leasing them to workers, and taking their answers.

A leased job is available again when its lease runs out. Each lease has a token; the answer of an older one is refused,
so a job takes effect once, however often it ran.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, select, update

from workflows.core import commands, visible_variables
from workflows.embedded.ids import numbered, split
from workflows.embedded.inputs import checked_variables, storable
from workflows.embedded.retries import pause_before
from workflows.embedded.runtime import Transaction
from workflows.embedded.states import Stored
from workflows.embedded.tables import instance, job
from workflows.embedded.transition import Transition
from workflows.errors import Conflict, NotFound
from workflows.values import JsonValue, Variables


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


def lock(
    transaction: Transaction, worker: str, types: Collection[str], limit: int, lease: timedelta
) -> list[LockedJob]:
    """Lease up to `limit` available jobs of these types, those of high priority first, then the oldest."""
    now, token = transaction.now, secrets.token_hex(8)
    offered = (
        select(job, instance.c.business_key, instance.c.state)
        .join(instance)
        .where(job.c.type.in_(types), job.c.retries > 0, job.c.available_at <= now, instance.c.status == "active")
        .order_by(job.c.priority.desc(), job.c.created_at, job.c.instance_id, job.c.number)
        .limit(limit)
        .with_for_update(of=job, skip_locked=True)
    )
    rows = transaction.connection.execute(offered).all()
    if not rows:
        return []
    leased = {"available_at": now + lease, "worker": storable(worker, "The worker"), "token": token}
    transaction.connection.execute(
        update(job).where(job.c.instance_id == bindparam("of"), job.c.number == bindparam("which")).values(leased),
        [{"of": row.instance_id, "which": row.number} for row in rows],
    )
    states = {row.instance_id: Stored.loads(row.state).state for row in rows}
    return [_as_locked(row, visible_variables(states[row.instance_id], row.number), now + lease, token) for row in rows]


def extend(transaction: Transaction, locked: LockedJob, lease: timedelta) -> None:
    """Let a worker have its job for `lease` from now on."""
    _change(transaction, locked, available_at=transaction.now + lease)


def complete(transaction: Transaction, locked: LockedJob, variables: Mapping[str, JsonValue] | None) -> None:
    """Take what a handler answered."""
    answered = checked_variables(variables)
    moving = _open(transaction, locked)
    moving.recorder.changes.delete(job, _number(locked))
    moving.apply(commands.Complete(_number(locked), answered))
    moving.save()


def throw_error(
    transaction: Transaction, locked: LockedJob, code: str, message: str, variables: Mapping[str, JsonValue] | None
) -> None:
    """Raise a BPMN error at the job's element. If nothing catches it, the job waits with an incident."""
    answered = checked_variables(variables)
    moving = _open(transaction, locked)
    moving.apply(commands.ThrowError(_number(locked), code, message, answered))
    moving.save()


def fail(transaction: Transaction, locked: LockedJob, reason: str, pause: timedelta | None) -> None:
    """Record a failed attempt: the job is offered again after a pause, or becomes an incident after its last one."""
    row = _leased(transaction, locked)
    if row.retries > 1:
        failures = row.failures + 1
        wait = pause_before(failures, row.retry_cycle) if pause is None else pause
        again = {"retries": row.retries - 1, "failures": failures, "available_at": transaction.now + wait}
        _change(transaction, locked, token=None, **again)
    else:
        moving = _open(transaction, locked)
        moving.apply(commands.Fail(row.number, reason))
        moving.save()


def postpone(transaction: Transaction, locked: LockedJob, pause: timedelta) -> None:
    """Offer the job again after a pause, without counting an attempt."""
    _change(transaction, locked, available_at=transaction.now + pause, token=None)


def _open(transaction: Transaction, locked: LockedJob) -> Transition:
    """Open the job's instance, if the lease still counts."""
    try:
        moving = Transition.of(transaction, locked.instance_id)
    except (NotFound, Conflict):
        raise _refusal(locked) from None
    _leased(transaction, locked, lock=True)
    return moving


def _leased(transaction: Transaction, locked: LockedJob, *, lock: bool = False) -> Row[Any]:
    """Return the job's row if this lease still counts, else raise `Conflict`."""
    query: Select[Any] = select(job).where(*_lease(locked))
    found = transaction.connection.execute(query.with_for_update() if lock else query)
    row: Row[Any] | None = found.one_or_none()
    if row is None:
        raise _refusal(locked)
    return row


def _change(transaction: Transaction, locked: LockedJob, **values: object) -> None:
    if transaction.connection.execute(update(job).where(*_lease(locked)).values(values)).rowcount == 0:
        raise _refusal(locked)


def _lease(locked: LockedJob) -> tuple[ColumnElement[bool], ...]:
    return (job.c.instance_id == locked.instance_id, job.c.number == _number(locked), job.c.token == locked.token)


def _number(locked: LockedJob) -> int:
    return split(locked.id, "job")[1]


def _refusal(locked: LockedJob) -> Conflict:
    return Conflict(
        f"The job {locked.id!r} ({locked.type}) is not leased to you any more: its lease ran out, or it ended."
    )


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
