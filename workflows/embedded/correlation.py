"""Messages for instances that somebody describes: by business key, by variables, or by their id (Camunda's REST)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, or_, select

from workflows.core import process_variables
from workflows.core.commands import MessageArrived
from workflows.diagrams.graph import EventKind
from workflows.embedded.ids import new_id
from workflows.embedded.inputs import storable
from workflows.embedded.messages import Message, start
from workflows.embedded.runtime import Transaction
from workflows.embedded.states import Stored, read_documents
from workflows.embedded.tables import instance, subscription
from workflows.embedded.transition import Transition
from workflows.engine import Correlation, Described
from workflows.errors import Conflict, NotFound


def correlate(transaction: Transaction, sent: Message, whom: Described) -> Correlation:
    """Give a message to the one instance that waits for it and is described so, or to a start event if none does.

    Raise `NotFound` if there is nobody, `Conflict` if there are several.
    """
    found = list(waiting(transaction.connection, sent.name, whom))
    if len(found) > 1:
        raise Conflict(f"{len(found)} executions wait for the message {sent.name!r} and match: say which is meant.")
    identifier = new_id(transaction.now)
    if found and _deliver(transaction, sent, found[0]):
        return Correlation(identifier, found[0].instance_id)
    begun = None if found or whom.instance_id is not None else start(transaction, sent)
    if begun is None:
        raise NotFound(f"Nobody waits for the message {sent.name!r} and matches.")
    return Correlation(identifier, begun, started=True)


def waiting(connection: Connection, name: str, whom: Described) -> Iterator[Row[Any]]:
    """Give the subscriptions to a message of the instances that are described so, the oldest first."""
    query: Select[Any] = (
        select(subscription.c.instance_id, subscription.c.number)
        .join(instance)
        .where(subscription.c.kind == EventKind.MESSAGE, instance.c.status == "active")
        .where(subscription.c.name == storable(name, "The message name"))
        .order_by(subscription.c.opened_at, subscription.c.instance_id, subscription.c.number)
    )
    if whom.instance_id is not None:
        query = query.where(subscription.c.instance_id == storable(whom.instance_id, "The instance id"))
    if whom.business_key is not None:
        key = storable(whom.business_key, "The business key")
        query = query.where(or_(instance.c.business_key == key, subscription.c.correlation_key == key))
    rows = connection.execute(query).all()
    yield from _with(connection, rows, whom.variables) if whom.variables else rows


def _with(connection: Connection, rows: Sequence[Row[Any]], wanted: Mapping[str, Any]) -> Iterator[Row[Any]]:
    documents = read_documents(connection, {row.instance_id for row in rows})
    for row in rows:
        known = process_variables(Stored.of(documents[row.instance_id]).state) if row.instance_id in documents else {}
        if all(name in known and known[name] == value for name, value in wanted.items()):
            yield row


def _deliver(transaction: Transaction, sent: Message, row: Row[Any]) -> bool:
    """Deliver to one subscription, unless it ended meanwhile."""
    try:
        moving = Transition.of(transaction, row.instance_id)
        moving.apply(MessageArrived(row.number, sent.variables))
    except (Conflict, NotFound):
        return False
    moving.save()
    return True
