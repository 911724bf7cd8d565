"""What happens in the elements of a definition: how often, how long, and where instances stand now."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Float, Subquery, and_, case, cast, func, select

from workflows.embedded.ids import is_id
from workflows.embedded.tables import activity, definition, incident, instance
from workflows.engine import DefinitionStatistics, ElementStatistics, InstanceState
from workflows.errors import NotFound

_RUNNING = (InstanceState.ACTIVE.value, InstanceState.SUSPENDED.value)
_SECONDS_A_DAY = 86_400
_MEDIAN, _P95 = 50, 95


def element_statistics(connection: Connection, definition_id: str, since: datetime | None) -> list[ElementStatistics]:
    """Return what happened in each element that was entered, by element id; `NotFound` for an unknown definition."""
    theirs = _instances_of(connection, definition_id, since)
    incidents = _open_incidents(connection, theirs)
    ranked = _ranked_executions(connection, theirs)
    running = func.sum(case((ranked.c.outcome == "running", 1), else_=0))
    durations = [_reached_by(ranked, _MEDIAN), _reached_by(ranked, _P95)]
    query = select(ranked.c.element_id, func.count(), running, *durations).group_by(ranked.c.element_id)
    return [
        ElementStatistics(element_id, entered, now, incidents.get(element_id, 0), _span(median), _span(p95))
        for element_id, entered, now, median, p95 in connection.execute(query.order_by(ranked.c.element_id))
    ]


def definition_statistics(connection: Connection) -> dict[str, DefinitionStatistics]:
    """Return how many instances of each definition run, and how many incidents they have, by definition id."""
    of = instance.c.definition_id
    running = select(of, func.count()).where(instance.c.status.in_(_RUNNING)).group_by(of)
    incidents = select(of, func.count()).join(incident, incident.c.instance_id == instance.c.id)
    incidents = incidents.where(incident.c.resolved_at.is_(None)).group_by(of)
    broken = {row[0]: row[1] for row in connection.execute(incidents)}
    return {row[0]: DefinitionStatistics(row[1], broken.get(row[0], 0)) for row in connection.execute(running)}


def _instances_of(connection: Connection, definition_id: str, since: datetime | None) -> ColumnElement[bool]:
    """The instances of a definition, looked for by the index of their process and start."""
    query = select(definition.c.process_id).where(definition.c.id == definition_id)
    process_id = connection.scalar(query) if is_id(definition_id) else None
    if process_id is None:
        raise NotFound(f"There is no process definition {definition_id!r}.")
    theirs = and_(instance.c.process_id == process_id, instance.c.definition_id == definition_id)
    return theirs if since is None else and_(theirs, instance.c.started_at >= since)


def _open_incidents(connection: Connection, theirs: ColumnElement[bool]) -> dict[str, int]:
    query = select(incident.c.element_id, func.count().label("open")).join(
        instance, instance.c.id == incident.c.instance_id
    )
    query = query.where(incident.c.resolved_at.is_(None), theirs).group_by(incident.c.element_id)
    return {row.element_id: row.open for row in connection.execute(query)}


def _ranked_executions(connection: Connection, theirs: ColumnElement[bool]) -> Subquery:
    """Every execution of an element, numbered by its duration among the `of` that ended alike."""
    alike = (activity.c.element_id, activity.c.outcome)
    seconds = _seconds(connection)
    return (
        select(
            activity.c.element_id,
            activity.c.outcome,
            seconds.label("seconds"),
            func.row_number().over(partition_by=alike, order_by=seconds).label("number"),
            func.count().over(partition_by=alike).label("of"),
        )
        .join(instance, instance.c.id == activity.c.instance_id)
        .where(theirs)
        .subquery()
    )


def _reached_by(ranked: Subquery, percent: int) -> ColumnElement[float | None]:
    """The duration that this part of the completed executions does not exceed: the nearest rank."""
    reached = and_(ranked.c.outcome == "completed", ranked.c.number * 100 >= ranked.c.of * percent)
    return func.min(case((reached, ranked.c.seconds)))


def _seconds(connection: Connection) -> ColumnElement[float]:
    """How long an execution took; SQLite, which keeps times as text, counts in days."""
    if connection.dialect.name == "sqlite":
        days = func.julianday(activity.c.ended_at) - func.julianday(activity.c.started_at)
        return cast(days * _SECONDS_A_DAY, Float)
    return cast(func.extract("epoch", activity.c.ended_at - activity.c.started_at), Float)


def _span(seconds: float | None) -> timedelta | None:
    """Milliseconds are what SQLite's arithmetic is good for."""
    return None if seconds is None else timedelta(seconds=round(max(seconds, 0.0), 3))
