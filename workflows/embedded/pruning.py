"""Removing instances that have ended, by hand or when the history time to live of their definition is over."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select

from workflows.embedded import audit
from workflows.embedded.runtime import Transaction
from workflows.embedded.tables import definition, instance, operation
from workflows.embedded.transition import lock_instance
from workflows.errors import Conflict, InvalidInput


def delete_instance(transaction: Transaction, instance_id: str, *, reason: str, by: str | None) -> None:
    """Remove an ended instance with everything of it; `Conflict` if it still runs."""
    row = lock_instance(transaction, instance_id)
    if row.ended_at is None:
        raise Conflict(f"The process instance {instance_id!r} has not ended: cancel it first.")
    transaction.connection.execute(delete(instance).where(instance.c.id == instance_id))
    transaction.connection.execute(delete(operation).where(operation.c.instance_id == instance_id))
    audit.record(transaction, instance_id, "delete", by=by, reason=reason)


def prune(transaction: Transaction, now: datetime, limit: int) -> int:
    """Remove up to `limit` instances that ended longer ago than their definitions keep history; return how many."""
    if limit < 1:
        raise InvalidInput("At least one instance has to be removed at a time.")
    times_to_live = select(definition.c.history_time_to_live).distinct()
    found: list[str] = []
    for days in transaction.connection.scalars(times_to_live.where(definition.c.history_time_to_live.is_not(None))):
        if days < now.toordinal():  # else nothing can be that old
            past = (_kept_for(days), instance.c.ended_at <= now - timedelta(days=days))
            query = select(instance.c.id).where(*past).limit(limit - len(found)).with_for_update(skip_locked=True)
            found += transaction.connection.scalars(query)
    for table, key in ((instance, instance.c.id), (operation, operation.c.instance_id)):
        transaction.connection.execute(delete(table).where(key.in_(found)))
    return len(found)


def _kept_for(days: int) -> ColumnElement[bool]:
    return instance.c.definition_id.in_(select(definition.c.id).where(definition.c.history_time_to_live == days))
