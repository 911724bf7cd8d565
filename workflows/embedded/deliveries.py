"""What follows from a transition for other instances: calls and their answers, messages, signals; or work put off.

A delivery is a row of the transition that caused it, and is carried out in a transaction of its own that also removes
the row: exactly once, whatever dies when, and no transaction changes two instances, so that there is nothing
to deadlock over. `command` is the transaction for everything that a user, a worker or a timer does: after its commit
the same thread carries out what it caused. What a process leaves behind, the background of any process finds.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select, update

from workflows.core import commands
from workflows.diagrams.graph import Binding
from workflows.embedded import audit, messages, signals
from workflows.embedded.answers import from_payload
from workflows.embedded.definitions import Wanted, find_definition
from workflows.embedded.messages import Message
from workflows.embedded.runtime import Runtime, Transaction
from workflows.embedded.tables import delivery, instance
from workflows.embedded.transition import Transition
from workflows.errors import Conflict, InvalidInput, NotFound, NotSupported, WorkflowError

_log = logging.getLogger(__name__)

_AT_ONCE = 100
"""Deliveries that one command carries out itself; the background goes on with the others."""

_THROWN_TIME_TO_LIVE = timedelta(hours=1)
"""How long a message thrown by a process waits for an instance with its correlation key."""

_LONGEST_PAUSE = timedelta(minutes=5)

_HELD = datetime.max.replace(tzinfo=UTC)
"""When what is meant for a suspended instance is due."""


class _SuspendedError(Exception):
    """The delivery is for an instance that is suspended."""


@contextmanager
def command(runtime: Runtime) -> Iterator[Transaction]:
    """Give a transaction, and carry out after its commit what it caused."""
    with runtime.transaction() as transaction:
        yield transaction
    follow_up(runtime, transaction.deliveries, transaction.awaited)


def follow_up(runtime: Runtime, deliveries: Iterable[int], awaits: Iterable[tuple[str, str | None]]) -> None:
    """Carry out what a committed transaction caused, and what that causes; never raise for it.

    `deliveries` are ids, `awaits` the names and correlation keys of the messages that are waited for now.
    """
    waiting = deque(deliveries)
    awaited = deque(awaits)
    for _ in range(_AT_ONCE):
        if waiting:
            caused = attempt(runtime, waiting.popleft())
        elif awaited:
            caused = _match(runtime, *awaited.popleft())
        else:
            return
        waiting.extend(caused.deliveries if caused else ())
        awaited.extend(caused.awaited if caused else ())
    _leave(runtime, list(waiting))


def carry_out_due(runtime: Runtime, limit: int = 100) -> int:
    """Carry out deliveries that nobody has carried out in time, and what they cause; return how many there were."""
    with runtime.read() as connection:
        due = select(delivery.c.id).where(delivery.c.due_at <= runtime.clock()).order_by(delivery.c.id).limit(limit)
        found = connection.scalars(due).all()
    for delivery_id in found:
        caused = attempt(runtime, delivery_id)
        if caused is not None:
            follow_up(runtime, caused.deliveries, caused.awaited)
    return len(found)


def attempt(runtime: Runtime, delivery_id: int) -> Transaction | None:
    """Carry out one delivery; return its transaction, or None if somebody else did it or it has to wait."""
    try:
        with runtime.transaction() as transaction:
            query = select(delivery).where(delivery.c.id == delivery_id).with_for_update(skip_locked=True)
            row = transaction.connection.execute(query).one_or_none()
            if row is None:
                return None
            try:
                _CARRIERS[row.kind](transaction, row, row.payload)
            except _SuspendedError:
                held = update(delivery).where(delivery.c.id == delivery_id).values(due_at=_HELD)
                transaction.connection.execute(held)
                return None
            transaction.connection.execute(delete(delivery).where(delivery.c.id == delivery_id))
    except Exception:  # noqa: BLE001 -- reported; the command that caused this has succeeded
        _log.exception("Delivery %s failed and will be tried again", delivery_id)
        _postpone(runtime, delivery_id)
        return None
    return transaction


def release(transaction: Transaction, instance_id: str) -> None:
    """Let an instance hear after the commit of what was held while it was suspended."""
    mine = (delivery.c.target_id == instance_id, delivery.c.due_at == _HELD)
    released = update(delivery).where(*mine).values(due_at=transaction.now).returning(delivery.c.id)
    transaction.deliveries.extend(sorted(transaction.connection.scalars(released)))


def _postpone(runtime: Runtime, delivery_id: int) -> None:
    try:
        with runtime.transaction() as transaction:
            mine = delivery.c.id == delivery_id
            attempts = transaction.connection.scalar(select(delivery.c.attempts).where(mine)) or 0
            pause = min(timedelta(seconds=2 ** min(attempts, 10)), _LONGEST_PAUSE)
            values = {"attempts": attempts + 1, "due_at": transaction.now + pause}
            transaction.connection.execute(update(delivery).where(mine).values(values))
    except WorkflowError:
        _log.exception("Delivery %s could not be put off; it stays due", delivery_id)


def _leave(runtime: Runtime, delivery_ids: list[int]) -> None:
    """Let the background of any process go on with deliveries at once."""
    try:
        with runtime.transaction() as transaction:
            mine = delivery.c.id.in_(delivery_ids)
            transaction.connection.execute(update(delivery).where(mine).values(due_at=transaction.now))
            transaction.bells.append(runtime.chores)
    except WorkflowError:
        _log.exception("Deliveries %s could not be handed on; they are due in some seconds", delivery_ids)


def _match(runtime: Runtime, name: str, correlation_key: str | None) -> Transaction | None:
    try:
        with runtime.transaction() as transaction:
            if messages.match(transaction, name, correlation_key):
                transaction.awaited.append((name, correlation_key))
    except Exception:  # noqa: BLE001 -- reported; the background looks for kept messages too
        _log.exception("The message %r could not be delivered now", name)
        return None
    return transaction


def _running(transaction: Transaction, instance_id: str) -> Transition | None:
    """Return the instance if it still runs; what was meant for one that has ended has no meaning any more."""
    try:
        return Transition.of(transaction, instance_id)
    except (Conflict, NotFound):
        return None


def _awake(transaction: Transaction, instance_id: str) -> Transition | None:
    """Return the instance if it still runs; what is meant for a suspended one is held until it is resumed."""
    moving = _running(transaction, instance_id)
    if moving is not None and moving.stored.state.status == "suspended":
        raise _SuspendedError
    return moving


def _call(transaction: Transaction, row: Row[Any], payload: dict[str, Any]) -> None:
    """Start the instance that a call activity asked for."""
    caller = (row.source_id, row.source_number)
    try:
        wanted = Wanted(Binding(payload["binding"]), payload["version"], payload["deployment_id"])
        definition_id = find_definition(transaction.connection, payload["process_id"], wanted)
        called = Transition.begin(
            transaction, definition_id, business_key=payload["business_key"], caller=caller, by=payload["by"]
        )
        called.start(payload["variables"])
        called.save()
    except (NotFound, InvalidInput, NotSupported) as error:
        answer = {"instance_id": caller[0], "number": caller[1], "answer": "failed", "reason": str(error)}
        transaction.deliver([{"kind": "answer", "payload": answer}])


def _cancel_call(transaction: Transaction, row: Row[Any], _payload: dict[str, Any]) -> None:
    """Cancel the instance that a call activity started, or was about to start."""
    mine = (delivery.c.source_id == row.source_id, delivery.c.source_number == row.source_number)
    if transaction.connection.execute(delete(delivery).where(delivery.c.kind == "call", *mine)).rowcount:
        return
    query = select(instance.c.id).where(
        instance.c.parent_id == row.source_id, instance.c.parent_number == row.source_number
    )
    called = transaction.connection.scalar(query)
    moving = None if called is None else _running(transaction, called)
    if moving is not None:
        moving.recorder.caller = None  # it does not wait for an answer any more
        moving.apply(commands.Cancel())
        moving.save()
        why = "The calling instance does not wait for it any more."
        audit.record(transaction, moving.instance_id, "cancel", by=None, reason=why)
        release(transaction, moving.instance_id)


def _answer(transaction: Transaction, _row: Row[Any], payload: dict[str, Any]) -> None:
    """Tell a call activity what became of the instance that it called."""
    moving = _awake(transaction, payload["instance_id"])
    number = payload["number"]
    if moving is None or number not in moving.stored.state.waits:
        return
    answer: commands.Command
    match payload["answer"]:
        case "finished":
            answer = commands.CallFinished(number, payload["variables"])
        case "error":
            answer = commands.ThrowError(number, payload["code"] or "", payload["message"])
        case "escalation":
            answer = commands.Escalate(number, payload["code"])
        case _:
            answer = commands.Fail(number, payload["reason"])
    moving.apply(answer)
    moving.save()


def _message(transaction: Transaction, _row: Row[Any], payload: dict[str, Any]) -> None:
    """Deliver a message that a process threw. Without a key it is for whoever waits now."""
    key = payload["correlation_key"]
    sent = Message(payload["name"], key, payload["variables"])
    messages.publish(transaction, sent, time_to_live=_THROWN_TIME_TO_LIVE if key else timedelta(0))


def _broadcast(transaction: Transaction, row: Row[Any], payload: dict[str, Any]) -> None:
    """Spread a signal that a process threw."""
    signals.broadcast(transaction, payload["name"], payload["variables"], thrower=row.source_id)


def _signal(transaction: Transaction, _row: Row[Any], payload: dict[str, Any]) -> None:
    """Give a signal to one instance."""
    moving = _awake(transaction, payload["instance_id"])
    if moving is not None:
        moving.apply(commands.SignalArrived(payload["name"], payload["variables"]))
        moving.save()


def _start(transaction: Transaction, _row: Row[Any], payload: dict[str, Any]) -> None:
    """Start an instance at a signal start event."""
    starting = Transition.begin(transaction, payload["definition_id"])
    starting.start(payload["variables"], node=payload["element_id"])
    starting.save()


def _continue(transaction: Transaction, _row: Row[Any], payload: dict[str, Any]) -> None:
    """Go on with an instance that was cut short to let others have their turn."""
    moving = _awake(transaction, payload["instance_id"])
    if moving is not None:
        moving.apply(commands.Continue())
        moving.save()


def _request(transaction: Transaction, _row: Row[Any], payload: dict[str, Any]) -> None:
    """Answer a script or decision of an instance that was cut short to let others have their turn."""
    moving = _awake(transaction, payload["instance_id"])
    if moving is not None:
        moving.answer(from_payload(payload))
        moving.save()


_CARRIERS: dict[str, Callable[[Transaction, Row[Any], dict[str, Any]], None]] = {
    "call": _call,
    "cancel_call": _cancel_call,
    "answer": _answer,
    "message": _message,
    "broadcast": _broadcast,
    "signal": _signal,
    "start": _start,
    "continue": _continue,
    "request": _request,
}
