"""Gateways that decide; those that join stand in `joins`."""

from collections.abc import Sequence

from workflows.core import subscriptions, tokens, variables
from workflows.core.behaviours.base import FlowNode
from workflows.core.machine import Machine
from workflows.core.records import Phase, Token
from workflows.core.scopes import consume
from workflows.diagrams.graph import Flow, Node
from workflows.errors import ExpressionError


class ExclusiveGateway(FlowNode):
    """Takes the first flow whose condition holds, in the order of the diagram, else the default flow."""

    def go_on(self, m: Machine, token: Token, node: Node) -> None:
        flow = self._choice(m, token, node)
        if flow is None:
            consume(m, token)
        else:
            tokens.take(m, token, (flow,))

    def _choice(self, m: Machine, token: Token, node: Node) -> Flow | None:
        if not node.outgoing:
            return None
        scope = m.scopes[token.scope]
        default = None
        for flow in node.outgoing:
            if flow.id == node.default:
                default = flow
            elif flow.condition is None or variables.condition_holds(m, flow.condition, scope):
                return flow
        if default is None:
            raise no_flow(node, node.outgoing)
        return default


class EventBasedGateway(FlowNode):
    """Waits for the events behind it; the first that happens takes the token."""

    waits = True

    def execute(self, m: Machine, token: Token, node: Node) -> None:
        m.touch(token)
        token.phase = Phase.WAIT
        for flow in node.outgoing:
            subscriptions.open_events(m, m.nodes[flow.target], token=token)


def no_flow(node: Node, flows: Sequence[Flow]) -> ExpressionError:
    """The error of a gateway where no condition holds."""
    conditions = ", ".join(flow.condition.source for flow in flows if flow.condition is not None)
    return ExpressionError(conditions, f"no condition holds behind gateway {node.id}, and it has no default flow")
