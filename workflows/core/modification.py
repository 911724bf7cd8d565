"""Modifying an instance: ending activities and starting at elements, by hand."""

from collections.abc import Iterable

from workflows.core import commands, scopes, subscriptions, tokens, variables
from workflows.core.behaviours import multi_instance
from workflows.core.machine import Machine
from workflows.core.records import Phase, Scope, ScopeKind, Token
from workflows.diagrams.graph import Graph, Node
from workflows.errors import InvalidInput


def modify(m: Machine, command: commands.Modify) -> None:
    """Cancel activities, then start at elements; the scopes around these are opened where they are not."""
    chosen = _activities(m, command.cancel)
    root = m.scopes[m.state.root or 0]
    for name in command.start:
        check_start(m.graph, root.node, name)
    for name, value in command.variables.items():
        variables.write(m, root, name, value)
    emptied = [_cancel(m, token) for token in chosen if token.id in m.tokens]
    start_before(m, command.start)
    for scope in emptied:
        if m.scopes.get(scope.id) is scope:
            _settle(m, scope)


def check_start(graph: Graph, process: str, name: str) -> None:
    """Raise `InvalidInput` if an instance of `process` can't be started by hand before the element `name`."""
    node = graph.nodes.get(name)
    if node is None or _process_of(graph, node) != process:
        raise InvalidInput(f"there is no element {name!r} to start at")
    if node.type == "boundaryEvent" or node.for_compensation or node.triggered_by_event:
        raise InvalidInput(f"an instance can't start at {name}: only an event leads to it")


def start_before(m: Machine, names: Iterable[str]) -> None:
    """Put a token before each of the elements, in the scopes that they run in, opened where they are not."""
    for name in names:
        scope = _scope_around(m, m.nodes[name])
        tokens.queue(m, tokens.spawn(m, scope, name), Phase.ENTER)


def _activities(m: Machine, wanted: tuple[int, ...]) -> list[Token]:
    found = {token.activity or token.id: token for token in m.tokens.values()}
    missing = [str(activity) for activity in wanted if activity not in found]
    if missing:
        raise InvalidInput(f"the instance has no activity {', '.join(missing)} to cancel")
    return [found[activity] for activity in wanted]


def _process_of(graph: Graph, node: Node) -> str:
    while node.parent not in graph.processes:
        node = graph.nodes[node.parent]
    return node.parent


def _cancel(m: Machine, token: Token) -> Scope:
    scope = m.scopes[token.scope]
    if token.inner and scope.kind is ScopeKind.LOOP:
        node = m.nodes[token.node]
        scopes.kill(m, token)
        multi_instance.run_cancelled(m, scope, node)
    else:
        scopes.kill(m, token)
        scopes.resume_thrower(m, token)
    return scope


def _settle(m: Machine, scope: Scope) -> None:
    """A scope that was emptied is over, and so is the instance when nothing is left in it."""
    if scope.kind is ScopeKind.LOOP or scope.tokens or scope.joins:
        return
    if scope.owner is None:
        subscriptions.close_all(m, scope)
        scopes.finish_instance(m, "cancelled")
    else:
        owner = m.tokens[scope.owner]
        outer = _cancel(m, owner)
        if m.scopes.get(outer.id) is outer:
            _settle(m, outer)


def _scope_around(m: Machine, node: Node) -> Scope:
    """Return the open scope that `node` runs in, the newest if there are several; open it if there is none."""
    wanted = node.parent
    if wanted in m.graph.processes:
        return m.scopes[m.state.root or 0]
    kinds = (ScopeKind.SUBPROCESS, ScopeKind.AD_HOC)
    found = [scope for scope in m.scopes.values() if scope.node == wanted and scope.kind in kinds and not scope.replay]
    if found:
        return max(found, key=lambda scope: scope.id)
    around = m.nodes[wanted]
    token = tokens.spawn(m, _scope_around(m, around), wanted)
    tokens.entered(m, token)
    if around.inputs:
        variables.apply_inputs(m, around.inputs, scopes.local_scope(m, token), m.scopes[token.scope])
    for boundary in around.attached:
        subscriptions.open_events(m, m.nodes[boundary], token=token)
    kind = ScopeKind.AD_HOC if around.ad_hoc is not None else ScopeKind.SUBPROCESS
    scope = scopes.open_scope(m, kind, wanted, owner=token)
    if around.body is not None:
        scopes.furnish(m, scope, around.body)
    return scope
