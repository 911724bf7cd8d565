"""Incidents: what failed and waits for a person."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select

from workflows.core import commands
from workflows.embedded import audit, paging
from workflows.embedded.ids import numbered, split
from workflows.embedded.inputs import storable
from workflows.embedded.runtime import Transaction
from workflows.embedded.tables import incident, instance
from workflows.embedded.transition import Transition
from workflows.engine import Incident
from workflows.errors import Conflict, InvalidInput, NotFound


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which incidents are meant: of an instance, of a process, at elements of this id (None: any)."""

    instance_id: str | None = None
    process_id: str | None = None
    element_id: str | None = None


def list_incidents(connection: Connection, wanted: Wanted, *, limit: int, offset: int) -> list[Incident]:
    """List open incidents, oldest first."""
    query = _open(wanted).order_by(incident.c.raised_at, incident.c.instance_id, incident.c.number)
    rows = connection.execute(paging.page(query, limit=limit, offset=offset))
    return [_as_incident(row) for row in rows.mappings()]


def count_incidents(connection: Connection, wanted: Wanted) -> int:
    """Count the incidents that `list_incidents` lists on all its pages."""
    return paging.count(connection, _open(wanted))


def _open(wanted: Wanted) -> Select[Any]:
    query = select(incident, instance.c.process_id, instance.c.business_key).where(incident.c.resolved_at.is_(None))
    return query.join(instance, instance.c.id == incident.c.instance_id).where(
        *paging.equal(
            (incident.c.instance_id, wanted.instance_id),
            (instance.c.process_id, wanted.process_id),
            (incident.c.element_id, wanted.element_id),
        )
    )


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
