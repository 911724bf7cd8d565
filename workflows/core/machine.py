"""What one step works with: the graph, the state, the time, the effects so far, and what undoes them.

A behaviour says what an element of one BPMN type does with a token; the machine finds it by the type's name. The
modules beside this one (tokens, scopes, variables, subscriptions, waits, joins, incidents) are the primitives that
behaviours are written in; they know behaviours only through `Machine.behaviour`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol, TypeAlias

from workflows.core.effects import Effect
from workflows.core.records import Phase, Record, Scope, Subscription, Token
from workflows.core.state import State
from workflows.diagrams.graph import EventDefinition, Graph, Node
from workflows.values import Variables

Undo: TypeAlias = tuple[Callable[..., object], tuple[object, ...]]
Savepoint: TypeAlias = tuple[int, int]


class Behaviour(Protocol):
    """What the elements of one BPMN type do with a token, phase by phase (see `records.Phase`)."""

    waits: bool
    """Whether tokens for these elements move first, so that an event thrown by a sibling branch is not missed."""

    def enter(self, m: "Machine", token: Token, node: Node) -> None:
        """A token has come to the element."""

    def prepare(self, m: "Machine", token: Token, node: Node) -> None:
        """Make what the element needs around it: its variables, its boundary events, its loop."""

    def execute(self, m: "Machine", token: Token, node: Node) -> None:
        """Do what the element is there for."""

    def spawn(self, m: "Machine", token: Token, node: Node) -> None:
        """Start more runs of the element's loop."""

    def complete(self, m: "Machine", token: Token, node: Node) -> None:
        """The element's work is done: write its outputs and go on."""

    def leave(self, m: "Machine", token: Token, node: Node) -> None:
        """Take the outgoing flows."""

    def trigger(self, m: "Machine", event: Subscription, node: Node, variables: Variables) -> None:
        """The event that was waited for at `node` has happened."""

    def caught(self, m: "Machine", token: Token, node: Node, event: EventDefinition, variables: Variables) -> None:
        """`node` catches an error, escalation or cancellation that `token`'s activity threw."""

    def release(self, m: "Machine", scope: Scope, node: Node) -> bool:
        """Nothing else moves: let a join go on if no further token can come; say whether it did."""


class Machine:
    """One step under way."""

    __slots__ = (
        "_mark", "_undo", "acting", "behaviours", "effects", "emit", "graph", "nodes", "now", "scopes", "state",
        "tokens", "unchecked",
    )  # fmt: skip

    def __init__(self, graph: Graph, state: State, now: datetime, behaviours: Mapping[str, Behaviour]) -> None:
        self.graph = graph
        self.nodes = graph.nodes
        self.state = state
        self.tokens = state.tokens
        self.scopes = state.scopes
        self.now = now
        self.behaviours = behaviours
        self.effects: list[Effect] = []
        self.emit = self.effects.append
        self.acting: Token | None = None
        """The token for whose element something is done now, None for what comes from outside."""
        self.unchecked: dict[int, None] = {}
        """Conditions that may hold now, because a variable that they read was written."""
        self._undo: list[Undo] = []
        self._mark = object()

    def next_id(self) -> int:
        """Return a number that the instance has never used."""
        self.state.sequence += 1
        return self.state.sequence

    def spawned(self, token: Token) -> None:
        """A token was put into its element. Here nothing follows from that; a core that steps by other means keeps
        what it has for the token in step, by this and the three methods below."""

    def queueing(self, token: Token, phase: Phase, *, first: bool) -> bool:  # noqa: ARG002
        """A token is about to be queued; say whether it may be."""
        return True

    def moved(self, token: Token) -> None:
        """A token was put into another element."""

    def dropped(self, token: Token) -> None:
        """A token has ended."""

    def behaviour(self, node: Node) -> Behaviour:
        """Return what elements of this node's type do."""
        return self.behaviours[node.type]

    def touch(self, record: Record) -> None:
        """Keep the record's values, before it is changed, for a rollback."""
        if record.stamp is not self._mark:
            record.stamp = self._mark
            self._undo.append((record.restore, record.snapshot()))
            self.state.changed[record] = None

    def on_rollback(self, call: Callable[..., object], *arguments: object) -> None:
        """Call this if what happens now has to be undone."""
        self._undo.append((call, arguments))

    def savepoint(self) -> Savepoint:
        """Begin a piece of work that can be undone alone."""
        self._mark = object()
        return len(self._undo), len(self.effects)

    def rollback(self, savepoint: Savepoint = (0, 0)) -> None:
        """Put back everything that changed since `savepoint` (the numbers given out stay used)."""
        undone, emitted = savepoint
        self._mark = object()
        while len(self._undo) > undone:
            call, arguments = self._undo.pop()
            call(*arguments)
        del self.effects[emitted:]
