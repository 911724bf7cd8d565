"""Compensation: finished activities are undone by their handlers, the last one first.

Activities that finish leave an entry in the log of their scope: one with a handler its name, a sub-process that has
something to undo inside it its variables and its own log; its scope is opened again to be compensated. The token that
throws the compensation keeps the entries that it has still to undo, so handlers may wait as long as they like.
"""

from workflows.core import scopes, tokens, variables
from workflows.core.behaviours import catching
from workflows.core.machine import Machine
from workflows.core.records import LogEntry, Phase, Scope, ScopeKind, Token
from workflows.diagrams.graph import EventKind, Node


def record(m: Machine, token: Token, node: Node, inner: Scope | None) -> None:
    """Note that the activity is finished and can be compensated; `inner` is the scope of a sub-process."""
    if token.thrower is not None or node.triggered_by_event:
        return
    host = m.scopes[token.scope]
    while host.kind is ScopeKind.LOOP and host.owner is not None:
        host = m.scopes[m.tokens[host.owner].scope]
    own = variables.fresh(m.scopes[token.local].variables) if token.local is not None else {}
    if node.compensation_handler is not None:
        _append(m, host, LogEntry(node.id, own))
    elif inner is not None and (inner.log or _own_handler(m, node)):
        _append(m, host, LogEntry(node.id, own | variables.fresh(inner.variables), tuple(inner.log)))


def target(m: Machine, token: Token, activity: str | None) -> Scope:
    """Return the scope whose log a throw event means: its own, or that around a compensation event sub-process; for
    a named activity the nearest that knows it."""
    scope = m.scopes[token.scope]
    while scope.owner is not None:
        event_subprocess = scope.kind is ScopeKind.SUBPROCESS and m.nodes[scope.node].triggered_by_event
        if not event_subprocess and (activity is None or any(entry.node == activity for entry in scope.log)):
            break
        scope = m.scopes[m.tokens[scope.owner].scope]
    return scope


def begin(m: Machine, token: Token, scope: Scope, activity: str | None) -> None:
    """Compensate what is in the scope's log, or only `activity`; the token goes on when that is done."""
    chosen = tuple(entry for entry in scope.log if activity is None or entry.node == activity)
    m.touch(scope)
    m.on_rollback(setattr, scope, "log", scope.log)
    scope.log = [] if activity is None else [entry for entry in scope.log if entry.node != activity]
    m.touch(token)
    token.plan, token.host, token.phase = chosen, scope.id, Phase.WAIT
    advance(m, token)


def begin_beside(m: Machine, token: Token, activity: str | None) -> None:
    """Compensate on a token of its own, for which nobody waits."""
    helper = tokens.spawn(m, m.scopes[token.scope], token.node, inner=True)
    begin(m, helper, target(m, helper, activity), activity)


def advance(m: Machine, token: Token) -> None:
    """Compensate the next activity of the token's plan, or go on behind it."""
    m.touch(token)
    for child in list(token.children):
        scopes.remove(m, m.scopes[child])
    if token.plan and token.host is not None:
        entry, token.plan = token.plan[-1], token.plan[:-1]
        token.phase = Phase.WAIT
        _undo(m, token, m.scopes[token.host], entry)
    elif token.inner or m.scopes[token.scope].replay:
        token.host = None
        scopes.consume(m, token)
    else:
        token.host = None
        tokens.queue(m, token, Phase.COMPLETE, first=True)


def transaction_cancelled(m: Machine, token: Token) -> None:
    """The transaction around a cancel end event is compensated: leave it by its cancel boundary event."""
    owner = m.tokens[m.scopes[token.scope].owner or 0]
    while owner.inner:
        owner = m.tokens[m.scopes[owner.scope].owner or 0]
    found = catching.boundary(m, owner, EventKind.CANCEL, None)
    if found is None:
        scopes.withdraw(m, owner)
        tokens.cancelled(m, owner)
        scopes.consume(m, owner)
    else:
        node, event = found
        m.behaviour(node).caught(m, owner, node, event, {})


def _append(m: Machine, host: Scope, entry: LogEntry) -> None:
    m.touch(host)
    host.log.append(entry)
    m.on_rollback(host.log.pop)


def _own_handler(m: Machine, node: Node) -> str | None:
    """Return the event sub-process inside `node` that compensates it, if it has one."""
    for name in node.body.event_subprocesses if node.body is not None else ():
        inner = m.nodes[name].body
        starts = inner.event_starts if inner is not None else ()
        if any(event.kind is EventKind.COMPENSATE for start in starts for event in m.nodes[start].events):
            return name
    return None


def _undo(m: Machine, thrower: Token, host: Scope, entry: LogEntry) -> None:
    done = m.nodes[entry.node]
    if entry.log is None:
        handler = tokens.spawn(m, host, done.compensation_handler or "")
        handler.thrower = thrower.id
        for name, value in entry.variables.items():
            variables.write(m, scopes.local_scope(m, handler), name, value)
        tokens.queue(m, handler, Phase.ENTER)
        return
    scope = scopes.open_scope(m, ScopeKind.SUBPROCESS, done.id, owner=thrower)
    m.touch(scope)
    scope.replay, scope.log = True, list(entry.log)
    for name, value in entry.variables.items():
        variables.write(m, scope, name, value)
    own = _own_handler(m, done)
    if own is None:
        begin(m, tokens.spawn(m, scope, done.id), scope, None)
    else:
        tokens.queue(m, tokens.spawn(m, scope, own), Phase.ENTER)
