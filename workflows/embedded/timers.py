"""Timers: those that instances wait for, and those that start instances."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, delete, func, select, update

from workflows.core import commands
from workflows.embedded.deliveries import command
from workflows.embedded.runtime import Runtime, Transaction
from workflows.embedded.tables import start_subscription, timer
from workflows.embedded.transition import Transition, save_all
from workflows.errors import Conflict, NotFound, Unavailable, WorkflowError
from workflows.timers import parse_instant, parse_timer

_log = logging.getLogger(__name__)

_BATCH = 200
_TOGETHER = 50
"""Instances whose timers are fired in one transaction."""

_PAUSE = timedelta(minutes=1)
"""How long a timer that can't be fired is left alone, so that it does not hold up the others."""


def fire_due(runtime: Runtime, now: datetime) -> int:
    """Fire every timer that is due at `now`, the oldest first; return how many fired.

    Instances that nobody else moves are fired together, each of the others in a transaction of its own.
    """
    total = 0
    while fired := (
        sum(_fire_batch(runtime, batch, now) for batch in _batches(_due_instances(runtime, now)))
        + sum(_start_guarded(runtime, start_id, now) for start_id in _due_starts(runtime, now))
    ):
        total += fired
    return total


def next_due(runtime: Runtime) -> datetime | None:
    """Return when the next timer is due, None if there is none."""
    with runtime.read() as connection:
        waiting = connection.scalar(select(func.min(timer.c.due_at)))
        starting = connection.scalar(select(func.min(start_subscription.c.due_at)))
    return min((due for due in (waiting, starting) if due is not None), default=None)


def _due_instances(runtime: Runtime, now: datetime) -> list[str]:
    """Return instances with due timers, the oldest timer first; the index of due dates gives them, of however many."""
    query = select(timer.c.instance_id).where(timer.c.due_at <= now).order_by(timer.c.due_at).limit(_BATCH)
    with runtime.read() as connection:
        return list(dict.fromkeys(connection.scalars(query)))


def _due_starts(runtime: Runtime, now: datetime) -> list[int]:
    due = start_subscription.c.due_at
    with runtime.read() as connection:
        return list(connection.scalars(select(start_subscription.c.id).where(due <= now).order_by(due).limit(_BATCH)))


def _batches(instance_ids: list[str]) -> list[list[str]]:
    return [instance_ids[start : start + _TOGETHER] for start in range(0, len(instance_ids), _TOGETHER)]


def _fire_batch(runtime: Runtime, instance_ids: list[str], now: datetime) -> int:
    fired: dict[str, int] = {}
    if len(instance_ids) > 1:
        try:
            with command(runtime) as transaction:
                found = _fire_free(transaction, instance_ids, now)
            fired = found
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 -- reported, and each of them is tried alone
            _log.exception("The timers of some instances could not be fired together; each is tried alone")
    alone = [instance_id for instance_id in instance_ids if instance_id not in fired]
    return sum(fired.values()) + sum(_fire_guarded(runtime, instance_id, now) for instance_id in alone)


def _fire_free(transaction: Transaction, instance_ids: list[str], now: datetime) -> dict[str, int]:
    """Fire the due timers of those instances that nobody else moves; return how many, by instance.

    What goes wrong in one of them, or takes too long, is left for a transaction of its own.
    """
    moving = Transition.of_free(transaction, instance_ids)
    mine = (timer.c.instance_id.in_(moving), timer.c.due_at <= now)
    query = select(timer.c.instance_id, timer.c.number).where(*mine)
    fired: dict[str, int] = {}
    for instance_id, number in transaction.connection.execute(query.order_by(timer.c.due_at, timer.c.number)).all():
        if instance_id not in moving or transaction.is_long():
            continue
        try:
            _fire_one(moving[instance_id], number)
        except WorkflowError:
            del moving[instance_id]
            fired.pop(instance_id, None)
        else:
            fired[instance_id] = fired.get(instance_id, 0) + 1
    save_all([moving[instance_id] for instance_id in fired])
    return fired


def _fire_guarded(runtime: Runtime, instance_id: str, now: datetime) -> int:
    """Fire the due timers of one instance; if they can't be fired, put them off and let the others go on."""
    try:
        with command(runtime) as transaction:
            return _fire(transaction, instance_id, now)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 -- reported; the timers of other instances are due too
        _log.exception("The timers of instance %s could not be fired and will be tried again", instance_id)
        _put_off(runtime, timer, timer.c.instance_id == instance_id, now)
        return 0


def _start_guarded(runtime: Runtime, start_id: int, now: datetime) -> int:
    """Start an instance at a timer start event; if that can't be done, put it off and let the others go on."""
    try:
        with command(runtime) as transaction:
            return _start(transaction, start_id, now)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 -- as above
        _log.exception("No instance could be started by timer %s; it will be tried again", start_id)
        _put_off(runtime, start_subscription, start_subscription.c.id == start_id, now)
        return 0


def _put_off(runtime: Runtime, table: Table, mine: ColumnElement[bool], now: datetime) -> None:
    with runtime.transaction() as transaction:
        due = table.c.due_at
        transaction.connection.execute(update(table).where(mine, due <= now).values(due_at=now + _PAUSE))


def _fire(transaction: Transaction, instance_id: str, now: datetime) -> int:
    try:
        moving = Transition.of(transaction, instance_id)
    except (Conflict, NotFound):  # it ended, and its timers with it, before it could be locked
        return 0
    mine = (timer.c.instance_id == instance_id, timer.c.due_at <= now)
    query = select(timer.c.number).where(*mine).order_by(timer.c.due_at, timer.c.number)
    due = transaction.connection.scalars(query).all()
    for number in due:
        _fire_one(moving, number)
    moving.save()
    return len(due)


def _fire_one(moving: Transition, number: int) -> None:
    moving.recorder.changes.clear_timer(number)
    if number in moving.stored.state.subscriptions:  # else one that fired before it has cleared it
        moving.apply(commands.TimerDue(number))


def _start(transaction: Transaction, start_id: int, now: datetime) -> int:
    """Start an instance at a timer start event, and set the event to its next time."""
    mine = start_subscription.c.id == start_id
    query = select(start_subscription).where(mine, start_subscription.c.due_at <= now)
    row = transaction.connection.execute(query.with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return 0
    schedule = {**row.schedule, "fired": row.schedule["fired"] + 1}
    due = parse_timer(schedule["kind"], schedule["text"]).due(parse_instant(schedule["set_at"]), schedule["fired"])
    if due is None:
        transaction.connection.execute(delete(start_subscription).where(mine))
    else:
        values = {"due_at": due, "schedule": schedule}
        transaction.connection.execute(update(start_subscription).where(mine).values(values))
    starting = Transition.begin(transaction, row.definition_id)
    starting.start({}, node=row.element_id)
    starting.save()
    return 1
