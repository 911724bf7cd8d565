"""The audit: what was done to instances by hand, by whom and why."""

from sqlalchemy import Connection, insert, select

from workflows.embedded.ids import is_id
from workflows.embedded.inputs import readable, storable
from workflows.embedded.runtime import Transaction
from workflows.embedded.tables import instance, operation
from workflows.errors import NotFound
from workflows.operations import Operation


def record(
    transaction: Transaction, instance_id: str, action: str, *, by: str | None, reason: str = "", details: str = ""
) -> None:
    """Note what somebody does to an instance in this transaction, with all text that a database can store."""
    values = {
        "instance_id": instance_id,
        "done_at": transaction.now,
        "done_by": storable(by, "The id of who does it"),
        "action": action,
        "details": readable(details),
        "reason": readable(reason),
    }
    transaction.connection.execute(insert(operation), [values])
    transaction.topics.update(("instances", f"instance:{instance_id}"))


def list_operations(connection: Connection, instance_id: str) -> list[Operation]:
    """List what was done to an instance, of a deleted one its deletion; `NotFound` for one that never was."""
    query = select(operation).where(operation.c.instance_id == instance_id).order_by(operation.c.id)
    known = select(instance.c.id).where(instance.c.id == instance_id)
    rows = connection.execute(query).all() if is_id(instance_id) else []
    if not rows and (not is_id(instance_id) or connection.scalar(known) is None):
        raise NotFound(f"There is no process instance {instance_id!r}.")
    return [Operation(row.action, row.done_at, row.done_by, row.details, row.reason) for row in rows]
