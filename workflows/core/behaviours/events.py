"""Start, intermediate catch and boundary events."""

from workflows.core import scopes, subscriptions, tokens
from workflows.core.behaviours import subprocesses
from workflows.core.behaviours.base import FlowNode, chosen, happened, inputs, outputs
from workflows.core.machine import Machine
from workflows.core.records import Phase, Subscription, Token
from workflows.diagrams.graph import EventDefinition, EventKind, Node
from workflows.values import Variables


class Event(FlowNode):
    """An event that has happened writes its outputs and goes on."""

    def complete(self, m: Machine, token: Token, node: Node) -> None:
        outputs(m, token, node)
        super().complete(m, token, node)


class StartEvent(Event):
    """Begins a process or sub-process. With an event definition it also begins an event sub-process, again and
    again, unless it interrupts."""

    def trigger(self, m: Machine, event: Subscription, node: Node, variables: Variables) -> None:
        if event.scope is None:
            return
        scope = m.scopes[event.scope]
        if node.parallel_multiple and not self._all_received(m, event, node):
            return
        subprocesses.start_event_subprocess(m, scope, node, variables, interrupting=node.interrupting)

    def caught(self, m: Machine, token: Token, node: Node, event: EventDefinition, variables: Variables) -> None:
        interrupting = event.kind is EventKind.ERROR or node.interrupting
        scope = m.scopes[token.scope]
        subprocesses.start_event_subprocess(m, scope, node, variables, interrupting=interrupting)

    def _all_received(self, m: Machine, event: Subscription, node: Node) -> bool:
        """Note one part of a parallel multiple event; say whether all have come. A timer that has fired is closed."""
        m.touch(event)
        event.held = True
        parts = [m.state.subscriptions[number] for number in m.scopes[event.scope or 0].subscriptions]
        parts = [part for part in parts if part.node == node.id]
        if not all(part.held for part in parts):
            return False
        for part in parts:
            m.touch(part)
            part.held = False
        return True


class IntermediateCatchEvent(Event):
    """Waits for its event. A timer cycle sends a token on each time."""

    waits = True

    def execute(self, m: Machine, token: Token, node: Node) -> None:
        if any(definition.kind in subscriptions.WAITED_FOR for definition in node.events):
            m.touch(token)
            token.phase = Phase.WAIT
            subscriptions.open_events(m, node, token=token)
        else:
            self.complete(m, token, node)

    def prepare(self, m: Machine, token: Token, node: Node) -> None:
        inputs(m, token, node)
        self.execute(m, token, node)

    def trigger(self, m: Machine, event: Subscription, node: Node, variables: Variables) -> None:
        token = m.tokens[event.token or 0]
        if token.node != node.id:
            chosen(m, token, node)
        elif node.parallel_multiple and not all_received(m, token, event, node):
            return
        elif event.id in token.subscriptions and event.kind is EventKind.TIMER:
            happened(m, tokens.spawn(m, m.scopes[token.scope], node.id), node, variables)
            return
        subscriptions.close_all(m, token)
        happened(m, token, node, variables)


class BoundaryEvent(Event):
    """Catches an event of the activity that it stands on, and cancels the activity if it interrupts."""

    def trigger(self, m: Machine, event: Subscription, node: Node, variables: Variables) -> None:
        host = m.tokens[event.token or 0]
        if node.parallel_multiple and not all_received(m, host, event, node):
            return
        self._catch(m, host, node, variables, interrupting=node.interrupting)

    def caught(self, m: Machine, token: Token, node: Node, event: EventDefinition, variables: Variables) -> None:
        always = event.kind in (EventKind.ERROR, EventKind.CANCEL)
        self._catch(m, token, node, variables, interrupting=always or node.interrupting)

    def _catch(self, m: Machine, host: Token, node: Node, values: Variables, *, interrupting: bool) -> None:
        if interrupting:
            scopes.withdraw(m, host)
            tokens.cancelled(m, host)
            tokens.move(m, host, node.id)
        else:
            host = tokens.spawn(m, m.scopes[host.scope], node.id)
        happened(m, host, node, values)


def all_received(m: Machine, token: Token, event: Subscription, node: Node) -> bool:
    """Note one part of a parallel multiple event; say whether all have come, and begin anew if so."""
    part = f"{node.id}:{event.index}"
    m.touch(token)
    if part not in token.received:
        token.received = (*token.received, part)
    parts = {f"{node.id}:{index}" for index in range(len(node.events))}
    if not parts <= set(token.received):
        return False
    token.received = tuple(other for other in token.received if other not in parts)
    return True
