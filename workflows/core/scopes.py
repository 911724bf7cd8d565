"""Opening, clearing and closing scopes, and taking back what a token has going on.

A scope whose last token has ended is finished: the token that owns it is queued, first of all, to complete the
element. An instance whose root scope is finished is over.
"""

from collections.abc import Iterable

from workflows.core import joins, subscriptions, tokens, variables, waits
from workflows.core.effects import IncidentResolved, InstanceFinished
from workflows.core.machine import Machine
from workflows.core.records import Phase, Scope, ScopeKind, Token, in_order
from workflows.diagrams.graph import Body
from workflows.values import Variables


def open_scope(m: Machine, kind: ScopeKind, node: str, *, owner: Token | None = None) -> Scope:
    """Open a scope for the element that `owner` is in; the token then waits for it."""
    parent = None if owner is None else variables.scope_of(m, owner).id
    scope = Scope(m.next_id(), kind=kind, node=node, parent=parent, owner=None if owner is None else owner.id)
    m.scopes[scope.id] = scope
    m.state.changed[scope] = None
    m.on_rollback(m.scopes.pop, scope.id)
    if owner is not None:
        m.touch(owner)
        if kind is ScopeKind.LOCAL:
            owner.local = scope.id
        else:
            owner.phase = Phase.WAIT
            owner.children[scope.id] = None
            m.on_rollback(owner.children.pop, scope.id)
    return scope


def local_scope(m: Machine, token: Token) -> Scope:
    """Return the token's own scope, opened if it has none yet."""
    if token.local is None:
        return open_scope(m, ScopeKind.LOCAL, token.node, owner=token)
    return m.scopes[token.local]


def inside(m: Machine, token: Token, *, local: bool) -> Scope:
    """Return the innermost scope of the token's element; one of its own, opened if need be, if it has to be `local`."""
    if token.children:
        return m.scopes[max(token.children)]
    return local_scope(m, token) if local else variables.scope_of(m, token)


def body_of(m: Machine, scope: Scope) -> Body | None:
    """Return the flow elements that run in a scope, None for one that has none of its own."""
    if scope.kind is ScopeKind.PROCESS:
        return m.graph.processes[scope.node].body
    return m.nodes[scope.node].body if scope.kind in (ScopeKind.SUBPROCESS, ScopeKind.AD_HOC) else None


def furnish(m: Machine, scope: Scope, body: Body) -> None:
    """Give a new scope its data objects, and wait for the events of its event sub-processes."""
    for name in body.data_objects:
        if name not in scope.variables:
            variables.write(m, scope, name, None)
    for event_subprocess in body.event_subprocesses:
        inner = m.nodes[event_subprocess].body
        for start in inner.event_starts if inner is not None else ():
            subscriptions.open_events(m, m.nodes[start], scope=scope)


def populate(m: Machine, scope: Scope, entries: Iterable[str]) -> None:
    """Put a token into each of the elements; without any the scope is finished at once."""
    found = False
    for entry in entries:
        found = True
        token = tokens.spawn(m, scope, entry)
        tokens.queue(m, token, Phase.ENTER, first=m.behaviour(m.nodes[entry]).waits)
    if not found:
        finish(m, scope)


def consume(m: Machine, token: Token) -> None:
    """End a token at the end of its path; the last one finishes its scope."""
    scope = m.scopes[token.scope]
    tokens.drop(m, token)
    resume_thrower(m, token)
    finish_if_empty(m, scope)


def resume_thrower(m: Machine, handler: Token) -> None:
    """Let the token whose compensation `handler` served, if it did, go on to the next activity to undo."""
    thrower = m.tokens.get(handler.thrower or 0)
    if thrower is not None:
        tokens.queue(m, thrower, Phase.COMPENSATE, first=True)


def finish_if_empty(m: Machine, scope: Scope) -> None:
    """Finish a scope that has no token any more."""
    if not scope.tokens and not scope.joins:
        if scope.pending:
            m.touch(scope)
            entry, scope.pending = scope.pending[0], scope.pending[1:]
            tokens.queue(m, tokens.spawn(m, scope, entry), Phase.ENTER)
        else:
            finish(m, scope)


