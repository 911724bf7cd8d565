"""Embedded, event, transaction and ad-hoc sub-processes."""

from workflows.core import scopes, tokens
from workflows.core.behaviours import ad_hoc
from workflows.core.behaviours.activities import Activity
from workflows.core.behaviours.base import happened
from workflows.core.machine import Machine
from workflows.core.records import Phase, Scope, ScopeKind, Token
from workflows.diagrams.graph import Body, Node
from workflows.values import Variables


class SubProcess(Activity):
    """Opens a scope and runs the flow elements in it. A transaction differs only by its cancel events."""

    kind = ScopeKind.SUBPROCESS

    def perform(self, m: Machine, token: Token, node: Node) -> None:
        scope = scopes.open_scope(m, self.kind, node.id, owner=token)
        scopes.furnish(m, scope, body_of(node))
        if node.triggered_by_event:
            start = m.nodes[token.flow or body_of(node).event_starts[0]]
            happened(m, tokens.spawn(m, scope, start.id), start, token.payload or {})
        else:
            scopes.populate(m, scope, self.entries(m, scope, node))

    def entries(self, m: Machine, scope: Scope, node: Node) -> tuple[str, ...]:  # noqa: ARG002
        """Return the elements to start."""
        return body_of(node).entries

    def inner_scope(self, m: Machine, token: Token) -> Scope | None:
        return next((m.scopes[number] for number in token.children), None)


class AdHocSubProcess(SubProcess):
    """Runs its activities in any order."""

    kind = ScopeKind.AD_HOC

    def entries(self, m: Machine, scope: Scope, node: Node) -> tuple[str, ...]:
        chosen = ad_hoc.entries(m, scope, node)
        if node.ad_hoc is not None and node.ad_hoc.sequential:
            m.touch(scope)
            scope.pending = chosen[1:]
            return chosen[:1]
        return chosen


def start_event_subprocess(m: Machine, scope: Scope, start: Node, values: Variables, *, interrupting: bool) -> None:
    """Run the event sub-process that begins with `start`; to interrupt is to end everything else in `scope`."""
    if interrupting:
        scopes.clear(m, scope)
    token = tokens.spawn(m, scope, start.parent, flow=start.id)
    token.payload = values or None
    tokens.queue(m, token, Phase.ENTER, first=True)


def body_of(node: Node) -> Body:
    """Return the flow elements of a sub-process."""
    if node.body is None:
        raise AssertionError(f"{node.id} is no sub-process")
    return node.body
