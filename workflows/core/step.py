"""One step of an instance: a command in, effects out. Nothing here, or below, does I/O or knows the time."""

from dataclasses import dataclass
from datetime import datetime

from workflows.core import incidents, scopes, subscriptions
from workflows.core.behaviours import BEHAVIOURS, compensation
from workflows.core.commands import Command
from workflows.core.effects import ActivityCancelled, ActivityLeft, Effect
from workflows.core.handlers import handle
from workflows.core.machine import Machine
from workflows.core.records import Phase, Token
from workflows.core.state import State
from workflows.diagrams.graph import Graph
from workflows.errors import ExpressionError
from workflows.values import NotJson

MOST_NODES = 1000
"""How many elements one step executes at most."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did. With `more`, tokens are still ready to move: send `Continue`."""

    effects: tuple[Effect, ...]
    more: bool


def step(graph: Graph, state: State, command: Command, now: datetime, *, limit: int = MOST_NODES) -> Step:
    """Apply `command` to `state`, which is changed in place, and move tokens until all of them wait, or until `limit`
    elements were executed.

    `now` has a time zone. Raises `Conflict` for an answer to something that is not waited for any more, or a command
    that the instance's status does not allow, and `InvalidInput` for a command that makes no sense in this graph;
    when anything is raised, the state is as it was. Expressions that fail become incidents.
    """
    return advance(Machine(graph, state, now, BEHAVIOURS), command, limit)


def advance(m: Machine, command: Command, limit: int) -> Step:
    """Do what `step` does, with a machine."""
    position = m.state.position()
    try:
        handle(m, command)
        _stop_at_ended(m, 0)
        more = _run(m, limit) if m.state.status == "active" else False
    except BaseException:
        m.rollback()
        m.state.go_back(position)
        raise
    return Step(tuple(m.effects), more)


def _run(m: Machine, limit: int) -> bool:
    """Move ready tokens; return whether some are left when `limit` elements were executed."""
    state, ready, tokens = m.state, m.state.ready, m.tokens
    while True:
        if m.unchecked:
            subscriptions.check_conditions(m)
        if ready:
            token = tokens.get(ready[0])
            if token is not None and token.queued:
                if limit == 0:
                    return True
                limit -= 1
                ready.popleft()
                before = len(m.effects)
                _execute(m, token)
                _stop_at_ended(m, before)
            else:
                ready.popleft()
        elif not state.undecided or not _release(m):
            return False


def _stop_at_ended(m: Machine, since: int) -> None:
    """Cancel the instance if one of the elements that it runs until has ended, in an effect from number `since` on."""
    if not m.state.until or m.state.status not in ("active", "suspended"):
        return
    if any(_ends(m, effect) for effect in m.effects[since:]):
        scopes.clear(m, m.scopes[m.state.root or 0])
        scopes.finish_instance(m, "cancelled")


def _ends(m: Machine, effect: Effect) -> bool:
    """Say whether an element that the instance runs until is over: a loop is so when all of its runs are."""
    if not isinstance(effect, ActivityLeft | ActivityCancelled) or effect.node not in m.state.until:
        return False
    runs_on = any(token.node == effect.node and token.activity is not None for token in m.tokens.values())
    return m.nodes[effect.node].loop is None or not runs_on


def _execute(m: Machine, token: Token) -> None:
    """Let the token do the next phase of its element; if an expression in it fails, nothing of it has happened."""
    savepoint = m.savepoint()
    m.touch(token)
    m.acting = token
    token.queued = False
    node = m.nodes[token.node]
    behaviour = m.behaviours[node.type]
    try:
        match token.phase:
            case Phase.ENTER:
                behaviour.enter(m, token, node)
            case Phase.COMPLETE:
                behaviour.complete(m, token, node)
            case Phase.PREPARE:
                behaviour.prepare(m, token, node)
            case Phase.EXECUTE:
                behaviour.execute(m, token, node)
            case Phase.SPAWN:
                behaviour.spawn(m, token, node)
            case Phase.LEAVE:
                behaviour.leave(m, token, node)
            case Phase.COMPENSATE:
                compensation.advance(m, token)
            case Phase.WAIT | Phase.JOIN:
                raise AssertionError(f"a token that waits at {node.id} was ready")
    except (ExpressionError, NotJson) as error:
        m.rollback(savepoint)
        incidents.raise_at(m, token, "expression", str(error))


def _release(m: Machine) -> bool:
    """Nothing moves: let one join that waited for this go on. Only one, as its token may be on its way to the next."""
    for scope_id, node_id in list(m.state.undecided):
        node, scope = m.nodes[node_id], m.scopes.get(scope_id)
        if scope is None:
            del m.state.undecided[scope_id, node_id]
        elif m.behaviour(node).release(m, scope, node):
            return True
    return False
