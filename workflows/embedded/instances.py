"""Process instances: reading and cancelling them."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Text,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    type_coerce,
)

from workflows.core import commands, process_variables, variables_of_activities
from workflows.embedded import audit, paging
from workflows.embedded.deliveries import release
from workflows.embedded.ids import is_id, numbered
from workflows.embedded.inputs import storable
from workflows.embedded.runtime import Transaction
from workflows.embedded.states import Stored, read_documents
from workflows.embedded.tables import (
    BEGINNING,
    VALUE_BEGINNING,
    activity,
    definition,
    incident,
    instance,
    variable_change,
)
from workflows.embedded.transition import Transition
from workflows.engine import InstanceOrder, InstanceQuery, InstanceState, ProcessInstance
from workflows.errors import InvalidInput, NotFound
from workflows.values import JsonValue, Variables


def get(connection: Connection, instance_id: str) -> ProcessInstance:
    """Return one instance, running or ended."""
    found = connection.execute(_INSTANCE, {"wanted": instance_id}) if is_id(instance_id) else None
    row = None if found is None else found.mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no process instance {instance_id!r}.")
    return _as_instance(row)


_ORDERS = {
    InstanceOrder.STARTED: instance.c.started_at,
    InstanceOrder.ENDED: instance.c.ended_at,
    InstanceOrder.BUSINESS_KEY: instance.c.business_key,
    InstanceOrder.PROCESS_ID: instance.c.process_id,
    InstanceOrder.DEFINITION_ID: instance.c.definition_id,
}


def list_instances(connection: Connection, query: InstanceQuery) -> list[ProcessInstance]:
    """List instances, newest first unless the query says otherwise."""
    first = _ORDERS[query.order]
    found = (
        _instances()
        .where(*_described(query))
        .order_by(
            paging.ordered(first, descending=query.descending),
            instance.c.started_at.desc() if query.descending else instance.c.started_at,
            instance.c.id.desc() if query.descending else instance.c.id,
        )
    )
    rows = connection.execute(paging.page(found, limit=query.limit, offset=query.offset))
    return [_as_instance(row) for row in rows.mappings()]


def count_instances(connection: Connection, query: InstanceQuery) -> int:
    """Count the instances that a query lists on all its pages."""
    return paging.count(connection, select(instance.c.id).where(*_described(query)))


def read_variables(connection: Connection, instance_id: str) -> Variables:
    """Return the process variables of an instance, also after its end."""
    documents = read_documents(connection, [instance_id]) if is_id(instance_id) else {}
    if instance_id in documents:
        return process_variables(Stored.of(documents[instance_id]).state)
    query = select(instance.c.variables).where(instance.c.id == instance_id)
    row = connection.execute(query).one_or_none() if is_id(instance_id) else None
    if row is None:
        raise NotFound(f"There is no process instance {instance_id!r}.")
    final: Variables = row.variables
    return final


def read_local_variables(connection: Connection, instance_id: str) -> dict[str, Variables]:
    """Return what single elements of a running instance have for themselves, by their entries in the history."""
    documents = read_documents(connection, [instance_id]) if is_id(instance_id) else {}
    if instance_id in documents:
        found = variables_of_activities(Stored.of(documents[instance_id]).state)
        return {numbered(instance_id, number): variables for number, variables in found.items()}
    get(connection, instance_id)
    found = {}  # of an engine elsewhere, whose scopes are its elements
    of = and_(activity.c.instance_id == variable_change.c.instance_id, activity.c.number == variable_change.c.scope)
    told = select(variable_change.c.scope, variable_change.c.name, variable_change.c.value).join(activity, of)
    running = and_(activity.c.instance_id == instance_id, activity.c.outcome == "running")
    for number, name, value in connection.execute(told.where(running).order_by(variable_change.c.id)):
        found.setdefault(number, {})[name] = value
    return {numbered(instance_id, number): variables for number, variables in found.items()}


def cancel(transaction: Transaction, instance_id: str, *, reason: str, by: str | None) -> None:
    """End a running instance without finishing it, and what it called; `Conflict` if it has ended."""
    moving = Transition.of(transaction, instance_id, by=storable(by, "The id of who cancels it"))
    moving.apply(commands.Cancel())
    moving.save()
    audit.record(transaction, instance_id, "cancel", by=by, reason=reason)
    release(transaction, instance_id)


def _described(query: InstanceQuery) -> Iterator[ColumnElement[bool]]:
    yield from paging.equal(
        (instance.c.process_id, query.process_id),
        (instance.c.definition_id, query.definition_id),
        (instance.c.business_key, query.business_key),
        (instance.c.started_by, query.started_by),
        (instance.c.parent_id, query.parent_id),
    )
    yield from paging.within(instance.c.started_at, query.started_after, query.started_before)
    for name, value in query.variables.items():
        yield _has_variable(name, value)
    if query.states:
        yield instance.c.status.in_([str(state) for state in query.states])
    if query.with_incidents:
        yield instance.c.id.in_(select(incident.c.instance_id).where(incident.c.resolved_at.is_(None)))


def _has_variable(name: str, value: JsonValue) -> ColumnElement[bool]:
    """The last value that was written to a variable of the process, whose scope is older than all activities."""
    if isinstance(value, list | dict):
        raise InvalidInput(f"Instances are not found by lists and objects: give {name} a text, a number or true.")
    values = [value]
    if not isinstance(value, bool) and isinstance(value, int | float) and value == int(value):
        values = [int(value), float(value)]
    texts = [json.dumps(each) for each in values]
    later, inner = variable_change.alias(), activity.alias()
    mine = inner.c.instance_id == variable_change.c.instance_id
    first = select(func.min(inner.c.number)).where(mine).scalar_subquery()
    same = (getattr(later.c, key) == getattr(variable_change.c, key) for key in ("instance_id", "name", "scope"))
    found = select(variable_change.c.instance_id).where(
        variable_change.c.name == storable(name, "The name of a variable"),
        VALUE_BEGINNING.in_([text[:BEGINNING] for text in texts]),
        type_coerce(variable_change.c.value, Text).in_(texts),
        or_(first.is_(None), variable_change.c.scope < first),
        ~exists().where(*same, later.c.id > variable_change.c.id),
    )
    return instance.c.id.in_(found)


def _instances() -> Select[Any]:
    columns = [column for column in instance.c if column.name not in ("state", "variables")]
    open_incidents = (
        select(func.count())
        .where(incident.c.instance_id == instance.c.id, incident.c.resolved_at.is_(None))
        .scalar_subquery()
    )
    version = definition.c.version.label("version")
    return select(*columns, version, open_incidents.label("incidents")).join(definition)


_INSTANCE = _instances().where(instance.c.id == bindparam("wanted"))


def _as_instance(row: RowMapping) -> ProcessInstance:
    return ProcessInstance(
        id=row["id"],
        process_id=row["process_id"],
        definition_id=row["definition_id"],
        version=row["version"],
        business_key=row["business_key"],
        state=InstanceState(row["status"]),
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        started_by=row["started_by"],
        incidents=row["incidents"],
        parent_id=row["parent_id"],
    )
