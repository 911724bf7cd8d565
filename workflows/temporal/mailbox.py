"""Who waits for which message or signal on Temporal, and the messages that are kept for their time to live.

These are rows of the store. Who delivers a kept message claims it first, and notes to whom, so that after the death of
who did it the next one asks the same receiver first: a message is taken once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from workflows.diagrams.graph import EventKind
from workflows.embedded.mirror import Mirror
from workflows.embedded.tables import instance
from workflows.embedded.tables import temporal_message as message
from workflows.embedded.tables import temporal_subscription as subscription
from workflows.temporal.payloads import Sent

_CLAIM = timedelta(minutes=2)
"""How long a message is left to who claimed it."""

_MOST_TRIED = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open subscription; without a number an instance that a message starts."""

    instance_id: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that was claimed, and to whom it was offered before, if it was."""

    sent: Sent
    offered: Waiting | None = None


class Mailbox:
    """The rows. Threads may share it."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror

    def keep(self, sent: Sent, now: datetime) -> str | None:
        """Write a message with a time to live down, claimed by the caller; if one with its id is alive already, return
        who took that, or "" if nobody has."""
        with self._mirror.transaction() as rows:
            dialect = postgresql if rows.connection.dialect.name == "postgresql" else sqlite
            values = {
                "correlation_key": sent.correlation_key,
                "variables": sent.variables,
                "expires_at": _end(now, sent.seconds_to_live),
                "instance_id": None,
                "claimed_until": now + _CLAIM,
                "offered_id": None,
                "offered_number": None,
            }
            upsert = dialect.insert(message).values(name=sent.name, message_id=sent.id, **values)
            upsert = upsert.on_conflict_do_update(
                index_elements=[message.c.name, message.c.message_id], set_=values, where=message.c.expires_at <= now
            )
            if rows.connection.scalar(upsert.returning(message.c.id)) is not None:
                return None
            return rows.connection.scalar(select(message.c.instance_id).where(_is(sent))) or ""

    def claim(self, name: str | None, correlation_key: str | None, now: datetime) -> Kept | None:
        """Claim the oldest kept message of this name and key (None: of any) that somebody waits for."""
        query = select(message).where(
            message.c.instance_id.is_(None),
            message.c.expires_at > now,
            or_(message.c.claimed_until.is_(None), message.c.claimed_until <= now),
            or_(message.c.offered_id.is_not(None), exists().where(*_FITS)),
        )
        if name is not None:
            query = query.where(message.c.name == name)
        if correlation_key is not None:
            query = query.where(or_(message.c.correlation_key == correlation_key, message.c.correlation_key.is_(None)))
        query = query.order_by(message.c.id).limit(1).with_for_update(of=message, skip_locked=True)
        with self._mirror.transaction() as rows:
            row = rows.connection.execute(query).one_or_none()
            if row is None:
                return None
            claimed = update(message).where(message.c.id == row.id).values(claimed_until=now + _CLAIM)
            rows.connection.execute(claimed)
        return _kept(row)

    def offer(self, sent: Sent, tried: Collection[Waiting]) -> Waiting | None:
        """Return who has waited longest for a message and was not tried yet."""
        query = (
            select(subscription.c.instance_id, subscription.c.number)
            .join(instance)
            .where(_MESSAGE, subscription.c.name == sent.name, instance.c.status == "active")
            .order_by(subscription.c.opened_at, subscription.c.instance_id, subscription.c.number)
            .limit(_MOST_TRIED)
        )
        if sent.correlation_key is not None:
            query = query.where(subscription.c.correlation_key == sent.correlation_key)
        with self._mirror.read() as connection:
            waiting = (Waiting(row.instance_id, row.number) for row in connection.execute(query))
            return next((each for each in waiting if each not in tried), None)

    def note(self, sent: Sent, offered: Waiting) -> None:
        """Note to whom a kept message is offered now."""
        self._change(sent, offered_id=offered.instance_id, offered_number=offered.number)

    def taken(self, sent: Sent, instance_id: str) -> None:
        """Note who took a kept message."""
        self._change(sent, instance_id=instance_id, claimed_until=None)

    def release(self, sent: Sent) -> None:
        """Leave a kept message that nobody took to the next one."""
        self._change(sent, claimed_until=None, offered_id=None, offered_number=None)

    def several_wait(self, name: str) -> bool:
        """Whether more than one instance waits for a message of this name."""
        waiting = select(subscription.c.instance_id).join(instance).where(_MESSAGE, instance.c.status == "active")
        with self._mirror.read() as connection:
            found = connection.scalars(waiting.where(subscription.c.name == name).distinct().limit(2)).all()
        return len(found) > 1

    def waiting_for_signal(self, name: str) -> list[str]:
        """The instances that wait for a signal now."""
        query = (
            select(subscription.c.instance_id)
            .join(instance)
            .where(subscription.c.kind == EventKind.SIGNAL, subscription.c.name == name, instance.c.status == "active")
            .distinct()
            .order_by(subscription.c.instance_id)
        )
        with self._mirror.read() as connection:
            return list(connection.scalars(query))

    def expire(self, now: datetime) -> None:
        """Forget the messages whose time to live is over."""
        with self._mirror.transaction() as rows:
            rows.connection.execute(delete(message).where(message.c.expires_at <= now))

    def _change(self, sent: Sent, **values: object) -> None:
        with self._mirror.transaction() as rows:
            _update(rows.connection, sent, values)


def _update(connection: Connection, sent: Sent, values: dict[str, Any]) -> None:
    connection.execute(update(message).where(_is(sent)).values(values))


def _is(sent: Sent) -> Any:
    return (message.c.name == sent.name) & (message.c.message_id == sent.id)


def _kept(row: Row[Any]) -> Kept:
    sent = Sent(row.message_id, row.name, row.correlation_key, row.variables, seconds_to_live=1.0)
    return Kept(sent, None if row.offered_id is None else Waiting(row.offered_id, row.offered_number))


def _end(now: datetime, seconds: float) -> datetime:
    try:
        return now + timedelta(seconds=seconds)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


_MESSAGE = subscription.c.kind == EventKind.MESSAGE
_FITS = (
    _MESSAGE,
    subscription.c.name == message.c.name,
    or_(message.c.correlation_key.is_(None), message.c.correlation_key == subscription.c.correlation_key),
    instance.c.id == subscription.c.instance_id,
    instance.c.status == "active",
)
