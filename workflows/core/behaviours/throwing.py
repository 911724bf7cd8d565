"""Intermediate throw events and end events."""

from workflows.core import scopes, subscriptions, tokens, variables
from workflows.core.behaviours import catching, compensation
from workflows.core.behaviours.base import inputs
from workflows.core.behaviours.events import Event
from workflows.core.behaviours.jobs import create_job
from workflows.core.effects import MessageThrown, SignalThrown
from workflows.core.machine import Machine
from workflows.core.records import Token
from workflows.diagrams.graph import EventDefinition, EventKind, Node
from workflows.values import Variables


class ThrowEvent(Event):
    """Throws its events, one after the other; what ends the thrower comes last."""

    def prepare(self, m: Machine, token: Token, node: Node) -> None:
        inputs(m, token, node)
        self.execute(m, token, node)

    def execute(self, m: Machine, token: Token, node: Node) -> None:
        if node.job is not None:
            create_job(m, token, node, node.job)
            return
        activity = token.activity
        for event in sorted(node.events, key=lambda event: _ORDER.get(event.kind, 0)):
            if event.kind is EventKind.COMPENSATE or event.kind is EventKind.CANCEL:
                self._compensate(m, token, node, event)
                return
            throw(m, token, node, event)
            if not tokens.is_at(m, token, node, activity) or token.incident is not None:
                return
        self.complete(m, token, node)

    def _compensate(self, m: Machine, token: Token, node: Node, event: EventDefinition) -> None:
        if event.kind is EventKind.CANCEL:
            scope = m.scopes[token.scope]
            scopes.clear(m, scope, keep=token)
            compensation.begin(m, token, scope, None)
        elif event.wait_for_completion:
            compensation.begin(m, token, compensation.target(m, token, event.activity_ref), event.activity_ref)
        else:
            compensation.begin_beside(m, token, event.activity_ref)
            self.complete(m, token, node)


class EndEvent(ThrowEvent):
    """Ends its path."""

    def leave(self, m: Machine, token: Token, node: Node) -> None:
        tokens.left(m, token)
        if any(event.kind is EventKind.CANCEL for event in node.events):
            compensation.transaction_cancelled(m, token)
        else:
            self.go_on(m, token, node)


_ORDER = {
    EventKind.ESCALATION: 1,
    EventKind.COMPENSATE: 2,
    EventKind.CANCEL: 2,
    EventKind.TERMINATE: 3,
    EventKind.ERROR: 3,
}


def throw(m: Machine, token: Token, node: Node, event: EventDefinition) -> None:
    """Throw one event; the token may not be there any more afterwards."""
    scope = variables.scope_of(m, token)
    match event.kind:
        case EventKind.MESSAGE:
            throw_message(m, token, node, event)
        case EventKind.SIGNAL if event.name is not None:
            name = variables.required_text(m, event.name, scope, "the signal name")
            payload = payload_of(m, token)
            subscriptions.broadcast(m, name, payload)
            m.emit(SignalThrown(node.id, name, payload))
        case EventKind.ESCALATION if event.code is not None:
            code = variables.required_text(m, event.code, scope, "the escalation code")
            catching.throw_escalation(m, token, code, payload_of(m, token))
        case EventKind.ERROR if event.code is not None:
            code = variables.required_text(m, event.code, scope, "the error code")
            message = variables.text(m, event.error_message, scope) or ""
            catching.throw_error(m, token, code, message, payload_of(m, token))
        case EventKind.TERMINATE:
            scopes.clear(m, m.scopes[token.scope], keep=token)
        case _:
            return


def throw_message(m: Machine, token: Token, node: Node, event: EventDefinition) -> None:
    """Hand a message to the host to be routed."""
    if event.name is None:
        return
    scope = variables.scope_of(m, token)
    name = variables.required_text(m, event.name, scope, "the message name")
    key = variables.text(m, event.correlation_key, scope)
    m.emit(MessageThrown(node.id, name, key, payload_of(m, token)))


def payload_of(m: Machine, token: Token) -> Variables:
    """Return what an event carries: the variables that the thrower's input mappings made."""
    return {} if token.local is None else variables.fresh(m.scopes[token.local].variables)
