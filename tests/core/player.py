"""A host that plays an instance and looks at its state after every step.

Beside the live instance it plays three copies: one read back from JSON before each command, one in which every step
is cut after each element, and one document that only hears of the changes. All must agree.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from tests.core.drawing import PROCESS
from workflows.core import State, Wait, commands, effects, open_waits, process_variables
from workflows.core.commands import Command
from workflows.core.effects import Effect
from workflows.core.records import Phase, Scope, ScopeKind, Token
from workflows.diagrams.graph import EventKind, Graph
from workflows.embedded.cores import CORES, DEFAULT_CORE, Core, Program
from workflows.errors import Conflict, InvalidInput
from workflows.values import JsonValue, Variables

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
MOST_EFFECTS = 2000
_E = TypeVar("_E")


class EndlessError(Exception):
    """The diagram runs in circles without waiting, as a handler of a signal that throws this signal again."""


@dataclass(slots=True)
class Player:
    """An instance of `graph` that `core` steps, and everything that its steps have said."""

    graph: Graph
    core: Core = CORES[DEFAULT_CORE]
    state: State = field(init=False)
    now: datetime = NOW
    said: list[Effect] = field(default_factory=list)
    check: bool = True
    bounded: State = field(init=False)
    document: dict[str, JsonValue] = field(default_factory=dict)
    answered: set[int] = field(default_factory=set)

    _made: "tuple[Graph, Program] | None" = None

    def __post_init__(self) -> None:
        self.state, self.bounded = self.program.new_state(), self.program.new_state()

    @property
    def program(self) -> Program:
        """What steps the instance, by the graph that it has now."""
        if self._made is None or self._made[0] is not self.graph:
            self._made = self.graph, self.core.program(self.graph)
        return self._made[1]

    def start(self, **variables: JsonValue) -> "Player":
        """Start at the none start event."""
        self.send(commands.Start(PROCESS, variables))
        return self

    def send(self, command: Command) -> tuple[Effect, ...]:
        """Apply a command to the end, to the live instance and its copies; return its effects."""
        self.now += timedelta(seconds=1)
        before = self.state.to_json()
        try:
            told = self._play(self.state, command, limit=500)
        except (Conflict, InvalidInput):
            if self.check:
                assert self.state.to_json() == before
                assert picture(self.state) == picture(self.program.read_state(before))
            raise
        self.said += told
        if self.check:
            self._compare(before, command, told)
            self._record_changes()
            check_state(self.state)
            self.answered.add(getattr(command, "id", 0))
            check_history(self.state, self.said, self.answered)
        return told

    def refuses(self, command: Command) -> str:
        """Send a command that must be refused; return why."""
        with pytest.raises((Conflict, InvalidInput)) as refusal:
            self.send(command)
        return str(refusal.value)

    def complete(self, node: str, **variables: JsonValue) -> tuple[Effect, ...]:
        """Answer the oldest wait at an element."""
        wait = self.wait(node)
        if wait.kind == "call":
            return self.send(commands.CallFinished(wait.id, variables))
        return self.send(commands.Complete(wait.id, variables))

    def message(self, node: str, **variables: JsonValue) -> tuple[Effect, ...]:
        """Bring the message that an element waits for."""
        return self.send(commands.MessageArrived(self.wait(node).id, variables))

    def due(self, node: str) -> tuple[Effect, ...]:
        """Say that the timer of an element is due."""
        return self.send(commands.TimerDue(self.wait(node).id))

    def signal(self, name: str, **variables: JsonValue) -> tuple[Effect, ...]:
        """Broadcast a signal."""
        return self.send(commands.SignalArrived(name, variables))

    def set(self, **variables: JsonValue) -> tuple[Effect, ...]:
        """Write process variables from outside."""
        return self.send(commands.SetVariables(variables))

    def wait(self, node: str) -> Wait:
        """Return the oldest wait at an element."""
        found = [wait for wait in open_waits(self.state) if wait.node == node]
        assert found, f"nothing waits at {node}, but at {self.waiting}"
        return found[0]

    @property
    def waiting(self) -> list[str]:
        """The elements that wait for something, the oldest first."""
        return [wait.node for wait in open_waits(self.state)]

    @property
    def variables(self) -> Variables:
        """The process variables."""
        return process_variables(self.state)

    @property
    def status(self) -> str:
        """The status of the instance."""
        return self.state.status

    def heard(self, kind: type[_E]) -> list[_E]:
        """Return all effects of one kind."""
        return [effect for effect in self.said if isinstance(effect, kind)]

    @property
    def left(self) -> list[str]:
        """The elements that were finished, in order."""
        return [effect.node for effect in self.heard(effects.ActivityLeft)]

    @property
    def cancelled(self) -> list[str]:
        """The elements that were ended from outside, in order."""
        return [effect.node for effect in self.heard(effects.ActivityCancelled)]

    @property
    def incidents(self) -> list[int]:
        """The ids of the open incidents."""
        return sorted(self.state.incidents)

    def _play(self, state: State, command: Command, **bound: int) -> tuple[Effect, ...]:
        done = self.program.step(state, command, self.now, **bound)
        told = list(done.effects)
        while done.more:
            if len(told) > MOST_EFFECTS:
                raise EndlessError
            done = self.program.step(state, commands.Continue(), self.now, **bound)
            told += done.effects
        return tuple(told)

    def _compare(self, before: dict[str, JsonValue], command: Command, told: tuple[Effect, ...]) -> None:
        restored = self.program.read_state(dict(sorted(before.items(), reverse=True)))
        assert self._play(restored, command) == told
        assert restored.to_json() == self.state.to_json()
        assert self._play(self.bounded, command, limit=1) == told
        assert self.bounded.to_json() == self.state.to_json()

    def _record_changes(self) -> None:
        changes = self.state.take_changes()
        self.document.update(changes.written)
        for key in changes.removed:
            self.document.pop(key, None)
        assert self.document == self.state.to_json()
        assert picture(self.state) == picture(self.program.read_state(self.document))


def picture(state: State) -> dict[str, object]:
    """Return all links of a state in a comparable form; they must be those of the state as it is stored."""
    return {
        "tokens": {token.id: (sorted(token.subscriptions), sorted(token.children)) for token in state.tokens.values()},
        "scopes": {
            scope.id: (
                sorted(scope.tokens),
                {node: {flow: list(ids) for flow, ids in flows.items()} for node, flows in scope.joins.items()},
                sorted(scope.subscriptions),
            )
            for scope in state.scopes.values()
        },
        "waits": dict(state.waits),
        "incidents": {number: record.key for number, record in state.incidents.items()},
        "by_name": {key: sorted(ids) for key, ids in state.by_name.items()},
        "by_variable": {key: sorted(ids) for key, ids in state.by_variable.items()},
    }


def check_state(state: State) -> None:
    """No token is lost or doubled, nothing hangs in the air, and no token waits for nothing."""
    assert set(state.waits.values()) <= set(state.tokens)
    for wait, number in state.waits.items():
        assert state.tokens[number].wait == wait
    for token in state.tokens.values():
        _check_token(state, token)
    for scope in state.scopes.values():
        _check_scope(state, scope)
    for event in state.subscriptions.values():
        owner = state.tokens.get(event.token or 0) or state.scopes.get(event.scope or 0)
        assert owner is not None
        assert event.id in owner.subscriptions
    if state.status in ("completed", "cancelled", "failed"):
        assert not state.tokens
        assert not state.subscriptions
        assert not state.incidents
        assert list(state.scopes) == [state.root]


def _check_token(state: State, token: Token) -> None:
    scope = state.scopes[token.scope]
    joined = token.id in scope.joins.get(token.node, {}).get(token.flow or "", {})
    assert (token.id in scope.tokens) is not joined
    assert joined is (token.phase is Phase.JOIN)
    assert token.local is None or state.scopes[token.local].owner == token.id
    if state.status == "active":
        assert not token.queued
        handled = any(other.thrower == token.id for other in state.tokens.values())
        reasons = (token.wait, token.incident, token.subscriptions, token.children, joined, handled)
        assert any(reasons), f"a token stands in {token.node} for no reason"


def _check_scope(state: State, scope: Scope) -> None:
    if scope.kind is ScopeKind.LOCAL:
        assert state.tokens[scope.owner or 0].local == scope.id
    elif scope.owner is not None:
        assert scope.id in state.tokens[scope.owner].children
        if state.status == "active" and state.tokens[scope.owner].incident is None:
            assert scope.tokens or scope.joins, f"nothing is in the scope of {scope.node}"


def check_history(state: State, said: Iterable[Effect], answered: Container[int]) -> None:
    """What was opened, and neither closed nor answered, is what the state holds; no number is given out twice."""
    opened: dict[str, set[int]] = {kind: set() for kind in set(_OPENS.values())}
    seen: set[int] = set()
    timers_seen: set[int] = set()
    for effect in said:
        number = getattr(effect, "id", 0)
        if type(effect) in _OPENS:
            assert number in timers_seen or number not in seen, f"{number} was given out twice"
            seen.add(number)
            if isinstance(effect, effects.TimerSet):
                timers_seen.add(number)
            opened[_OPENS[type(effect)]].add(number)
        elif type(effect) in _CLOSES:
            assert number in opened[_CLOSES[type(effect)]], f"{effect} closes what was not open"
            opened[_CLOSES[type(effect)]].remove(number)
    standing = [token.activity for token in state.tokens.values() if token.activity is not None]
    events = state.subscriptions.values()
    assert sorted(opened["activity"]) == sorted(standing)
    assert opened["incident"] == set(state.incidents)
    assert opened["event"] == {event.id for event in events if event.kind in (EventKind.MESSAGE, EventKind.SIGNAL)}
    assert {wait for wait in opened["wait"] if wait in state.waits or wait not in answered} == set(state.waits)
    held = state.status == "suspended"
    timers = {event.id for event in events if event.kind is EventKind.TIMER and not held}
    assert {number for number in opened["timer"] if number in timers or number not in answered} == timers


_OPENS: dict[type, str] = {
    effects.ActivityEntered: "activity",
    effects.JobCreated: "wait",
    effects.UserTaskOpened: "wait",
    effects.ScriptRequested: "wait",
    effects.DecisionRequested: "wait",
    effects.CallRequested: "wait",
    effects.TimerSet: "timer",
    effects.SubscriptionOpened: "event",
    effects.IncidentRaised: "incident",
}
_CLOSES: dict[type, str] = {
    effects.ActivityLeft: "activity",
    effects.ActivityCancelled: "activity",
    effects.JobWithdrawn: "wait",
    effects.UserTaskClosed: "wait",
    effects.CallWithdrawn: "wait",
    effects.TimerCleared: "timer",
    effects.SubscriptionClosed: "event",
    effects.IncidentResolved: "incident",
}
