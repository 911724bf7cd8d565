"""Gateways that join: parallel, inclusive and complex."""

from collections.abc import Mapping

from workflows.core import joins, scopes, tokens, variables
from workflows.core.behaviours.base import FlowNode
from workflows.core.behaviours.gateways import no_flow
from workflows.core.machine import Machine
from workflows.core.records import Phase, Scope, Token, in_order
from workflows.diagrams.graph import Node


class ParallelGateway(FlowNode):
    """Waits for a token on each incoming flow, then takes all outgoing flows; conditions on them are ignored."""

    def enter(self, m: Machine, token: Token, node: Node) -> None:
        if len(node.incoming) > 1:
            waiting = joins.arrive(m, token)
            if len(waiting) < len(node.incoming):
                return
            token = joins.merge(m, waiting)
        super().enter(m, token, node)

    def go_on(self, m: Machine, token: Token, node: Node) -> None:
        if node.outgoing:
            tokens.take(m, token, node.outgoing)
        else:
            scopes.consume(m, token)


class InclusiveGateway(FlowNode):
    """Waits for every token that can still arrive, then takes each outgoing flow whose condition holds."""

    def enter(self, m: Machine, token: Token, node: Node) -> None:
        if len(node.incoming) > 1:
            joins.arrive(m, token)
            undecided(m, token.scope, node)
        else:
            super().enter(m, token, node)

    def go_on(self, m: Machine, token: Token, node: Node) -> None:
        flows = tokens.selected(m, token, node)
        if not flows and node.outgoing:
            raise no_flow(node, node.outgoing)
        if flows:
            tokens.take(m, token, flows)
        else:
            scopes.consume(m, token)

    def release(self, m: Machine, scope: Scope, node: Node) -> bool:
        waiting = scope.joins.get(node.id)
        if waiting is None:
            decided(m, scope.id, node)
            return False
        if len(waiting) < len(node.incoming) and joins.can_still_arrive(m, scope, node, waiting):
            return False
        tokens.queue(m, joins.merge(m, waiting), Phase.EXECUTE)
        return True

    def execute(self, m: Machine, token: Token, node: Node) -> None:
        """The join goes on."""
        FlowNode.enter(self, m, token, node)

    def prepare(self, m: Machine, token: Token, node: Node) -> None:
        self.complete(m, token, node)


class ComplexGateway(InclusiveGateway):
    """Fires when its activation condition holds (without one: at the first token). It then swallows the tokens
    that can still arrive on the other flows, and starts anew."""

    def enter(self, m: Machine, token: Token, node: Node) -> None:
        if len(node.incoming) < 2:  # noqa: PLR2004
            FlowNode.enter(self, m, token, node)
            return
        scope = m.scopes[token.scope]
        waiting = joins.arrive(m, token)
        if scope.fired and node.id in scope.fired:
            undecided(m, scope.id, node)
        elif self._is_activated(m, scope, node, waiting):
            m.touch(scope)
            scope.fired = {**(scope.fired or {}), node.id: tuple(waiting)}
            undecided(m, scope.id, node)
            self.execute(m, joins.merge(m, waiting), node)

    def _is_activated(self, m: Machine, scope: Scope, node: Node, waiting: joins.Waiting) -> bool:
        if node.activation_condition is None:
            return True
        count = sum(map(len, waiting.values()))
        return variables.condition_holds(m, node.activation_condition, scope, {"activationCount": count})

    def release(self, m: Machine, scope: Scope, node: Node) -> bool:
        fired = (scope.fired or {}).get(node.id)
        if fired is None:
            decided(m, scope.id, node)
            return False
        waiting = scope.joins.get(node.id, {})
        late = [flow for flow in waiting if flow not in fired]
        if self._can_still_come(m, scope, node, {*fired, *late}):
            return False
        self._reset(m, scope, node, late)
        return True

    def _can_still_come(self, m: Machine, scope: Scope, node: Node, come: set[str]) -> bool:
        reached = m.graph.reachable_flows(node)
        return any(flow not in come for place in joins.places(m, scope, node) for flow in reached.get(place, ()))

    def _reset(self, m: Machine, scope: Scope, node: Node, late: list[str]) -> None:
        m.touch(scope)
        scope.fired = {key: flows for key, flows in (scope.fired or {}).items() if key != node.id} or None
        decided(m, scope.id, node)
        waiting: Mapping[str, Mapping[int, None]] = scope.joins.get(node.id, {})
        swallowed = [next(iter(waiting[flow])) for flow in late]
        again = in_order(number for ids in waiting.values() for number in ids if number not in swallowed)
        for number in swallowed:
            joins.depart(m, m.tokens[number])
            tokens.drop(m, m.tokens[number])
        for number in again:
            joins.depart(m, m.tokens[number])
            tokens.queue(m, m.tokens[number], Phase.ENTER)
        scopes.finish_if_empty(m, scope)


def undecided(m: Machine, scope: int, node: Node) -> None:
    """Look at this join when nothing else moves."""
    if (scope, node.id) not in m.state.undecided:
        m.state.undecided[scope, node.id] = None
        m.on_rollback(m.state.undecided.pop, (scope, node.id), None)


def decided(m: Machine, scope: int, node: Node) -> None:
    """Look at this join no longer."""
    if m.state.undecided.pop((scope, node.id), 0) is None:
        m.on_rollback(m.state.undecided.__setitem__, (scope, node.id), None)
