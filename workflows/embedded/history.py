"""What an instance has done, in order."""

from sqlalchemy import Connection, and_, case, func, select

from workflows.embedded.ids import is_id, numbered
from workflows.embedded.inputs import storable
from workflows.embedded.instances import get
from workflows.embedded.tables import activity, variable_change
from workflows.engine import ElementCounts, HistoryEntry
from workflows.operations import VariableChange

_OUTCOMES = ("running", "completed", "cancelled")


def list_activities(
    connection: Connection, instance_id: str, *, running: bool = False, last: int | None = None, offset: int = 0
) -> list[HistoryEntry]:
    """List the executed elements in the order in which they were entered; `NotFound` for an unknown instance."""
    query = select(activity).where(activity.c.instance_id == instance_id).order_by(activity.c.number.desc())
    if running:
        query = query.where(activity.c.outcome == "running")
    rows = connection.execute(query.limit(last).offset(offset)).mappings().all() if is_id(instance_id) else []
    if not rows:
        get(connection, instance_id)
    return [
        HistoryEntry(
            id=numbered(instance_id, row["number"]),
            element_id=row["element_id"],
            name=row["name"],
            type=row["type"],
            started_at=row["started_at"],
            ended_at=row["ended_at"],
            outcome=row["outcome"],
            parent_id=None if row["parent"] is None else numbered(instance_id, row["parent"]),
        )
        for row in reversed(rows)
    ]


def count_activities(connection: Connection, instance_id: str) -> list[ElementCounts]:
    """Count the executions of each element, those first that were entered first; `NotFound` for an unknown instance."""
    get(connection, instance_id)
    outcomes = [func.sum(case((activity.c.outcome == each, 1), else_=0)).label(each) for each in _OUTCOMES]
    ends = (func.min(activity.c.number).label("first"), func.max(activity.c.number).label("last"))
    of = activity.c.instance_id == instance_id
    counted = select(activity.c.element_id, *ends, *outcomes).where(of).group_by(activity.c.element_id).subquery()
    query = select(counted, activity.c.name).join(activity, and_(of, activity.c.number == counted.c.last))
    return [
        ElementCounts(row["element_id"], row["name"], *(row[each] for each in _OUTCOMES))
        for row in connection.execute(query.order_by(counted.c.first)).mappings()
    ]


def list_variable_changes(
    connection: Connection, instance_id: str, name: str | None, *, last: int | None = None
) -> list[VariableChange]:
    """List the changes of one variable, or of all (None); `NotFound` for an unknown instance."""
    get(connection, instance_id)
    of = and_(activity.c.instance_id == variable_change.c.instance_id, activity.c.number == variable_change.c.activity)
    query = select(variable_change, activity.c.element_id).outerjoin(activity, of)
    query = query.where(variable_change.c.instance_id == instance_id).order_by(variable_change.c.id.desc())
    if name is not None:
        query = query.where(variable_change.c.name == storable(name, "The name of a variable"))
    return [
        VariableChange(row.name, row.value, row.scope, row.changed_at, row.element_id)
        for row in reversed(connection.execute(query.limit(last)).all())
    ]
