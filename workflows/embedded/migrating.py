"""Moving an instance to another version of its diagram."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, case, select, update

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
    new = moving.recorder.definition = transaction.definition(definition_id)
    refuse_unknown(old, new, renamed)
    elements = {node.id: node.type for node in old.graph.nodes.values()}
    moving.apply(commands.Migrate(new.process_id, elements, renamed))
    move_rows(transaction.connection, instance_id, new, renamed)
    moving.save()
    details = described(old, new, renamed)
    audit.record(transaction, instance_id, "migrate", by=by, reason=reason, details=details)


def move_rows(connection: Connection, instance_id: str, new: Definition, renamed: Mapping[str, str]) -> None:
    """Let the rows of an instance belong to its new definition, in which elements are `renamed`."""
    if renamed:
        _rename(connection, instance_id, renamed)
    moved = {"definition_id": new.id, "process_id": new.process_id}
    connection.execute(update(instance).where(instance.c.id == instance_id).values(moved))
    for table in (user_task, job):
        others = update(table).where(table.c.instance_id == instance_id, table.c.process_id != new.process_id)
        connection.execute(others.values(process_id=new.process_id))


def described(old: Definition, new: Definition, renamed: Mapping[str, str]) -> str:
    """Say in the audit what a migration does."""
    versions = f"from {old.process_id} version {old.version} to {new.process_id} version {new.version}"
    return versions + "".join(f", {before} as {after}" for before, after in renamed.items())


def _refuse_unfit(transaction: Transaction, old_id: str, new_id: str) -> None:
    known = select(definition.c.id, definition.c.core).where(definition.c.id.in_([old_id, new_id]))
    rows = transaction.connection.execute(known) if is_id(new_id) else ()
    cores: dict[str, str] = {row.id: row.core for row in rows}
    if new_id not in cores:
        raise NotFound(f"There is no process definition {new_id!r}.")
    if cores[old_id] != cores[new_id]:
        raise InvalidInput(f"The core {cores[old_id]!r} steps the instance, the new version runs on {cores[new_id]!r}.")


def refuse_unknown(old: Definition, new: Definition, renamed: Mapping[str, str]) -> None:
    """Raise `InvalidInput` for a mapping that names elements which one of the definitions lacks."""
    _refuse_lacking(renamed.keys() - old.graph.nodes.keys(), old)
    _refuse_lacking(set(renamed.values()) - new.graph.nodes.keys(), new)


def _refuse_lacking(elements: set[str], version: Definition) -> None:
    if elements:
        named = ", ".join(sorted(elements))
        raise InvalidInput(f"The mapping names elements that {version.process_id} {version.version} lacks: {named}.")


def _rename(connection: Connection, instance_id: str, renamed: Mapping[str, str]) -> None:
    """Give what goes on the new ids of its elements, all at once, as two may have exchanged theirs."""
    for table, is_open in _OPEN.items():
        new_id: Any = case(renamed, value=table.c.element_id, else_=table.c.element_id)
        mine = update(table).where(table.c.instance_id == instance_id, table.c.element_id.in_(renamed))
        if is_open is not None:
            mine = mine.where(is_open)
        connection.execute(mine.values(element_id=new_id))
