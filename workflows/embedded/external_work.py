"""What workers elsewhere do with external tasks: fetch and lock them, keep them, answer for them.

Here a lease is known by the name of its worker instead of its token, as Camunda's workers do not send more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import ColumnElement, Row, select, tuple_, update

from workflows.core import local_variables, process_variables, visible_variables
from workflows.embedded import audit, jobs
from workflows.embedded.effects import CONTINUATION
from workflows.embedded.external_tasks import TASKS, as_task, find
from workflows.embedded.inputs import storable
from workflows.embedded.jobs import Failure
from workflows.embedded.offers import JOBS, Wish, first_of, lock_offered, lock_wished
from workflows.embedded.paging import equal
from workflows.embedded.runtime import Transaction
from workflows.embedded.states import Stored, read_documents
from workflows.embedded.tables import definition, instance, job
from workflows.errors import Conflict, InvalidInput
from workflows.external_tasks import ExternalTask, FetchOrder, Topic
from workflows.values import JsonValue, Variables

_PAGE = 100
"""Tasks that are looked at together when only those with certain variables are wanted."""

_MOST = 2**31 - 1
"""Numbers up to this fit into an integer of every database."""


@dataclass(frozen=True, slots=True)
class Held:
    """A task that a worker has: what `jobs` asks of a lease."""

    id: str
    type: str
    instance_id: str
    token: str


def fetch(
    transaction: Transaction, worker: str, topics: Sequence[Topic], limit: int, order: FetchOrder
) -> list[ExternalTask]:
    """Lock up to `limit` tasks of these topics; of one that is named twice, the later counts."""
    wanted = {topic.name: topic for topic in topics if topic.name != CONTINUATION}
    plain = [topic.name for topic in wanted.values() if order == FetchOrder() and not _is_choosy(topic)]
    found = lock_offered(transaction.connection, plain, transaction.now, limit)
    for topic in wanted.values():
        if topic.name not in plain:
            found += _chosen(transaction, topic, limit, order)
    rows = first_of(found, order, limit)
    now = transaction.now
    _, stored = jobs.give_out(transaction, rows, worker, lambda row: now + wanted[row.type].lock)
    keys = [(row.instance_id, row.number) for row in rows]
    read = transaction.connection.execute(TASKS.where(tuple_(job.c.instance_id, job.c.number).in_(keys)))
    locked = {(row.instance_id, row.number): row for row in read}
    return [
        as_task(locked[row.instance_id, row.number], _seen(wanted[row.type], stored[row.instance_id], row.number))
        for row in rows
    ]


def held(transaction: Transaction, task_id: str, worker: str, what: str) -> Held:
    """Return the lease that a worker has on a task; `Conflict` says that `what` it wants can't be."""
    row = find(transaction.connection, task_id)
    if row.token is None or row.worker != worker:
        holder = row.worker if row.token is not None else None
        raise Conflict(f"External Task {task_id} {what} by worker '{worker}'. It is locked by worker '{holder}'.")
    return Held(task_id, row.type, row.instance_id, row.token)


def complete(
    transaction: Transaction,
    task_id: str,
    worker: str,
    variables: Mapping[str, JsonValue] | None,
    local_variables: Mapping[str, JsonValue] | None,
) -> None:
    """Complete a task."""
    lease = held(transaction, task_id, worker, "cannot be completed")
    jobs.complete(transaction, lease, variables, local_variables)


def fail(
    transaction: Transaction,
    task_id: str,
    worker: str,
    failure: Failure,
    *,
    variables: Mapping[str, JsonValue] | None,
    local_variables: Mapping[str, JsonValue] | None,
) -> None:
    """Record a failed attempt, and the variables that it leaves."""
    if failure.retries is not None and not 0 <= failure.retries <= _MOST:
        raise InvalidInput(f"The retries of a task are a number from 0 to {_MOST}, not {failure.retries}.")
    lease = held(transaction, task_id, worker, "cannot be failed")
    if variables or local_variables:
        jobs.leave_variables(transaction, lease, variables, local_variables)
    jobs.fail(transaction, lease, failure)


def throw_error(
    transaction: Transaction,
    task_id: str,
    worker: str,
    code: str,
    message: str,
    *,
    variables: Mapping[str, JsonValue] | None,
) -> None:
    """End a task with a BPMN error."""
    lease = held(transaction, task_id, worker, "cannot be ended by a BPMN error")
    jobs.throw_error(transaction, lease, code, message, variables)


