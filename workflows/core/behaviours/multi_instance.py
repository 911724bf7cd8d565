"""Standard loops and multi-instance activities.

The token in the activity owns a scope for the loop; each run has a token in it, with variables of its own. Boundary
events belong to the activity, input and output mappings to each run.
"""

from workflows.core import scopes, tokens, variables
from workflows.core.machine import Machine
from workflows.core.records import Phase, Scope, ScopeKind, Token
from workflows.diagrams.graph import EventDefinition, EventKind, MultiInstance, Node, StandardLoop
from workflows.errors import ExpressionError
from workflows.expressions.dialect import Dialect
from workflows.values import JsonValue

MOST_RUNS = 100_000
_BATCH = 500


def begin(m: Machine, token: Token, node: Node) -> None:
    """Start the first runs."""
    scope = scopes.open_scope(m, ScopeKind.LOOP, node.id, owner=token)
    if isinstance(node.loop, StandardLoop):
        if node.loop.maximum == 0 or (node.loop.test_before and not _again(m, scope, node.loop)):
            tokens.queue(m, token, Phase.COMPLETE, first=True)
        else:
            _start_run(m, scope, node)
    elif isinstance(node.loop, MultiInstance):
        _count(m, token, scope, node.loop)
        if scope.total == 0:
            tokens.queue(m, token, Phase.COMPLETE, first=True)
        else:
            spawn(m, token, node)


def spawn(m: Machine, token: Token, node: Node) -> None:
    """Start one run of a sequential loop, or as many of a parallel one as a step may."""
    scope = loop_scope(m, token)
    if scope is None or not isinstance(node.loop, MultiInstance):
        return
    total = scope.total or 0
    for _ in range(1 if node.loop.sequential else min(_BATCH, total - scope.started)):
        _start_run(m, scope, node)
    if m.graph.dialect is Dialect.CAMUNDA7:
        variables.write(m, scope, "nrOfActiveInstances", scope.started - scope.done)
    if scope.started == total:
        scope.items = None  # every run has its own, and the scope is stored anew with each run that is done
    elif not node.loop.sequential:
        tokens.queue(m, token, Phase.SPAWN)


def loop_scope(m: Machine, token: Token) -> Scope | None:
    """Return the scope of the loop that the token, which stands in the activity, runs."""
    return next((m.scopes[child] for child in token.children), None)


def run_done(m: Machine, token: Token, node: Node) -> None:
    """One run is done: throw what its end means, then start the next, or go on behind the loop."""
    scope = m.scopes[token.scope]
    outer = m.tokens[scope.owner or 0]
    m.touch(scope)
    scope.done += 1
    thrown: list[EventDefinition] = []
    if isinstance(node.loop, MultiInstance):
        _count_run(m, token, node.loop)
        thrown = _events_of_run(m, token, node.loop)
        ended = _is_complete(m, token, node.loop)
    else:
        ended = not isinstance(node.loop, StandardLoop) or not _again(m, scope, node.loop)
    scopes.close_local(m, token)
    tokens.left(m, token)
    tokens.drop(m, token)
    activity = outer.activity
    for event in thrown:
        _throw(m, outer, node, event)
        if not tokens.is_at(m, outer, node, activity):
            return
    if ended or scope.done == scope.total:
        tokens.queue(m, outer, Phase.COMPLETE, first=True)
    elif isinstance(node.loop, StandardLoop):
        _start_run(m, scope, node)
    elif isinstance(node.loop, MultiInstance) and node.loop.sequential:
        spawn(m, outer, node)


def run_cancelled(m: Machine, scope: Scope, node: Node) -> None:
    """A run was taken out by a modification: the loop goes on without it."""
    m.touch(scope)
    scope.done += 1
    outer = m.tokens[scope.owner or 0]
    if scope.done == scope.total or isinstance(node.loop, StandardLoop):
        tokens.queue(m, outer, Phase.COMPLETE, first=True)
    elif isinstance(node.loop, MultiInstance) and node.loop.sequential:
        spawn(m, outer, node)


def finish(m: Machine, token: Token, node: Node) -> None:
    """End the runs that are left, and write what all of them answered."""
    scope = loop_scope(m, token)
    if scope is None:
        return
    if isinstance(node.loop, MultiInstance) and node.loop.output_collection is not None:
        collected: list[JsonValue] = [scope.results.get(index) for index in range(scope.total or 0)]
        variables.assign(m, m.scopes[token.scope], {node.loop.output_collection: collected})
    scopes.remove(m, scope)


