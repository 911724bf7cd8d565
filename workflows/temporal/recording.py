"""Telling the store what an instance did: the same rows that the embedded engine writes, through its mirror."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from workflows.core import effects
from workflows.core.state import Changes
from workflows.diagrams.graph import EventKind
from workflows.embedded import migrating
from workflows.embedded.inputs import storable
from workflows.embedded.mirror import Mirror, MirrorTransaction, Moved
from workflows.embedded.tables import temporal_subscription as subscription
from workflows.temporal.payloads import Record, Step
from workflows.temporal.records import from_record
from workflows.timers import parse_instant


def write(mirror: Mirror, record: Record) -> list[tuple[str, str | None]]:
    """Write what the store has not heard of yet, in one transaction: the same record again changes nothing.

    Return the names and correlation keys of the messages that the instance waits for since then.
    """
    with mirror.transaction() as rows:
        caller = None if record.caller_id is None else (record.caller_id, record.caller_number)
        rows.begin(
            record.instance_id,
            record.definition_id,
            started_at=parse_instant(record.started_at),
            business_key=record.business_key,
            by=record.by,
            caller=caller,
        )
        moved = rows.open(record.instance_id)
        if moved.step < record.steps[-1].number:
            _write_steps(mirror, rows, moved, record)
        return _awaited(rows.connection, record)


def _write_steps(mirror: Mirror, rows: MirrorTransaction, moved: Moved, record: Record) -> None:
    for step in record.steps:
        if step.migrated is not None:
            moved.save()
            new = mirror.definition(step.migrated.definition_id)
            migrating.move_rows(rows.connection, record.instance_id, new, step.migrated.renamed)
            moved = rows.open(record.instance_id)
        _write_step(rows, moved, record, step)
    moved.status = record.status
    moved.write_state(Changes(record.written, tuple(record.removed)))
    moved.save(step=record.steps[-1].number)


def _write_step(rows: MirrorTransaction, moved: Moved, record: Record, step: Step) -> None:
    at = parse_instant(step.at)
    if step.ended_task is not None:
        moved.end_task(step.ended_task, "completed", at, by=step.by)
    for effect in map(from_record, step.effects):
        moved.apply(effect, at, by=step.by)
        _write_subscription(rows.connection, record, effect, at)
    if step.audit is not None:
        audit = step.audit
        rows.audit(record.instance_id, audit.action, by=audit.by, reason=audit.reason, details=audit.details)


def _write_subscription(connection: Connection, record: Record, effect: effects.Effect, at: datetime) -> None:
    mine = subscription.c.instance_id == record.instance_id
    match effect:
        case effects.SubscriptionOpened():
            key = record.business_key if effect.correlation_key is None else effect.correlation_key
            values = {
                "instance_id": record.instance_id,
                "number": effect.id,
                "kind": str(effect.kind),
                "name": storable(effect.name, f"The name of the {effect.kind}"),
                "correlation_key": storable(key, "The correlation key"),
                "opened_at": at,
            }
            connection.execute(insert(subscription), [values])
        case effects.SubscriptionClosed(id=number):
            connection.execute(delete(subscription).where(mine, subscription.c.number == number))
        case effects.InstanceFinished():
            connection.execute(delete(subscription).where(mine))


def _awaited(connection: Connection, record: Record) -> list[tuple[str, str | None]]:
    """The messages that the instance began to wait for in these steps; after it was resumed, all that it waits for."""
    if not record.resumed and not any(_opened(record)):
        return []
    waiting = select(subscription.c.name, subscription.c.correlation_key).where(
        subscription.c.instance_id == record.instance_id, subscription.c.kind == EventKind.MESSAGE
    )
    if not record.resumed:
        waiting = waiting.where(subscription.c.number.in_(list(_opened(record))))
    return [(row.name, row.correlation_key) for row in connection.execute(waiting)]


def _opened(record: Record) -> Iterator[int]:
    for step in record.steps:
        for name, values in step.effects:
            if name == effects.SubscriptionOpened.__name__:
                yield values["id"]
