"""What the adapter looks up in the store: the broker can't be asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from workflows.embedded.ids import numbered
from workflows.embedded.tables import activity, incident, variable_change
from workflows.values import Variables


@dataclass(frozen=True, slots=True)
class Running:
    """An element that runs, by the broker's key."""

    key: int
    element_id: str
    type: str


def running(connection: Connection, instance_id: str) -> list[Running]:
    """List the elements that run in an instance."""
    query = select(activity.c.number, activity.c.element_id, activity.c.type)
    query = query.where(activity.c.instance_id == instance_id, activity.c.ended_at.is_(None))
    return [Running(*row) for row in connection.execute(query.order_by(activity.c.number))]


def named(found: Sequence[Running], instance_id: str, wanted: str) -> list[Running]:
    """Return those of them that have an element's id, or the one with an id of the history."""
    return [each for each in found if wanted in (each.element_id, numbered(instance_id, each.key))]


def visible_variables(connection: Connection, instance_id: str, number: int) -> Variables:
    """Return the variables that an element sees: its own, and those of the scopes around it."""
    scopes = [*_scopes(connection, instance_id, number), int(instance_id)]
    query = select(variable_change.c.scope, variable_change.c.name, variable_change.c.value)
    query = query.where(variable_change.c.instance_id == instance_id, variable_change.c.scope.in_(scopes))
    values: dict[int, Variables] = {scope: {} for scope in scopes}
    for scope, name, value in connection.execute(query.order_by(variable_change.c.id)):
        values[scope][name] = value
    seen: Variables = {}
    for scope in reversed(scopes):
        seen |= values[scope]
    return seen


def job_of_incident(connection: Connection, instance_id: str, number: int) -> int | None:
    """Return the key of the job that failed, None if something else did."""
    return connection.scalar(
        select(incident.c.wait).where(
            incident.c.instance_id == instance_id, incident.c.number == number, incident.c.kind == "job"
        )
    )


def _scopes(connection: Connection, instance_id: str, number: int) -> Iterator[int]:
    """Give an element and those around it, from the inside."""
    scope: int | None = number
    while scope is not None:
        yield scope
        scope = connection.scalar(
            select(activity.c.parent).where(activity.c.instance_id == instance_id, activity.c.number == scope)
        )
