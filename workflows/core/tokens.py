"""Making, moving and ending tokens."""

from collections.abc import Sequence

from workflows.core import variables
from workflows.core.effects import ActivityCancelled, ActivityEntered, ActivityLeft, FlowTaken
from workflows.core.machine import Machine
from workflows.core.records import Phase, Scope, Token
from workflows.diagrams.graph import Flow, Node


def spawn(
    m: Machine, scope: Scope, node: str, *, flow: str | None = None, inner: bool = False, number: int | None = None
) -> Token:
    """Put a new token into an element, with a number that was given out for it or else a new one; queue it to let it
    move."""
    token = Token(number or m.next_id(), scope=scope.id, node=node, flow=flow, inner=inner)
    m.tokens[token.id] = token
    scope.tokens[token.id] = None
    m.on_rollback(_unspawn, m, token)
    m.state.changed[token] = None
    m.spawned(token)
    return token


def queue(m: Machine, token: Token, phase: Phase, *, first: bool = False) -> None:
    """Let the token go on with `phase`, after the tokens that are ready already, or before them."""
    if not m.queueing(token, phase, first=first):
        return
    m.touch(token)
    token.phase = phase
    token.queued = True
    if first:
        m.state.ready.appendleft(token.id)
    else:
        m.state.ready.append(token.id)


def drop(m: Machine, token: Token) -> None:
    """End a token that has nothing going on any more."""
    m.touch(token)
    token.queued = False
    scope = m.scopes[token.scope]
    del m.tokens[token.id], scope.tokens[token.id]
    m.on_rollback(_undrop, m, token)
    m.dropped(token)


def is_at(m: Machine, token: Token, node: Node, activity: int | None) -> bool:
    """Say whether the token is still in the same execution of the same element."""
    return m.tokens.get(token.id) is token and token.node == node.id and token.activity == activity


def entered(m: Machine, token: Token) -> int:
    """Report that the token's element begins, once; return the number of this activity."""
    if token.activity is None:
        m.touch(token)
        token.activity = m.next_id()
        m.emit(ActivityEntered(token.activity, token.node, parent_activity(m, token)))
    return token.activity


def parent_activity(m: Machine, token: Token) -> int | None:
    """Return the activity of the element around the token's."""
    owner = m.scopes[token.scope].owner
    return None if owner is None else m.tokens[owner].activity


def left(m: Machine, token: Token) -> None:
    """Report that the token's element is finished."""
    if token.activity is not None:
        m.touch(token)
        m.emit(ActivityLeft(token.activity, token.node))
        token.activity = None


def cancelled(m: Machine, token: Token) -> None:
    """Report that the token's element was ended from outside."""
    if token.activity is not None:
        m.touch(token)
        m.emit(ActivityCancelled(token.activity, token.node))
        token.activity = None


def move(m: Machine, token: Token, node: str, flow: str | None = None) -> None:
    """Put the token into another element, without queueing it."""
    m.touch(token)
    token.node = node
    token.flow = flow
    token.received = ()
    m.moved(token)


def take(m: Machine, token: Token, flows: Sequence[Flow]) -> None:
    """Send the token on over `flows`, one token for each. Tokens for elements that wait for events go first, so
    that a sibling branch can't throw an event before it is waited for. There must be a flow."""
    scope = m.scopes[token.scope]
    waiting: list[Token] = []
    for traveller, flow in [(token, flows[0]), *((spawn(m, scope, flow.target), flow) for flow in flows[1:])]:
        m.emit(FlowTaken(flow.id))
        move(m, traveller, flow.target, flow.id)
        if m.behaviours[m.nodes[flow.target].type].waits:
            waiting.append(traveller)
        else:
            queue(m, traveller, Phase.ENTER)
    for traveller in reversed(waiting):
        queue(m, traveller, Phase.ENTER, first=True)


def selected(m: Machine, token: Token, node: Node) -> Sequence[Flow]:
    """Return the unconditional flows, those whose condition holds, and the default flow when none of them does."""
    for flow in node.outgoing:
        if flow.condition is not None:
            break
    else:
        return node.outgoing
    scope = variables.scope_of(m, token)
    true = {
        flow.id
        for flow in node.outgoing
        if flow.condition is not None
        and flow.id != node.default
        and variables.condition_holds(m, flow.condition, scope)
    }
    return [
        flow
        for flow in node.outgoing
        if flow.id in true or (not true if flow.id == node.default else flow.condition is None)
    ]


def _unspawn(m: Machine, token: Token) -> None:
    del m.tokens[token.id]
    m.scopes[token.scope].tokens.pop(token.id, None)


def _undrop(m: Machine, token: Token) -> None:
    m.tokens[token.id] = token
    m.scopes[token.scope].tokens[token.id] = None
