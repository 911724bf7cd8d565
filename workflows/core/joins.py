"""Tokens that wait for each other at a join, by the flow that they came in over: `Scope.joins`.

While it waits a token is in no other table of its scope, so that looking for tokens which may still arrive does not
look through those that have.
"""

from collections.abc import Container, Iterator

from workflows.core import tokens
from workflows.core.machine import Machine
from workflows.core.records import Phase, Scope, Token, in_order
from workflows.diagrams.graph import Node

Waiting = dict[str, dict[int, None]]


def arrive(m: Machine, token: Token) -> Waiting:
    """Let the token wait; return all that wait at its element, by flow."""
    m.touch(token)
    token.phase = Phase.JOIN
    token.arrived = m.next_id()
    scope = m.scopes[token.scope]
    del scope.tokens[token.id]
    waiting = scope.joins.setdefault(token.node, {})
    waiting.setdefault(token.flow or "", {})[token.id] = None
    m.on_rollback(_unarrive, scope, token, token.node, token.flow or "")
    return waiting


def depart(m: Machine, token: Token) -> None:
    """Let the token wait no longer; it is then free to be moved or dropped."""
    m.touch(token)
    scope = m.scopes[token.scope]
    _remove(scope, token, token.node, token.flow or "")
    m.on_rollback(_undepart, m, token, (token.node, token.flow or "", token.arrived))
    token.phase = Phase.ENTER
    token.arrived = 0
    scope.tokens[token.id] = None


def merge(m: Machine, waiting: Waiting) -> Token:
    """Make one token of the first of each flow."""
    ids = in_order(next(iter(waiting[flow])) for flow in waiting)
    for number in ids:
        depart(m, m.tokens[number])
    for number in ids[1:]:
        tokens.drop(m, m.tokens[number])
    return m.tokens[ids[0]]


def gather(m: Machine, token: Token, quantity: int) -> bool:
    """Let the token wait until `quantity` have come over any flow; `token` then stands for them all."""
    m.touch(token)
    token.flow = None
    waiting = arrive(m, token)[""]
    if len(waiting) < quantity:
        return False
    for number in in_order(waiting):
        depart(m, m.tokens[number])
        if number != token.id:
            tokens.drop(m, m.tokens[number])
    return True


def can_still_arrive(m: Machine, scope: Scope, node: Node, filled: Container[str]) -> bool:
    """Say whether some token can reach an incoming flow that has none (BPMN 2.0.2, chapter 13.4.3). A token that
    could as well come in over a flow that has one does not count."""
    reached = m.graph.reachable_flows(node)
    for place in places(m, scope, node):
        flows = reached.get(place)
        if flows and not any(flow in filled for flow in flows):
            return True
    return False


def places(m: Machine, scope: Scope, node: Node) -> Iterator[str]:
    """Return the elements in which a scope has tokens, but for those that wait at `node`; some more than once."""
    for number in scope.tokens:
        yield m.tokens[number].node
    for join in scope.joins:
        if join != node.id:
            yield join


def _remove(scope: Scope, token: Token, node: str, flow: str) -> None:
    waiting = scope.joins[node]
    del waiting[flow][token.id]
    if not waiting[flow]:
        del waiting[flow]
        if not waiting:
            del scope.joins[node]


def _unarrive(scope: Scope, token: Token, node: str, flow: str) -> None:
    _remove(scope, token, node, flow)
    scope.tokens[token.id] = None


def _undepart(m: Machine, token: Token, place: tuple[str, str, int]) -> None:
    """Put a token back in the place that its arrival gave it; it may not yet stand at its join again."""
    node, flow, arrived = place
    scope = m.scopes[token.scope]
    del scope.tokens[token.id]
    at_node = scope.joins.setdefault(node, {})
    order = {number: m.tokens[number].arrived for number in at_node.get(flow, ())} | {token.id: arrived}
    at_node[flow] = dict.fromkeys(sorted(order, key=order.__getitem__))