def extend(transaction: Transaction, task_id: str, worker: str, lock: timedelta) -> None:
    """Let a worker have its task for `lock` from now on."""
    lease = held(transaction, task_id, worker, "cannot be locked for longer")
    jobs.extend(transaction, lease, lock)


def lock(transaction: Transaction, task_id: str, worker: str, lock: timedelta) -> None:
    """Lock one task for a worker, if nobody else has it."""
    row = find(transaction.connection, task_id, JOBS.where(job.c.type != CONTINUATION).with_for_update(of=job))
    if row.token is not None and row.worker != worker and row.available_at > transaction.now:
        raise Conflict(
            f"External Task {task_id} cannot be locked by worker '{worker}'. It is locked by worker '{row.worker}'."
        )
    if row.retries == 0:
        raise Conflict(f"External Task {task_id} cannot be locked: it has no retries left.")
    jobs.give_out(transaction, [row], worker, lambda _: transaction.now + lock)


def unlock(transaction: Transaction, task_id: str, *, by: str | None) -> None:
    """Offer a task again, whoever has it."""
    row = find(transaction.connection, task_id)
    _change(transaction, row, worker=None, token=None, available_at=transaction.now)
    _audit(transaction, row, "unlock", by, task_id)
    transaction.bells.append(transaction.runtime.jobs)


def set_priority(transaction: Transaction, task_id: str, priority: int, *, by: str | None) -> None:
    """Give a task another priority."""
    if not -_MOST <= priority <= _MOST:
        raise InvalidInput(f"A priority is a number from -{_MOST} to {_MOST}, not {priority}.")
    row = find(transaction.connection, task_id)
    _change(transaction, row, priority=priority)
    _audit(transaction, row, "set_priority", by, f"{task_id}: {priority}")


def _is_choosy(topic: Topic) -> bool:
    return topic != Topic(topic.name, topic.lock, topic.variables, topic.local_variables)


def _chosen(transaction: Transaction, topic: Topic, limit: int, order: FetchOrder) -> list[Row[Any]]:
    """Find the first tasks that a topic's filters let through."""
    wish = Wish(topic.name, tuple(_conditions(topic)))
    connection, now = transaction.connection, transaction.now
    if not topic.process_variables:
        return list(lock_wished(connection, wish, now, limit, order=order))
    found: list[Row[Any]] = []
    for offset in count(0, _PAGE):
        rows = lock_wished(connection, wish, now, _PAGE, order=order, offset=offset)
        found += _with_variables(transaction, rows, topic.process_variables)
        if len(rows) < _PAGE or len(found) >= limit:
            break
    return found


def _with_variables(
    transaction: Transaction, rows: Sequence[Row[Any]], wanted: Mapping[str, JsonValue]
) -> Iterator[Row[Any]]:
    documents = read_documents(transaction.connection, {row.instance_id for row in rows})
    values = {found: process_variables(Stored.of(document).state) for found, document in documents.items()}
    for row in rows:
        known = values.get(row.instance_id, {})
        if all(name in known and known[name] == value for name, value in wanted.items()):
            yield row


def _conditions(topic: Topic) -> Iterator[ColumnElement[bool]]:
    yield from equal((instance.c.business_key, topic.business_key))
    if topic.definition_ids:
        yield instance.c.definition_id.in_([storable(each, "The definition id") for each in topic.definition_ids])
    if topic.process_ids:
        yield job.c.process_id.in_([storable(each, "The process id") for each in topic.process_ids])
    if topic.version_tag is not None:
        tagged = definition.c.version_tag == storable(topic.version_tag, "The version tag")
        yield instance.c.definition_id.in_(select(definition.c.id).where(tagged))


def _seen(topic: Topic, stored: Stored, number: int) -> Variables:
    """The variables of a task that a worker asks for."""
    seen = (local_variables if topic.local_variables else visible_variables)(stored.state, number)
    return seen if topic.variables is None else {name: seen[name] for name in topic.variables if name in seen}


def _change(transaction: Transaction, row: Row[Any], **values: object) -> None:
    mine = (job.c.instance_id == row.instance_id, job.c.number == row.number)
    transaction.connection.execute(update(job).where(*mine).values(values))


def _audit(transaction: Transaction, row: Row[Any], action: str, by: str | None, details: str) -> None:
    audit.record(transaction, row.instance_id, action, by=by, details=details)
