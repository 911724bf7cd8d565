"""Moving an instance to another version of its diagram."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, case, select, update

from workflows.core import commands
from workflows.embedded import audit
from workflows.embedded.definitions import Definition
from workflows.embedded.ids import is_id
from workflows.embedded.inputs import storable
from workflows.embedded.runtime import Transaction
from workflows.embedded.tables import (
    activity,
    definition,
    delivery,
    incident,
    instance,
    job,
    subscription,
    timer,
    user_task,
)
from workflows.embedded.transition import Transition
from workflows.errors import Conflict, InvalidInput, NotFound

_OPEN: Mapping[Table, ColumnElement[bool] | None] = {
    user_task: user_task.c.outcome.is_(None),
    incident: incident.c.resolved_at.is_(None),
    activity: activity.c.outcome == "running",
    job: None,
    timer: None,
    subscription: None,
}
"""The rows that name an element in which something still goes on."""


def migrate(
    transaction: Transaction,
    instance_id: str,
    definition_id: str,
    *,
    mapping: Mapping[str, str] | None,
    reason: str,
    by: str | None,
) -> None:
    """Move an instance to another definition; `InvalidInput` names what has no counterpart there."""
    moving = Transition.of(transaction, instance_id, by=storable(by, "The id of who migrates it"))
    old, renamed = moving.recorder.definition, dict(mapping or {})
    if definition_id == old.id:
        raise Conflict(f"The process instance {instance_id!r} has this definition already.")
    _refuse_unfit(transaction, old.id, definition_id)
    asked = select(delivery.c.id).where(delivery.c.target_id == instance_id, delivery.c.kind == "request").limit(1)
    if transaction.connection.scalar(asked) is not None:
        raise Conflict(f"The process instance {instance_id!r} is in the middle of a long step: let it go on first.")
    new = moving.recorder.definition = transaction.runtime.definition(transaction.connection, definition_id)
    _refuse_unknown(renamed.keys() - old.graph.nodes.keys(), old)
    _refuse_unknown(set(renamed.values()) - new.graph.nodes.keys(), new)
    elements = {node.id: node.type for node in old.graph.nodes.values()}
    moving.apply(commands.Migrate(new.process_id, elements, renamed))
    if renamed:
        _rename(transaction, instance_id, renamed)
    moving.save()
    moved = {"definition_id": new.id, "process_id": new.process_id}
    transaction.connection.execute(update(instance).where(instance.c.id == instance_id).values(moved))
    if new.process_id != old.process_id:
        for table in (user_task, job):
            mine = update(table).where(table.c.instance_id == instance_id)
            transaction.connection.execute(mine.values(process_id=new.process_id))
    details = f"from {old.process_id} version {old.version} to {new.process_id} version {new.version}"
    audit.record(transaction, instance_id, "migrate", by=by, reason=reason, details=details + _shown(renamed))


def _refuse_unfit(transaction: Transaction, old_id: str, new_id: str) -> None:
    known = select(definition.c.id, definition.c.core).where(definition.c.id.in_([old_id, new_id]))
    rows = transaction.connection.execute(known) if is_id(new_id) else ()
    cores: dict[str, str] = {row.id: row.core for row in rows}
    if new_id not in cores:
        raise NotFound(f"There is no process definition {new_id!r}.")
    if cores[old_id] != cores[new_id]:
        raise InvalidInput(f"The core {cores[old_id]!r} steps the instance, the new version runs on {cores[new_id]!r}.")


def _refuse_unknown(elements: set[str], version: Definition) -> None:
    if elements:
        named = ", ".join(sorted(elements))
        raise InvalidInput(f"The mapping names elements that {version.process_id} {version.version} lacks: {named}.")


def _shown(renamed: Mapping[str, str]) -> str:
    return "".join(f", {old} as {new}" for old, new in renamed.items())


def _rename(transaction: Transaction, instance_id: str, renamed: Mapping[str, str]) -> None:
    """Give what goes on the new ids of its elements, all at once, as two may have exchanged theirs."""
    for table, is_open in _OPEN.items():
        new_id: Any = case(renamed, value=table.c.element_id, else_=table.c.element_id)
        mine = update(table).where(table.c.instance_id == instance_id, table.c.element_id.in_(renamed))
        if is_open is not None:
            mine = mine.where(is_open)
        transaction.connection.execute(mine.values(element_id=new_id))
