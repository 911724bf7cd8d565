"""Which messages instances wait for."""

from sqlalchemy import Connection, select

from workflows.diagrams.graph import EventKind
from workflows.embedded.ids import numbered
from workflows.embedded.paging import equal
from workflows.embedded.tables import instance, subscription
from workflows.engine import MessageSubscription


def list_messages(
    connection: Connection, instance_id: str | None, *, name: str | None, limit: int
) -> list[MessageSubscription]:
    """List what waits for messages, longest first: of an instance, of messages of this name (None: any)."""
    query = select(subscription, instance.c.process_id, instance.c.definition_id).join(instance)
    query = query.where(subscription.c.kind == EventKind.MESSAGE)
    query = query.where(*equal((subscription.c.instance_id, instance_id), (subscription.c.name, name)))
    query = query.order_by(subscription.c.opened_at, subscription.c.instance_id, subscription.c.number).limit(limit)
    return [
        MessageSubscription(
            id=numbered(row.instance_id, row.number),
            instance_id=row.instance_id,
            process_id=row.process_id,
            definition_id=row.definition_id,
            element_id=row.element_id,
            name=row.name,
            correlation_key=row.correlation_key,
            opened_at=row.opened_at,
        )
        for row in connection.execute(query)
    ]
