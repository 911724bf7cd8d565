"""Changing by hand what an instance does, and the variables it does it with."""

from collections.abc import Iterable, Mapping, Sequence

from workflows.core import activities_at, commands
from workflows.embedded import audit
from workflows.embedded.deliveries import release
from workflows.embedded.ids import split
from workflows.embedded.inputs import checked_variables, storable
from workflows.embedded.runtime import Transaction
from workflows.embedded.transition import Transition
from workflows.errors import Conflict, InvalidInput
from workflows.values import JsonValue


def modify(
    transaction: Transaction,
    instance_id: str,
    *,
    cancel: Sequence[str],
    start: Sequence[str],
    variables: Mapping[str, JsonValue] | None,
    reason: str,
    by: str | None,
) -> None:
    """Cancel what runs in elements, or single entries of the history, and start at elements."""
    if not cancel and not start:
        raise InvalidInput("A modification needs an element to cancel or to start at.")
    values = checked_variables(variables)
    moving = Transition.of(transaction, instance_id, by=storable(by, "The id of who modifies it"))
    chosen = tuple(dict.fromkeys(_chosen(moving, cancel)))
    moving.apply(commands.Modify(chosen, tuple(start), values))
    moving.save()
    details = f"cancelled: {', '.join(cancel) or '-'}; started: {', '.join(start) or '-'}"
    audit.record(transaction, instance_id, "modify", by=by, reason=reason, details=details)
    if moving.recorder.finished is not None:
        release(transaction, instance_id)


def set_variables(
    transaction: Transaction,
    instance_id: str,
    variables: Mapping[str, JsonValue],
    *,
    scope: str | None,
    local: bool,
    reason: str,
    by: str | None,
) -> None:
    """Set the variables of the process, or those that a task or running element sees."""
    values = checked_variables(variables)
    if not values:
        raise InvalidInput("There is no variable to set.")
    at = None if scope is None else _number(instance_id, scope, "task or running element")
    moving = Transition.of(transaction, instance_id, by=storable(by, "The id of who sets them"))
    moving.apply(commands.SetVariables(values, at, local))
    moving.save()
    where = "" if scope is None else f" at {scope}"
    details = f"{', '.join(values)}{where}"
    audit.record(transaction, instance_id, "set_variables", by=by, reason=reason, details=details)


def _chosen(moving: Transition, cancel: Iterable[str]) -> Iterable[int]:
    """The activities that are meant by elements or by entries of the history."""
    for wanted in cancel:
        if wanted in moving.recorder.definition.graph.nodes:
            activities = activities_at(moving.stored.state, wanted)
            if not activities:
                raise Conflict(f"Nothing goes on in the element {wanted!r}.")
            yield from activities
        elif ":" in wanted:
            yield _number(moving.instance_id, wanted, "history entry")
        else:
            raise InvalidInput(f"There is no element {wanted!r} to cancel.")


def _number(instance_id: str, identifier: str, what: str) -> int:
    of, number = split(identifier, what)
    if of != instance_id:
        raise InvalidInput(f"The {what} {identifier!r} belongs to another instance.")
    return number
