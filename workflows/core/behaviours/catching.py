"""Who catches an error, escalation or cancellation: looked for from the inside out.

At each step out the boundary events of the activity are asked first, then the event sub-processes of the scope that
the activity runs in. A catcher of exactly this code goes before one that catches every code.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from workflows.core import incidents, scopes, variables
from workflows.core.effects import EscalationUncaught
from workflows.core.machine import Machine
from workflows.core.records import Scope, Token
from workflows.diagrams.graph import EventDefinition, EventKind, Node
from workflows.values import Variables


@dataclass(frozen=True, slots=True)
class Thrown:
    """An error or escalation on its way out, with the variables that it carries."""

    kind: EventKind
    code: str
    message: str
    variables: Variables


def throw_error(m: Machine, token: Token, code: str, message: str, values: Variables) -> None:
    """Throw an error out of the token's activity. Nobody catches it: a called instance fails, and in any other the
    token stays there with an incident."""
    if _throw(m, token, Thrown(EventKind.ERROR, code, message, values)):
        return
    if m.state.called and m.state.root is not None:
        scopes.clear(m, m.scopes[m.state.root])
        variables.assign(m, m.scopes[m.state.root], values)
        scopes.finish_instance(m, "failed", code, message)
    else:
        said = f": {message}" if message else ""
        incidents.raise_at(m, token, "error", f"nothing catches the error {code}{said}", token.wait)


def throw_escalation(m: Machine, token: Token, code: str, values: Variables) -> None:
    """Throw an escalation out of the token's activity, which goes on unless it is interrupted."""
    if not _throw(m, token, Thrown(EventKind.ESCALATION, code, "", values)):
        m.emit(EscalationUncaught(token.node, code))


def boundary(m: Machine, token: Token, kind: EventKind, code: str | None) -> tuple[Node, EventDefinition] | None:
    """Return the boundary event of the token's activity that catches this."""
    if token.inner:
        return None
    attached = (m.nodes[name] for name in m.nodes[token.node].attached)
    return _match(m, attached, kind, code, m.scopes[token.scope])


def _throw(m: Machine, token: Token, thrown: Thrown) -> bool:
    while True:
        found = boundary(m, token, thrown.kind, thrown.code)
        if found is not None:
            break
        scope = m.scopes[token.scope]
        starts = _event_starts(m, scope, token.node)
        found = _match(m, starts, thrown.kind, thrown.code, scope)
        if found is not None:
            break
        if scope.owner is None:
            return False
        token = m.tokens[scope.owner]
    node, event = found
    brought = dict(thrown.variables)
    if event.code_variable:
        brought[event.code_variable] = thrown.code
    if event.message_variable:
        brought[event.message_variable] = thrown.message
    m.behaviour(node).caught(m, token, node, event, brought)
    return True


def _event_starts(m: Machine, scope: Scope, thrower: str) -> Iterator[Node]:
    """The start events of the scope's event sub-processes; none catches what it throws itself."""
    body = scopes.body_of(m, scope)
    for name in body.event_subprocesses if body is not None else ():
        inner = m.nodes[name].body
        if name != thrower and inner is not None:
            yield from (m.nodes[start] for start in inner.event_starts)


def _match(
    m: Machine, catchers: Iterator[Node], kind: EventKind, code: str | None, scope: Scope
) -> tuple[Node, EventDefinition] | None:
    any_code = None
    for node in catchers:
        for event in node.events:
            if event.kind is not kind:
                continue
            caught = variables.text(m, event.code, scope)
            if caught is None:
                any_code = any_code or (node, event)
            elif caught == code:
                return node, event
    return any_code
