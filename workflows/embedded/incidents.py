"""Incidents: what failed and waits for a person."""

from sqlalchemy import Connection, RowMapping, select

from workflows.core import commands
from workflows.embedded import audit
from workflows.embedded.ids import numbered, split
from workflows.embedded.inputs import storable
from workflows.embedded.runtime import Transaction
from workflows.embedded.tables import incident, instance
from workflows.embedded.transition import Transition
from workflows.engine import Incident
from workflows.errors import Conflict, InvalidInput, NotFound


def list_incidents(
    connection: Connection, instance_id: str | None, *, process_id: str | None, element_id: str | None, limit: int
) -> list[Incident]:
    """List open incidents, oldest first: of an instance, of a process, at elements of this id (None: any)."""
    query = select(incident, instance.c.process_id, instance.c.business_key).where(incident.c.resolved_at.is_(None))
    query = query.join(instance, instance.c.id == incident.c.instance_id).limit(limit)
    query = query.order_by(incident.c.raised_at, incident.c.instance_id, incident.c.number)
    wanted = (
        (incident.c.instance_id, instance_id, "The instance id"),
        (instance.c.process_id, process_id, "The process id"),
        (incident.c.element_id, element_id, "The element id"),
    )
    query = query.where(*(column == storable(value, what) for column, value, what in wanted if value is not None))
    return [_as_incident(row) for row in connection.execute(query).mappings()]


def resolve(transaction: Transaction, incident_id: str, *, retries: int, reason: str, by: str | None) -> None:
    """Try the element of an incident again, a job with this many retries; `Conflict` if it was resolved before."""
    instance_id, number = split(incident_id, "incident")
    if retries < 1:
        raise InvalidInput("A job needs at least one retry.")
    query = select(incident.c.resolved_at).where(incident.c.instance_id == instance_id, incident.c.number == number)
    if transaction.connection.execute(query).one_or_none() is None:
        raise NotFound(f"There is no incident {incident_id!r}.")
    moving = Transition.of(transaction, instance_id, by=storable(by, "The id of who resolves it"))
    if transaction.connection.scalar(query) is not None:
        raise Conflict(f"The incident {incident_id!r} was resolved before.")
    moving.recorder.retries = retries
    moving.apply(commands.Resolve(number))
    moving.save()
    audit.record(transaction, instance_id, "resolve", by=by, reason=reason, details=incident_id)


def _as_incident(row: RowMapping) -> Incident:
    return Incident(
        id=numbered(row["instance_id"], row["number"]),
        instance_id=row["instance_id"],
        element_id=row["element_id"],
        kind=row["kind"],
        message=row["message"],
        raised_at=row["raised_at"],
        process_id=row["process_id"],
        business_key=row["business_key"],
    )
