"""Ad-hoc sub-processes: the activities in them start all at once, or one after the other, until a condition holds."""

from workflows.core import scopes, variables
from workflows.core.machine import Machine
from workflows.core.records import Scope, Token
from workflows.diagrams.graph import Node
from workflows.errors import ExpressionError


def is_over(m: Machine, scope: Scope) -> bool:
    """Say whether the completion condition holds, now that an activity in the sub-process is done."""
    ad_hoc = m.nodes[scope.node].ad_hoc
    if ad_hoc is None or ad_hoc.completion_condition is None:
        return False
    return variables.condition_holds(m, ad_hoc.completion_condition, scope)


def end(m: Machine, token: Token) -> None:
    """The completion condition holds: start nothing more, and end what still runs if the diagram says so."""
    scope = m.scopes[token.scope]
    ad_hoc = m.nodes[scope.node].ad_hoc
    m.touch(scope)
    scope.pending = ()
    if ad_hoc is not None and ad_hoc.cancel_remaining:
        scopes.clear(m, scope, keep=token)
    scopes.consume(m, token)


def entries(m: Machine, scope: Scope, node: Node) -> tuple[str, ...]:
    """Return the elements to start: those that an expression names, else all without incoming flow."""
    body, ad_hoc = node.body, node.ad_hoc
    if body is None or ad_hoc is None:
        return ()
    if ad_hoc.active_elements is None:
        return body.entries
    named = variables.evaluate(m, ad_hoc.active_elements, scope)
    if not isinstance(named, list) or not all(name in body.nodes for name in named):
        raise ExpressionError(ad_hoc.active_elements.source, f"the elements to start must be ids inside {node.id}")
    return tuple(str(name) for name in named)
