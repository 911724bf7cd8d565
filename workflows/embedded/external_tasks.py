"""External tasks: the jobs of instances that are moved here, as workers elsewhere and operators see them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select, tuple_

from workflows.embedded.effects import CONTINUATION
from workflows.embedded.ids import is_id, numbered, split
from workflows.embedded.inputs import storable
from workflows.embedded.paging import count, equal, ordered, page, within
from workflows.embedded.tables import definition, instance, job
from workflows.engine import InstanceState
from workflows.errors import NotFound
from workflows.external_tasks import ExternalTask, ExternalTaskOrder, ExternalTaskQuery
from workflows.values import Variables

_ALL = (
    select(job, *(instance.c[name] for name in ("business_key", "definition_id", "status")), definition.c.version_tag)
    .select_from(job)
    .join(instance)
    .join(definition)
)
TASKS = _ALL.where(job.c.type != CONTINUATION)
"""External tasks with what there is to know of their instances."""

_ORDERS = {
    ExternalTaskOrder.ID: job.c.instance_id,
    ExternalTaskOrder.CREATED: job.c.created_at,
    ExternalTaskOrder.PRIORITY: job.c.priority,
    ExternalTaskOrder.LOCKED_UNTIL: job.c.available_at,
    ExternalTaskOrder.DEFINITION_ID: instance.c.definition_id,
    ExternalTaskOrder.PROCESS_ID: job.c.process_id,
}


def list_tasks(connection: Connection, query: ExternalTaskQuery, now: datetime) -> list[ExternalTask]:
    """List the tasks that are not done."""
    chosen = ordered(_ORDERS[query.order], descending=query.descending)
    found = _found(query, now).order_by(chosen, job.c.created_at, job.c.instance_id, job.c.number)
    return [as_task(row) for row in connection.execute(page(found, limit=query.limit, offset=query.offset))]


def count_tasks(connection: Connection, query: ExternalTaskQuery, now: datetime) -> int:
    """Count them, whatever the query's offset and limit."""
    return count(connection, _found(query, now).with_only_columns(job.c.number))


def list_topics(connection: Connection, query: ExternalTaskQuery, now: datetime) -> list[str]:
    """List the topics that have tasks of this query, in order."""
    found = _found(query, now).with_only_columns(job.c.type).distinct().order_by(job.c.type)
    return list(connection.scalars(found))


def get(connection: Connection, task_id: str) -> ExternalTask:
    """Return one task; `NotFound` if there is none, or none any more."""
    return as_task(find(connection, task_id))


def find(connection: Connection, task_id: str, query: Select[Any] = TASKS) -> Row[Any]:
    """Return the row of `query` of one task; `NotFound` if there is none, or none any more."""
    instance_id, number = split(task_id, "external task")
    mine = (job.c.instance_id == instance_id, job.c.number == number)
    row = connection.execute(query.where(*mine)).one_or_none()
    if row is None:
        raise NotFound(f"There is no external task {task_id!r}.")
    return row


def as_task(row: Row[Any], variables: Variables | None = None) -> ExternalTask:
    """Return the port's value for a row of `TASKS`."""
    locked = row.token is not None
    return ExternalTask(
        id=numbered(row.instance_id, row.number),
        topic=row.type,
        instance_id=row.instance_id,
        process_id=row.process_id,
        definition_id=row.definition_id,
        version_tag=row.version_tag,
        element_id=row.element_id,
        activity_id=None if row.activity is None else numbered(row.instance_id, row.activity),
        business_key=row.business_key,
        created_at=row.created_at,
        priority=row.priority,
        retries=row.retries if row.retries_told or row.failures or row.retries == 0 else None,
        suspended=row.status == InstanceState.SUSPENDED,
        worker=row.worker if locked else None,
        locked_until=row.available_at if locked else None,
        error_message=row.error_message,
        error_details=row.error_details,
        attempts=row.retries,
        properties=row.headers,
        variables=variables or {},
    )


def _found(query: ExternalTaskQuery, now: datetime) -> Select[Any]:
    own = job.c.type == CONTINUATION
    return _ALL.where(own if query.continuations else ~own, *_conditions(query, now))


def _conditions(query: ExternalTaskQuery, now: datetime) -> Iterator[ColumnElement[bool]]:
    yield from equal(
        (job.c.type, query.topic),
        (job.c.worker, query.worker),
        (instance.c.definition_id, query.definition_id),
        (job.c.process_id, query.process_id),
    )
    if query.ids:
        keys = [split(each, "external task") for each in query.ids if is_id(each.replace(":", "", 1))]
        yield tuple_(job.c.instance_id, job.c.number).in_(keys)
    if query.instance_ids:
        yield job.c.instance_id.in_([each for each in query.instance_ids if is_id(each)])
    if query.element_ids:
        yield job.c.element_id.in_([storable(each, "The element id") for each in query.element_ids])
    yield from _states(query, now)


def _states(query: ExternalTaskQuery, now: datetime) -> Iterator[ColumnElement[bool]]:
    locked = and_(job.c.token.is_not(None), job.c.available_at > now)
    if query.locked is not None:
        yield locked if query.locked else or_(job.c.token.is_(None), job.c.available_at <= now)
    if query.worker is not None or query.locked_before is not None or query.locked_after is not None:
        yield job.c.token.is_not(None)
    if query.retries_left is not None:
        yield job.c.retries > 0 if query.retries_left else job.c.retries == 0
    if query.suspended is not None:
        status = InstanceState.SUSPENDED if query.suspended else InstanceState.ACTIVE
        yield instance.c.status == str(status)
    yield from within(job.c.available_at, query.locked_after, query.locked_before)
    if query.priority_from is not None:
        yield job.c.priority >= query.priority_from
    if query.priority_to is not None:
        yield job.c.priority <= query.priority_to
