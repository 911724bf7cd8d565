"""Changing what runs in an instance, and its variables."""

from collections.abc import Sequence

from pyzeebe.proto import gateway_pb2 as messages

from workflows.embedded import EmbeddedEngine
from workflows.embedded.ids import split
from workflows.errors import Conflict, InvalidInput, NotFound
from workflows.values import Variables
from workflows.zeebe import reading
from workflows.zeebe.answers import as_text, conflict_if_gone
from workflows.zeebe.gateway import Gateway
from workflows.zeebe.waiting import until


def modify(
    gateway: Gateway,
    store: EmbeddedEngine,
    instance_id: str,
    *,
    cancel: Sequence[str],
    start: Sequence[str],
    variables: Variables,
) -> None:
    """Cancel elements and start others in one command; without anything to start, variables are set before it."""
    graph = store.mirror.definition(store.instance(instance_id).definition_id).graph
    unknown = sorted({element for element in start if element not in graph.nodes})
    if unknown:
        raise InvalidInput(f"The process has no element {', '.join(unknown)}.")
    to_cancel = _to_cancel(store, instance_id, cancel)
    if variables and not start:
        set_variables(gateway, store, instance_id, variables, scope=None, local=False)
    scope = [messages.ModifyProcessInstanceRequest.VariableInstruction(variables=as_text(variables))]
    request = messages.ModifyProcessInstanceRequest(
        processInstanceKey=int(instance_id),
        activateInstructions=[
            messages.ModifyProcessInstanceRequest.ActivateInstruction(
                elementId=element, variableInstructions=scope if variables and not position else []
            )
            for position, element in enumerate(start)
        ],
        terminateInstructions=[
            messages.ModifyProcessInstanceRequest.TerminateInstruction(elementInstanceKey=key) for key in to_cancel
        ],
    )
    with conflict_if_gone(f"The process instance {instance_id!r} has ended, or has gone on meanwhile."):
        gateway.call("ModifyProcessInstance", request)


def set_variables(
    gateway: Gateway, store: EmbeddedEngine, instance_id: str, variables: Variables, *, scope: str | None, local: bool
) -> None:
    """Set variables of the process, or as a task or element sees them, and wait until the store has them."""
    number = int(instance_id)
    if scope is not None:
        owner, number = split(scope, "user task or running element")
        if owner != instance_id or number not in {each.key for each in running(store, instance_id)}:
            raise NotFound(f"There is no user task or running element {scope!r} in this process instance.")
    request = messages.SetVariablesRequest(elementInstanceKey=number, variables=as_text(variables), local=local)
    with conflict_if_gone(f"The process instance {instance_id!r} has ended, or has gone on meanwhile."):
        gateway.call("SetVariables", request)
    until(lambda: variables.items() <= seen(store, instance_id, number).items())


def running(store: EmbeddedEngine, instance_id: str) -> list[reading.Running]:
    """List the elements that run in an instance."""
    with store.mirror.read() as connection:
        return reading.running(connection, instance_id)


def seen(store: EmbeddedEngine, instance_id: str, number: int) -> Variables:
    """Return the variables that an element sees."""
    with store.mirror.read() as connection:
        return reading.visible_variables(connection, instance_id, number)


def _to_cancel(store: EmbeddedEngine, instance_id: str, wanted: Sequence[str]) -> list[int]:
    found, keys = running(store, instance_id), list[int]()
    for name in wanted:
        matching = reading.named(found, instance_id, name)
        if not matching:
            raise Conflict(f"Nothing runs in {name!r}.")
        keys += [each.key for each in matching]
    return list(dict.fromkeys(keys))
