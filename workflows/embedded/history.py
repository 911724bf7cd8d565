"""What an instance has done, in the order in which it was done."""

from sqlalchemy import Connection, select

from workflows.embedded.instances import get
from workflows.embedded.tables import activity
from workflows.engine import HistoryEntry


def list_activities(connection: Connection, instance_id: str) -> list[HistoryEntry]:
    """List the executed elements in the order in which they were entered; `NotFound` for an unknown instance."""
    get(connection, instance_id)
    query = select(activity).where(activity.c.instance_id == instance_id).order_by(activity.c.number)
    return [
        HistoryEntry(
            element_id=row["element_id"],
            name=row["name"],
            type=row["type"],
            started_at=row["started_at"],
            ended_at=row["ended_at"],
            outcome=row["outcome"],
        )
        for row in connection.execute(query).mappings()
    ]
