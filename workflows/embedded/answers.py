"""Answering what a step asks of its host at once: scripts and decisions, within the same transaction."""

from typing import TypeAlias

from workflows.core import State, commands, effects, visible_variables
from workflows.decisions import DecisionError
from workflows.diagrams.graph import Binding
from workflows.embedded import decisions
from workflows.embedded.definitions import Definition
from workflows.embedded.effects import Payload
from workflows.embedded.runtime import Transaction
from workflows.errors import BpmnError, ExpressionError, InvalidInput, NotFound
from workflows.values import Variables

Request: TypeAlias = effects.ScriptRequested | effects.DecisionRequested


def answer(transaction: Transaction, definition: Definition, state: State, request: Request) -> commands.Command | None:
    """Return the answer to a script or decision, None if it is not waited for any more."""
    if request.id not in state.waits:
        return None
    return evaluate(transaction, definition, request, visible_variables(state, request.id))


def evaluate(
    transaction: Transaction, definition: Definition, request: Request, visible: Variables
) -> commands.Command:
    """Return the answer to a script or decision over the variables that it sees; nothing is written."""
    try:
        if isinstance(request, effects.DecisionRequested):
            result = decisions.evaluate(transaction, definition, request, visible)
        else:
            result = _run(transaction, definition, request, visible)
    except BpmnError as error:
        return commands.ThrowError(request.id, error.code, error.message)
    except (ExpressionError, DecisionError, NotFound, InvalidInput) as error:
        return commands.Fail(request.id, str(error))
    return commands.Complete(request.id, result)


def to_payload(request: Request) -> Payload:
    """Return a request as JSON, for a later transaction to answer."""
    payload: Payload = {"number": request.id, "element_id": request.node}
    if isinstance(request, effects.DecisionRequested):
        payload |= {"decision": request.decision, "binding": str(request.binding), "version": request.version}
    return payload


def from_payload(payload: dict[str, str]) -> Request:
    """Return the request that `to_payload` wrote."""
    number = int(payload["number"])
    if "decision" not in payload:
        return effects.ScriptRequested(number, payload["element_id"])
    binding = Binding(payload["binding"])
    return effects.DecisionRequested(number, payload["element_id"], payload["decision"], binding, payload["version"])


def _run(
    transaction: Transaction, definition: Definition, request: effects.ScriptRequested, visible: Variables
) -> Variables:
    found = definition.node(request.node).script
    runner = transaction.runtime.scripts
    if found is None or found.script is None or runner is None:
        raise NotFound("This engine runs no Python scripts.")
    return runner.run(found.script, visible, transaction.now)
