"""Holding instances, and letting them go on.

The core takes the timers of a suspended instance back and sets them again when it is resumed; its jobs are not offered
because of its status, and its messages pass it by. What other instances have to tell it is kept (`deliveries.hold`).
"""

from sqlalchemy import select

from workflows.core import commands
from workflows.diagrams.graph import EventKind
from workflows.embedded import audit, deliveries
from workflows.embedded.inputs import storable
from workflows.embedded.runtime import Transaction
from workflows.embedded.tables import subscription
from workflows.embedded.transition import Transition
from workflows.errors import Conflict


def suspend(transaction: Transaction, instance_id: str, *, reason: str, by: str | None) -> None:
    """Hold a running instance; `Conflict` if it is held already, or has ended."""
    moving = Transition.of(transaction, instance_id, by=storable(by, "The id of who suspends it"))
    if moving.stored.state.status == "suspended":
        raise Conflict(f"The process instance {instance_id!r} is suspended already.")
    moving.apply(commands.Suspend())
    moving.save()
    audit.record(transaction, instance_id, "suspend", by=by, reason=reason)


def resume(transaction: Transaction, instance_id: str, *, reason: str, by: str | None) -> None:
    """Let a suspended instance go on, with all that came or became due meanwhile; `Conflict` if it is not suspended."""
    moving = Transition.of(transaction, instance_id, by=storable(by, "The id of who resumes it"))
    if moving.stored.state.status != "suspended":
        raise Conflict(f"The process instance {instance_id!r} is not suspended.")
    moving.apply(commands.Resume())
    moving.save()
    audit.record(transaction, instance_id, "resume", by=by, reason=reason)
    deliveries.release(transaction, instance_id)
    waiting = select(subscription.c.name, subscription.c.correlation_key).where(
        subscription.c.instance_id == instance_id, subscription.c.kind == EventKind.MESSAGE
    )
    transaction.awaited.extend((name, key) for name, key in transaction.connection.execute(waiting))
    transaction.bells += [transaction.runtime.jobs, transaction.runtime.chores]
