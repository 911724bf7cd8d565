"""Call activities: another process, as an instance of its own that the host starts."""

from workflows.core import variables, waits
from workflows.core.behaviours.activities import Activity
from workflows.core.behaviours.base import receive
from workflows.core.effects import CallRequested
from workflows.core.machine import Machine
from workflows.core.records import Token, WaitKind
from workflows.diagrams.graph import CallDefinition, Node
from workflows.values import Variables


class CallActivity(Activity):
    """Starts the called process with copies of variables, and copies back when it has ended."""

    def perform(self, m: Machine, token: Token, node: Node) -> None:
        call = node.call
        if call is None:
            self.complete(m, token, node)
            return
        scope = variables.scope_of(m, token)
        process = variables.required_text(m, call.process, scope, "the id of the process to call")
        version = variables.text(m, call.version, scope)
        business_key = variables.text(m, call.business_key, scope)
        given = _inputs(m, token, call)
        wait = waits.open_wait(m, token, WaitKind.CALL)
        m.emit(CallRequested(wait, node.id, process, call.binding, version, business_key, given))

    def complete(self, m: Machine, token: Token, node: Node) -> None:
        if token.payload is not None and node.call is not None:
            answered, token.payload = token.payload, None
            receive(m, token, node, _outputs(m, node.call, answered))
        super().complete(m, token, node)


def _inputs(m: Machine, token: Token, call: CallDefinition) -> Variables:
    scope = variables.scope_of(m, token)
    given = variables.visible(m, scope) if call.all_inputs else {}
    for mapping in call.inputs:
        given[mapping.target] = variables.evaluate(m, mapping.source, scope)
    return given


def _outputs(m: Machine, call: CallDefinition, answered: Variables) -> Variables:
    taken = dict(answered) if call.all_outputs else {}
    for mapping in call.outputs:
        taken[mapping.target] = variables.evaluate_over(m, mapping.source, answered)
    return taken