def finish(m: Machine, scope: Scope, outcome: str = "completed") -> None:
    """Go on behind a scope that has no token."""
    subscriptions.close_all(m, scope)
    if scope.owner is None:
        finish_instance(m, outcome)
    else:
        phase = Phase.COMPENSATE if scope.replay else Phase.COMPLETE
        tokens.queue(m, m.tokens[scope.owner], phase, first=True)


def finish_instance(m: Machine, outcome: str, error_code: str | None = None, error_message: str = "") -> None:
    """Report the end of the instance. Its process variables stay readable."""
    root = m.scopes[m.state.root] if m.state.root is not None else None
    final: Variables = variables.fresh(root.variables) if root else {}
    m.state.status = outcome
    m.state.ready.clear()
    m.state.undecided.clear()
    m.emit(InstanceFinished(outcome, final, error_code, error_message))


def clear(m: Machine, scope: Scope, keep: Token | None = None) -> None:
    """End all tokens in a scope (but `keep`) and what was to start in it, event sub-processes too."""
    subscriptions.close_all(m, scope)
    ids = set(scope.tokens)
    for waiting in scope.joins.values():
        for at_flow in waiting.values():
            ids.update(at_flow)
    for number in in_order(ids):
        if number in m.tokens and (keep is None or number != keep.id):
            kill(m, m.tokens[number])
    if scope.pending or scope.fired:
        m.touch(scope)
        scope.pending, scope.fired = (), None


def kill(m: Machine, token: Token) -> None:
    """End a token wherever it is."""
    withdraw(m, token)
    tokens.cancelled(m, token)
    tokens.drop(m, token)


def withdraw(m: Machine, token: Token) -> None:
    """Take back everything that the token has going on in its element; it stays there, idle."""
    m.touch(token)
    token.queued = False
    for child in in_order(token.children):
        remove(m, m.scopes[child])
    if token.host is not None:
        _stop_handlers(m, token)
    subscriptions.close_all(m, token)
    if token.wait is not None:
        waits.withdraw(m, token)
    if token.incident is not None:
        forget_incident(m, token, None)
    if token.phase is Phase.JOIN:
        joins.depart(m, token)
    close_local(m, token)
    token.host, token.plan, token.payload, token.received = None, (), None, ()


def _stop_handlers(m: Machine, thrower: Token) -> None:
    """End the compensation handler that runs for a token; what it has not undone yet stays undone."""
    host = m.scopes.get(thrower.host or 0)
    for number in in_order(host.tokens) if host is not None else ():
        if number in m.tokens and m.tokens[number].thrower == thrower.id:
            kill(m, m.tokens[number])


def remove(m: Machine, scope: Scope) -> None:
    """End everything in a scope, and the scope."""
    clear(m, scope)
    detach(m, scope)


def detach(m: Machine, scope: Scope) -> None:
    """Take an empty scope out of the state, with its variables."""
    m.touch(scope)
    del m.scopes[scope.id]
    m.on_rollback(m.scopes.__setitem__, scope.id, scope)
    for name in scope.variables:
        m.state.changed_variables[scope.id, name] = None
    for index in scope.results:
        m.state.changed_results[scope.id, index] = None
    if scope.owner is not None and scope.kind is not ScopeKind.LOCAL:
        owner = m.tokens[scope.owner]
        del owner.children[scope.id]
        m.on_rollback(owner.children.__setitem__, scope.id, None)


def close_local(m: Machine, token: Token) -> None:
    """Take the token's own scope away, if it has one."""
    if token.local is not None:
        m.touch(token)
        detach(m, m.scopes[token.local])
        token.local = None


def forget_incident(m: Machine, token: Token, wait: int | None) -> None:
    """Report that the token's incident is over; `wait` is the job to offer again."""
    if token.incident is not None:
        m.touch(token)
        del m.state.incidents[token.incident]
        m.on_rollback(m.state.incidents.__setitem__, token.incident, token)
        m.emit(IncidentResolved(token.incident, wait))
        token.incident = None
