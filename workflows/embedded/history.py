"""What an instance has done, in order."""

from sqlalchemy import Connection, and_, select

from workflows.embedded.ids import is_id, numbered
from workflows.embedded.inputs import storable
from workflows.embedded.instances import get
from workflows.embedded.tables import activity, variable_change
from workflows.engine import HistoryEntry
from workflows.operations import VariableChange


def list_activities(connection: Connection, instance_id: str) -> list[HistoryEntry]:
    """List the executed elements in the order in which they were entered; `NotFound` for an unknown instance."""
    query = select(activity).where(activity.c.instance_id == instance_id).order_by(activity.c.number)
    rows = connection.execute(query).mappings().all() if is_id(instance_id) else []
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
        for row in rows
    ]


def list_variable_changes(connection: Connection, instance_id: str, name: str | None) -> list[VariableChange]:
    """List the changes of one variable, or of all (None); `NotFound` for an unknown instance."""
    get(connection, instance_id)
    of = and_(activity.c.instance_id == variable_change.c.instance_id, activity.c.number == variable_change.c.activity)
    query = select(variable_change, activity.c.element_id).outerjoin(activity, of)
    query = query.where(variable_change.c.instance_id == instance_id).order_by(variable_change.c.id)
    if name is not None:
        query = query.where(variable_change.c.name == storable(name, "The name of a variable"))
    return [
        VariableChange(row.name, row.value, row.scope, row.changed_at, row.element_id)
        for row in connection.execute(query)
    ]
