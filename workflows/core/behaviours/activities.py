"""What all activities share: boundary events, mappings, loops, compensation, asynchronous continuations."""

from workflows.core import joins, scopes, subscriptions, tokens, variables
from workflows.core.behaviours import ad_hoc, compensation, multi_instance
from workflows.core.behaviours.base import FlowNode, inputs
from workflows.core.behaviours.jobs import continue_later
from workflows.core.machine import Machine
from workflows.core.records import Phase, Scope, ScopeKind, Token, WaitKind
from workflows.diagrams.graph import MultiInstance, Node


class Activity(FlowNode):
    """An activity that is done as soon as it begins: an undefined or manual task."""

    def enter(self, m: Machine, token: Token, node: Node) -> None:
        first_time = token.activity is None and not token.inner
        if node.start_quantity > 1 and first_time and not joins.gather(m, token, node.start_quantity):
            return
        tokens.entered(m, token)
        if _continuations(token, node)[0]:
            continue_later(m, token, node, WaitKind.BEFORE)
        else:
            self.prepare(m, token, node)

    def prepare(self, m: Machine, token: Token, node: Node) -> None:
        if token.inner or node.loop is None:
            inputs(m, token, node)
        if node.attached and not token.inner:
            for boundary in node.attached:
                subscriptions.open_events(m, m.nodes[boundary], token=token)
            if m.unchecked:
                tokens.queue(m, token, Phase.EXECUTE, first=True)
                return
        self.begin(m, token, node)

    def execute(self, m: Machine, token: Token, node: Node) -> None:
        """Go on after the conditions of boundary events were checked, or again after an incident."""
        self.begin(m, token, node)

    def begin(self, m: Machine, token: Token, node: Node) -> None:
        """Run the activity, as often as its loop says."""
        if node.loop is None or token.inner:
            self.perform(m, token, node)
        else:
            multi_instance.begin(m, token, node)

    def perform(self, m: Machine, token: Token, node: Node) -> None:
        """Do what this type of activity is there for."""
        self.complete(m, token, node)

    def spawn(self, m: Machine, token: Token, node: Node) -> None:
        multi_instance.spawn(m, token, node)

    def complete(self, m: Machine, token: Token, node: Node) -> None:
        if node.loop is not None and not token.inner:
            multi_instance.finish(m, token, node)
        else:
            inner = self.inner_scope(m, token)
            if node.outputs:
                seen = inner or variables.scope_of(m, token)
                variables.apply_outputs(m, node.outputs, seen, m.scopes[token.scope])
            compensation.record(m, token, node, inner)
            if inner is not None:
                scopes.detach(m, inner)
            if not token.inner:
                scopes.close_local(m, token)
        if _continuations(token, node)[1]:
            subscriptions.close_all(m, token)
            continue_later(m, token, node, WaitKind.AFTER)
        else:
            self.leave(m, token, node)

    def inner_scope(self, m: Machine, token: Token) -> Scope | None:  # noqa: ARG002
        """Return the scope of a sub-process, None for all other activities."""
        return None

    def leave(self, m: Machine, token: Token, node: Node) -> None:
        if token.inner:
            multi_instance.run_done(m, token, node)
            return
        subscriptions.close_all(m, token)
        tokens.left(m, token)
        scope = m.scopes[token.scope]
        if scope.kind is ScopeKind.AD_HOC and token.thrower is None and ad_hoc.is_over(m, scope):
            ad_hoc.end(m, token)
        else:
            self.go_on(m, token, node)


def _continuations(token: Token, node: Node) -> tuple[bool, bool]:
    """Say whether the activity, or the run of it that the token stands for, is continued later before and after."""
    if not token.inner:
        return node.async_before, node.async_after
    loop = node.loop
    return (loop.async_before, loop.async_after) if isinstance(loop, MultiInstance) else (False, False)
