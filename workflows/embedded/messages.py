"""Messages: to the instance that waits, else to a start event, else kept for their time to live.

A message that arrives and an instance that begins to wait for it, in two transactions at the same time, do not see
each other. So both look again after their commits: the publisher, and whoever opened the subscription, `match` what
is kept. A process that dies in between leaves that to the background.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from workflows.core.commands import MessageArrived
from workflows.diagrams.graph import EventKind
from workflows.embedded.ids import new_id
from workflows.embedded.inputs import storable
from workflows.embedded.runtime import Transaction
from workflows.embedded.tables import instance, message, start_subscription, subscription
from workflows.embedded.transition import Transition
from workflows.engine import Correlation
from workflows.errors import Conflict, InvalidInput, NotFound
from workflows.values import Variables


@dataclass(frozen=True, slots=True)
class Message:
    """A message on its way. Without a correlation key, it is for any instance that waits for the name."""

    name: str
    correlation_key: str | None
    variables: Variables


def publish(
    transaction: Transaction, sent: Message, *, time_to_live: timedelta = timedelta(0), message_id: str | None = None
) -> Correlation:
    """Deliver a message, or keep it; the same `message_id` again, within its time to live, changes nothing."""
    storable(sent.name, "The message name")
    storable(sent.correlation_key, "The correlation key")
    if time_to_live < timedelta(0):
        raise InvalidInput("The time to live of a message can't be negative.")
    identifier = storable(message_id, "The message id") or new_id(transaction.now)
    if time_to_live and not _keep(transaction, sent, identifier, time_to_live):
        known = select(message.c.instance_id).where(message.c.name == sent.name, message.c.message_id == identifier)
        return Correlation(identifier, transaction.connection.scalar(known))
    taker = deliver(transaction, sent)
    started = taker is None
    if taker is None:
        taker = start(transaction, sent)
    if taker is not None and time_to_live:
        mine = (message.c.name == sent.name, message.c.message_id == identifier)
        transaction.connection.execute(update(message).where(*mine).values(instance_id=taker))
    elif taker is None and time_to_live and transaction.postgresql:
        transaction.awaited.append((sent.name, sent.correlation_key))
    return Correlation(identifier, taker, started and taker is not None)


def refuse_ambiguity(transaction: Transaction, sent: Message) -> None:
    """Raise `Conflict` for a message without a key that several instances wait for."""
    if sent.correlation_key is None:
        waiting = select(subscription.c.instance_id).join(instance).where(_is_message, instance.c.status == "active")
        named = waiting.where(subscription.c.name == sent.name).distinct().limit(2)
        if len(transaction.connection.scalars(named).all()) > 1:
            raise Conflict(f"Several instances wait for the message {sent.name!r}: give it a correlation key.")


def deliver(transaction: Transaction, sent: Message) -> str | None:
    """Give a message to the instance that has waited longest, and return its id; None if nobody waits."""
    while (found := _longest_waiting(transaction, sent)) is not None:
        instance_id, number = found
        try:
            moving = Transition.of(transaction, instance_id)
        except (Conflict, NotFound):
            continue  # it ended before it could be locked, so that it is not found again
        if _longest_waiting(transaction, sent, instance_id, number) is not None:
            moving.apply(MessageArrived(number, sent.variables))
            moving.save()
            return instance_id
    return None


def match(transaction: Transaction, name: str | None = None, correlation_key: str | None = None) -> bool:
    """Deliver the oldest kept message of this name and key (None: of any) that somebody waits for, if there is one."""
    query = (
        select(message)
        .where(message.c.instance_id.is_(None), message.c.expires_at > transaction.now)
        .where(
            or_(  # apart, as one condition for both would look at every subscription of the name
                _is_awaited(subscription.c.correlation_key == message.c.correlation_key),
                and_(message.c.correlation_key.is_(None), _is_awaited()),
            )
        )
        .order_by(message.c.id)
        .limit(1)
        .with_for_update(of=message, skip_locked=True)
    )
    if name is not None:
        query = query.where(message.c.name == name)
    if correlation_key is not None:
        query = query.where(or_(message.c.correlation_key == correlation_key, message.c.correlation_key.is_(None)))
    kept = transaction.connection.execute(query).one_or_none()
    if kept is None:
        return False
    taker = deliver(transaction, Message(kept.name, kept.correlation_key, kept.variables))
    if taker is not None:
        transaction.connection.execute(update(message).where(message.c.id == kept.id).values(instance_id=taker))
    return taker is not None


def expire(transaction: Transaction) -> int:
    """Forget the messages whose time to live is over; return how many."""
    return transaction.connection.execute(delete(message).where(message.c.expires_at <= transaction.now)).rowcount


_is_message = subscription.c.kind == EventKind.MESSAGE


def _is_awaited(*fits: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say that somebody waits for a kept message."""
    waits = _is_message, subscription.c.name == message.c.name, *fits
    return exists().where(*waits, instance.c.id == subscription.c.instance_id, instance.c.status == "active")


def _keep(transaction: Transaction, sent: Message, message_id: str, time_to_live: timedelta) -> bool:
    """Write the message down, unless one with this id is alive; say whether it was written."""
    dialect = postgresql if transaction.postgresql else sqlite
    values = {
        "correlation_key": sent.correlation_key,
        "variables": sent.variables,
        "expires_at": _end(transaction.now, time_to_live),
        "instance_id": None,
    }
    upsert = dialect.insert(message).values(name=sent.name, message_id=message_id, **values)
    upsert = upsert.on_conflict_do_update(
        index_elements=[message.c.name, message.c.message_id],
        set_=values,
        where=message.c.expires_at <= transaction.now,
    )
    return transaction.connection.scalar(upsert.returning(message.c.id)) is not None


def _end(now: datetime, time_to_live: timedelta) -> datetime:
    try:
        return now + time_to_live
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _longest_waiting(
    transaction: Transaction, sent: Message, instance_id: str | None = None, number: int | None = None
) -> tuple[str, int] | None:
    """Return the oldest subscription that `sent` fits; with an instance and number, that one if it is still open."""
    query = (
        select(subscription.c.instance_id, subscription.c.number)
        .join(instance)
        .where(_is_message, subscription.c.name == sent.name, instance.c.status == "active")
        .order_by(subscription.c.opened_at, subscription.c.instance_id, subscription.c.number)
        .limit(1)
    )
    if sent.correlation_key is not None:
        query = query.where(subscription.c.correlation_key == sent.correlation_key)
    if instance_id is not None:
        query = query.where(subscription.c.instance_id == instance_id, subscription.c.number == number)
    found = transaction.connection.execute(query).one_or_none()
    return None if found is None else (found.instance_id, found.number)


def start(transaction: Transaction, sent: Message) -> str | None:
    """Start an instance at the message start event of this name, if there is one, and return its id."""
    starts = select(start_subscription).where(
        start_subscription.c.kind == EventKind.MESSAGE, start_subscription.c.name == sent.name
    )
    found = transaction.connection.execute(starts.order_by(start_subscription.c.id).limit(1)).one_or_none()
    if found is None:
        return None
    moving = Transition.begin(transaction, found.definition_id, business_key=sent.correlation_key)
    moving.start(sent.variables, node=found.element_id)
    moving.save()
    return moving.instance_id
