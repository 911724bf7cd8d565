"""What can be read from a state: variables, open waits, where tokens are."""

from dataclasses import dataclass
from datetime import datetime

from workflows.core.records import Scope
from workflows.core.state import State
from workflows.diagrams.graph import EventKind, Graph
from workflows.errors import NotFound
from workflows.timers import parse_instant
from workflows.values import Variables, to_json


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that an instance waits for: `kind` is "job", "userTask", "script", "decision", "call", "asyncBefore",
    "asyncAfter", "message", "signal", "timer" or "conditional"; `name` is a message's or signal's, `due` a timer's."""

    id: int
    kind: str
    node: str
    activity: int | None
    name: str | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """How many tokens wait in an element, and whether one of them has an incident."""

    tokens: int
    incident: bool


def visible_variables(state: State, wait: int) -> Variables:
    """Return a fresh copy of all variables that the job, user task, script, decision or call `wait` sees, those of
    inner scopes before those of outer ones. Raises `NotFound` if nothing waits under this id."""
    number = state.waits.get(wait)
    if number is None:
        raise NotFound(f"nothing waits for an answer to {wait}")
    token = state.tokens[number]
    scope: Scope | None = state.scopes[token.scope if token.local is None else token.local]
    seen: Variables = {}
    while scope is not None:
        for name, value in scope.variables.items():
            if name not in seen:
                seen[name] = to_json(value)
        scope = None if scope.parent is None else state.scopes[scope.parent]
    return seen


def local_variables(state: State, wait: int) -> Variables:
    """Return a fresh copy of the variables that only `wait` sees. Raises `NotFound` if nothing waits under this id."""
    number = state.waits.get(wait)
    if number is None:
        raise NotFound(f"nothing waits for an answer to {wait}")
    local = state.tokens[number].local
    return {} if local is None else {name: to_json(value) for name, value in state.scopes[local].variables.items()}


def variables_of_activities(state: State) -> dict[int, Variables]:
    """Return a fresh copy of the variables that single activities have for themselves, by their numbers."""
    found: dict[int, Variables] = {}
    for scope in state.scopes.values():
        activity = None if scope.owner is None else state.tokens[scope.owner].activity
        if activity is not None and scope.variables:
            own = found.setdefault(activity, {})
            own.update((name, to_json(value)) for name, value in scope.variables.items())
    return found


def process_variables(state: State) -> Variables:
    """Return a fresh copy of the process variables; before the start there are none."""
    root = None if state.root is None else state.scopes.get(state.root)
    return {} if root is None else {name: to_json(value) for name, value in root.variables.items()}


def positions(graph: Graph, state: State) -> dict[str, Position]:
    """Return where the instance's tokens wait, by element id. A sub-process or loop counts by the tokens inside it;
    what the graph does not draw is left out."""
    found: dict[str, Position] = {}
    for token in state.tokens.values():
        if token.children and token.incident is None:
            continue
        known = found.get(token.node, Position(0, False))
        if token.node in graph.nodes:
            found[token.node] = Position(known.tokens + 1, known.incident or token.incident is not None)
    for event in state.subscriptions.values():
        if event.incident is not None:
            known = found.get(event.node, Position(0, False))
            found[event.node] = Position(known.tokens, True)
    return found


def activities_at(state: State, node: str) -> tuple[int, ...]:
    """Return what a modification can cancel in an element, the outermost and oldest first: the activities that go on
    in it, and the tokens that wait at it."""
    return tuple(sorted(token.activity or token.id for token in state.tokens.values() if token.node == node))


def open_waits(state: State) -> tuple[Wait, ...]:
    """Return everything that the instance waits for, the oldest first."""
    answered = [
        Wait(wait, str(state.tokens[number].awaits), state.tokens[number].node, state.tokens[number].activity)
        for wait, number in state.waits.items()
    ]
    events = [
        Wait(
            event.id,
            str(event.kind),
            event.node,
            None if event.token is None else state.tokens[event.token].activity,
            event.name,
            parse_instant(event.due) if event.kind is EventKind.TIMER and event.due else None,
        )
        for event in state.subscriptions.values()
    ]
    return tuple(sorted((*answered, *events), key=lambda wait: wait.id))
