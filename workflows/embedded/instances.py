"""Process instances: reading and cancelling them."""

from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, select

from workflows.core import commands, process_variables
from workflows.embedded import audit
from workflows.embedded.deliveries import release
from workflows.embedded.ids import is_id
from workflows.embedded.inputs import storable
from workflows.embedded.runtime import Transaction
from workflows.embedded.states import Stored, read_documents
from workflows.embedded.tables import definition, incident, instance
from workflows.embedded.transition import Transition
from workflows.engine import InstanceQuery, InstanceState, ProcessInstance
from workflows.errors import NotFound
from workflows.values import Variables


def get(connection: Connection, instance_id: str) -> ProcessInstance:
    """Return one instance, running or ended."""
    found = connection.execute(_INSTANCE, {"wanted": instance_id}) if is_id(instance_id) else None
    row = None if found is None else found.mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no process instance {instance_id!r}.")
    return _as_instance(row)


def list_instances(connection: Connection, query: InstanceQuery) -> list[ProcessInstance]:
    """List instances, newest first."""
    found = _instances().order_by(instance.c.started_at.desc(), instance.c.id.desc()).limit(query.limit)
    for column, wanted in (
        (instance.c.process_id, query.process_id),
        (instance.c.business_key, query.business_key),
        (instance.c.started_by, query.started_by),
    ):
        if wanted is not None:
            found = found.where(column == storable(wanted, f"The {column.name}"))
    if query.states:
        found = found.where(instance.c.status.in_([str(state) for state in query.states]))
    return [_as_instance(row) for row in connection.execute(found).mappings()]


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


def cancel(transaction: Transaction, instance_id: str, *, reason: str, by: str | None) -> None:
    """End a running instance without finishing it, and what it called; `Conflict` if it has ended."""
    moving = Transition.of(transaction, instance_id, by=storable(by, "The id of who cancels it"))
    moving.apply(commands.Cancel())
    moving.save()
    audit.record(transaction, instance_id, "cancel", by=by, reason=reason)
    release(transaction, instance_id)


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
    )
