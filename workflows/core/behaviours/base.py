"""What all elements share: the phases of a token in an element, each with its usual meaning."""

from workflows.core import scopes, subscriptions, tokens, variables
from workflows.core.behaviours.jobs import continue_later
from workflows.core.effects import FlowTaken
from workflows.core.machine import Machine
from workflows.core.records import Phase, Scope, Subscription, Token, WaitKind
from workflows.diagrams.graph import EventDefinition, Node
from workflows.values import Variables


class FlowNode:
    """An element that does nothing but pass tokens on. Kinds of elements say what is different in them."""

    waits = False

    def enter(self, m: Machine, token: Token, node: Node) -> None:
        tokens.entered(m, token)
        if node.async_before:
            continue_later(m, token, node, WaitKind.BEFORE)
        else:
            self.prepare(m, token, node)

    def prepare(self, m: Machine, token: Token, node: Node) -> None:
        self.execute(m, token, node)

    def execute(self, m: Machine, token: Token, node: Node) -> None:
        self.complete(m, token, node)

    def spawn(self, m: Machine, token: Token, node: Node) -> None:  # noqa: ARG002
        raise AssertionError(f"{node.id} has no loop")

    def complete(self, m: Machine, token: Token, node: Node) -> None:
        if node.async_after:
            continue_later(m, token, node, WaitKind.AFTER)
        else:
            self.leave(m, token, node)

    def leave(self, m: Machine, token: Token, node: Node) -> None:
        tokens.left(m, token)
        self.go_on(m, token, node)

    def go_on(self, m: Machine, token: Token, node: Node) -> None:
        """Take the outgoing flows, or end the token where there is none."""
        flows = tokens.selected(m, token, node)
        if node.completion_quantity > 1:
            flows = tuple(flows) * node.completion_quantity
        if flows:
            tokens.take(m, token, flows)
        else:
            scopes.consume(m, token)

    def trigger(self, m: Machine, event: Subscription, node: Node, variables: Variables) -> None:  # noqa: ARG002
        raise AssertionError(f"{node.id} waits for no event")

    def caught(
        self,
        m: Machine,  # noqa: ARG002
        token: Token,  # noqa: ARG002
        node: Node,
        event: EventDefinition,
        variables: Variables,  # noqa: ARG002
    ) -> None:
        raise AssertionError(f"{node.id} catches no {event.kind}")

    def release(self, m: Machine, scope: Scope, node: Node) -> bool:  # noqa: ARG002
        raise AssertionError(f"{node.id} is no join")


def outputs(m: Machine, token: Token, node: Node) -> None:
    """Write the element's output mappings, and close its own scope."""
    if node.outputs:
        variables.apply_outputs(m, node.outputs, variables.scope_of(m, token), m.scopes[token.scope])
    scopes.close_local(m, token)


def inputs(m: Machine, token: Token, node: Node) -> None:
    """Give the element its own variables."""
    if node.inputs:
        local = scopes.local_scope(m, token)
        variables.apply_inputs(m, node.inputs, local, m.scopes[token.scope])


def receive(m: Machine, token: Token, node: Node, values: Variables) -> None:
    """Write what an answer or event brings: into the element's own scope, or where the names are known."""
    if not values:
        return
    m.acting = token
    if node.local_result:
        local = scopes.local_scope(m, token)
        for name, value in values.items():
            variables.write(m, local, name, value)
    else:
        variables.assign(m, variables.scope_of(m, token), values)


def happened(m: Machine, token: Token, node: Node, values: Variables) -> None:
    """The token stands in an event that has happened: it goes on from there."""
    tokens.entered(m, token)
    receive(m, token, node, values)
    tokens.queue(m, token, Phase.COMPLETE, first=True)


def chosen(m: Machine, token: Token, node: Node) -> None:
    """An event-based gateway's token goes to the event that happened first."""
    subscriptions.close_all(m, token)
    gateway = m.nodes[token.node]
    tokens.left(m, token)
    flow = next(flow for flow in gateway.outgoing if flow.target == node.id)
    m.emit(FlowTaken(flow.id))
    tokens.move(m, token, node.id, flow.id)
