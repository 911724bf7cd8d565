"""Signals: to everything that waits for one now, each instance in a transaction of its own."""

from sqlalchemy import select

from workflows.diagrams.graph import EventKind
from workflows.embedded.inputs import storable
from workflows.embedded.runtime import Transaction
from workflows.embedded.tables import instance, start_subscription, subscription
from workflows.values import Variables


def broadcast(transaction: Transaction, name: str, variables: Variables, *, thrower: str | None = None) -> None:
    """Write a delivery for each instance that waits for the signal, but the thrower, and for each start event."""
    storable(name, "The signal name")
    waiting = (
        select(subscription.c.instance_id)
        .join(instance)
        .where(subscription.c.kind == EventKind.SIGNAL, subscription.c.name == name, instance.c.status == "active")
        .distinct()
        .order_by(subscription.c.instance_id)
    )
    starts = (
        select(start_subscription.c.definition_id, start_subscription.c.element_id)
        .where(start_subscription.c.kind == EventKind.SIGNAL, start_subscription.c.name == name)
        .order_by(start_subscription.c.id)
    )
    transaction.deliver(
        [
            {"kind": "signal", "payload": {"instance_id": instance_id, "name": name, "variables": variables}}
            for instance_id in transaction.connection.scalars(waiting)
            if instance_id != thrower
        ]
    )
    transaction.deliver(
        [
            {
                "kind": "start",
                "payload": {"definition_id": definition_id, "element_id": element_id, "variables": variables},
            }
            for definition_id, element_id in transaction.connection.execute(starts)
        ]
    )
