"""The timers that running instances wait for, as operators see and change them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select, tuple_

from workflows.core import commands
from workflows.embedded import audit
from workflows.embedded.ids import is_id, numbered, split
from workflows.embedded.inputs import storable
from workflows.embedded.paging import count, equal, page, within
from workflows.embedded.runtime import Transaction
from workflows.embedded.tables import instance, timer
from workflows.embedded.transition import Transition
from workflows.errors import NotFound
from workflows.operations import Timer, TimerQuery


def list_timers(connection: Connection, query: TimerQuery) -> list[Timer]:
    """List timers, those that are due first."""
    found = _found(query).order_by(timer.c.due_at, timer.c.instance_id, timer.c.number)
    return [_as_timer(row) for row in connection.execute(page(found, limit=query.limit, offset=query.offset))]


def count_timers(connection: Connection, query: TimerQuery) -> int:
    """Count the timers that a query lists on all its pages."""
    return count(connection, _found(query).with_only_columns(timer.c.number))


def get(connection: Connection, timer_id: str) -> Timer:
    """Return one timer; `NotFound` if there is none, or none any more."""
    split(timer_id, "timer")
    row = connection.execute(_found(TimerQuery(ids=(timer_id,)))).one_or_none()
    if row is None:
        raise NotFound(f"There is no timer {timer_id!r}, or none any more.")
    return _as_timer(row)


def fire(transaction: Transaction, timer_id: str, *, by: str | None) -> None:
    """Let a timer fire now, whenever it is due."""
    moving, found = _open(transaction, timer_id, by)
    number = split(timer_id, "timer")[1]
    moving.recorder.changes.clear_timer(number)
    moving.apply(commands.TimerDue(number))
    moving.save()
    audit.record(transaction, found.instance_id, "fire_timer", by=by, details=f"{timer_id} at {found.element_id}")


def set_due(transaction: Transaction, timer_id: str, due: datetime, *, by: str | None) -> None:
    """Let a timer be due at another time."""
    moving, found = _open(transaction, timer_id, by)
    moving.apply(commands.SetTimer(split(timer_id, "timer")[1], due))
    moving.save()
    details = f"{timer_id} at {found.element_id}: {due.isoformat()}, before {found.due_at.isoformat()}"
    audit.record(transaction, found.instance_id, "set_timer", by=by, details=details)


def _open(transaction: Transaction, timer_id: str, by: str | None) -> tuple[Transition, Timer]:
    """Lock the instance of a timer that is there."""
    get(transaction.connection, timer_id)
    moving = Transition.of(transaction, split(timer_id, "timer")[0], by=storable(by, "The id of who changes it"))
    return moving, get(transaction.connection, timer_id)  # it may have fired before the instance was locked


def _found(query: TimerQuery) -> Select[Any]:
    columns = (timer, instance.c.process_id, instance.c.definition_id)
    found = select(*columns).join(instance)
    if query.ids:
        known = [split(each, "timer") for each in query.ids if is_id(each.replace(":", "", 1))]
        found = found.where(tuple_(timer.c.instance_id, timer.c.number).in_(known))
    if query.instance_ids:
        found = found.where(timer.c.instance_id.in_([each for each in query.instance_ids if is_id(each)]))
    return found.where(
        *equal(
            (timer.c.element_id, query.element_id),
            (instance.c.process_id, query.process_id),
            (instance.c.definition_id, query.definition_id),
        ),
        *within(timer.c.due_at, query.due_after, query.due_before),
    )


def _as_timer(row: Row[Any]) -> Timer:
    return Timer(
        id=numbered(row.instance_id, row.number),
        instance_id=row.instance_id,
        process_id=row.process_id,
        definition_id=row.definition_id,
        element_id=row.element_id,
        due_at=row.due_at,
    )