def counts(scope: Scope) -> dict[str, JsonValue]:
    """Return the counters that conditions of a multi-instance activity see, by the names of both dialects."""
    active = scope.started - scope.done
    return {
        "nrOfInstances": scope.total,
        "nrOfActiveInstances": active,
        "nrOfCompletedInstances": scope.done,
        "nrOfTerminatedInstances": 0,
        "numberOfInstances": scope.total,
        "numberOfActiveInstances": active,
        "numberOfCompletedInstances": scope.done,
        "numberOfTerminatedInstances": 0,
    }


def _count(m: Machine, token: Token, scope: Scope, loop: MultiInstance) -> None:
    outer = variables.scope_of(m, token)
    m.touch(scope)
    if loop.collection is not None:
        items = variables.evaluate(m, loop.collection, outer)
        if not isinstance(items, list):
            raise ExpressionError(loop.collection.source, "a multi-instance activity needs a list to run over")
        scope.items, scope.total = tuple(items), len(items)
    else:
        scope.total = variables.number(m, loop.cardinality, outer, 0)
    if not 0 <= scope.total <= MOST_RUNS:
        source = loop.cardinality or loop.collection
        raise ExpressionError(source.source if source else "", f"{scope.total} runs; a loop has from 0 to {MOST_RUNS}")
    if m.graph.dialect is Dialect.CAMUNDA7:
        variables.write(m, scope, "nrOfInstances", scope.total)
        variables.write(m, scope, "nrOfCompletedInstances", 0)


def _start_run(m: Machine, scope: Scope, node: Node) -> None:
    index = scope.started
    m.touch(scope)
    scope.started += 1
    token = tokens.spawn(m, scope, node.id, inner=True)
    token.run = index
    local = scopes.local_scope(m, token)
    first = 0 if m.graph.dialect is Dialect.CAMUNDA7 else 1
    variables.write(m, local, "loopCounter", index + first)
    if isinstance(node.loop, MultiInstance) and node.loop.element_variable and scope.items is not None:
        variables.write(m, local, node.loop.element_variable, scope.items[index])
    tokens.queue(m, token, Phase.ENTER, first=m.behaviour(node).waits)


def _again(m: Machine, scope: Scope, loop: StandardLoop) -> bool:
    if loop.maximum is not None and scope.done >= loop.maximum:
        return False
    if loop.condition is None:
        return loop.maximum is not None
    return variables.condition_holds(m, loop.condition, scope, {"loopCounter": scope.done})


def _is_complete(m: Machine, token: Token, loop: MultiInstance) -> bool:
    """Say whether the completion condition holds, seen from the run that is done."""
    if loop.completion_condition is None:
        return False
    seen = counts(m.scopes[token.scope])
    return variables.condition_holds(m, loop.completion_condition, variables.scope_of(m, token), seen)


def _count_run(m: Machine, token: Token, loop: MultiInstance) -> None:
    """Count a run that is done, and keep what it answered."""
    scope = m.scopes[token.scope]
    if m.graph.dialect is Dialect.CAMUNDA7:
        variables.write(m, scope, "nrOfCompletedInstances", scope.done)
        variables.write(m, scope, "nrOfActiveInstances", scope.started - scope.done)
    if loop.output_element is not None and token.run is not None:
        index = token.run
        scope.results[index] = variables.evaluate(m, loop.output_element, variables.scope_of(m, token))
        m.on_rollback(scope.results.pop, index)
        m.state.changed_results[scope.id, index] = None


def _events_of_run(m: Machine, token: Token, loop: MultiInstance) -> list[EventDefinition]:
    """Return the events that BPMN's behavior of the loop has thrown at the end of this run."""
    scope = m.scopes[token.scope]
    if loop.behavior == "Complex":
        local, seen = variables.scope_of(m, token), counts(scope)
        return [
            event for condition, event in loop.complex_behavior if variables.condition_holds(m, condition, local, seen)
        ]
    is_thrown = loop.behavior == "None" or (loop.behavior == "One" and scope.done == 1)
    return [loop.behavior_event] if loop.behavior_event is not None and is_thrown else []


def _throw(m: Machine, outer: Token, node: Node, event: EventDefinition) -> None:
    """Give the event to the boundary events of the activity that catch it; nobody else hears of it."""
    scope, activity = variables.scope_of(m, outer), outer.activity
    name = variables.text(m, event.code if event.kind in _CODED else event.name, scope)
    for attached in node.attached:
        boundary = m.nodes[attached]
        for definition in boundary.events:
            caught = variables.text(m, definition.code if event.kind in _CODED else definition.name, scope)
            if definition.kind is event.kind and caught in (name, None):
                m.behaviour(boundary).caught(m, outer, boundary, definition, {})
                if not tokens.is_at(m, outer, node, activity):
                    return


_CODED = (EventKind.ERROR, EventKind.ESCALATION)
