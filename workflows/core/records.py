"""The records an instance's state is made of: tokens, scopes and subscriptions.

Each record names the fields that are stored; all others are links, rebuilt when a state is read. A record may only be
changed after `Machine.touch(record)`, which keeps what a failed step must put back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import ClassVar, cast

from workflows.diagrams.graph import EventKind
from workflows.values import JsonValue, Variables, to_json


class Phase(StrEnum):
    """Where a token stands in the life of its element: what happens next when it is queued, or what it waits for."""

    ENTER = "enter"
    PREPARE = "prepare"
    EXECUTE = "execute"
    SPAWN = "spawn"
    WAIT = "wait"
    JOIN = "join"
    COMPENSATE = "compensate"
    COMPLETE = "complete"
    LEAVE = "leave"


class WaitKind(StrEnum):
    """Who answers a wait."""

    JOB = "job"
    USER_TASK = "userTask"
    SCRIPT = "script"
    DECISION = "decision"
    CALL = "call"
    BEFORE = "asyncBefore"
    AFTER = "asyncAfter"


class ScopeKind(StrEnum):
    """What a scope belongs to. Only local scopes hold no tokens."""

    PROCESS = "process"
    SUBPROCESS = "subProcess"
    AD_HOC = "adHoc"
    LOOP = "loop"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A finished activity that can be compensated: by its handler, or, with a `log`, by what happened inside it."""

    node: str
    variables: Variables
    log: "tuple[LogEntry, ...] | None" = None

    def to_json(self) -> JsonValue:
        inner = None if self.log is None else [entry.to_json() for entry in self.log]
        return [self.node, to_json(self.variables), inner]

    @classmethod
    def from_json(cls, stored: JsonValue) -> "LogEntry":
        node, variables, log = cast("tuple[str, Variables, list[JsonValue] | None]", stored)
        inner = None if log is None else tuple(map(cls.from_json, log))
        return cls(node, cast("Variables", to_json(variables)), inner)


@dataclass(slots=True, eq=False)
class Record:
    """What all records share. `stamp` marks the savepoint since which the record is already kept for undoing."""

    STORED: ClassVar[tuple[str, ...]] = ()
    PREFIX: ClassVar[str] = ""

    id: int
    stamp: object = field(default=None, kw_only=True)

    @property
    def key(self) -> str:
        """The key of this record in a stored state."""
        return f"{self.PREFIX}{self.id}"

    def snapshot(self) -> tuple[object, ...]:
        """The values of the stored fields."""
        raise NotImplementedError

    def restore(self, *values: object) -> None:
        """Put the values of a `snapshot` back."""
        for name, value in zip(self.STORED, values, strict=True):
            setattr(self, name, value)


@dataclass(slots=True, eq=False)
class Token(Record):
    """A token in an element. `scope` is where its flows run, `local` the scope of its own variables, if it has one.

    `inner` marks one run of a loop, whose outer token stands in the element too; `run` is its number, from 0. `wait`
    is the id under which the outside answers. `arrived` orders the tokens at a join; `received` names the parts of a
    parallel multiple event that have come. A token that throws a compensation keeps its `plan`, the activities still
    to be undone in the scope `host`; the token in a handler names its `thrower`.
    """

    STORED = (
        "scope", "node", "phase", "flow", "queued", "activity", "local", "wait", "awaits", "incident", "inner",
        "run", "arrived", "received", "thrower", "host", "plan", "payload",
    )  # fmt: skip
    PREFIX = "t"

    scope: int = 0
    node: str = ""
    phase: Phase = Phase.ENTER
    flow: str | None = None
    queued: bool = False
    activity: int | None = None
    local: int | None = None
    wait: int | None = None
    awaits: WaitKind | None = None
    incident: int | None = None
    inner: bool = False
    run: int | None = None
    arrived: int = 0
    received: tuple[str, ...] = ()
    thrower: int | None = None
    host: int | None = None
    plan: tuple[LogEntry, ...] = ()
    payload: Variables | None = None
    subscriptions: dict[int, None] = field(default_factory=dict)
    children: dict[int, None] = field(default_factory=dict)

    def snapshot(self) -> tuple[object, ...]:
        return _TOKEN_VALUES(self)


_TOKEN_VALUES = attrgetter(*Token.STORED)


@dataclass(slots=True, eq=False)
class Scope(Record):
    """Variables, and the tokens that share them. `owner` is the token in the element that opened the scope.

    `log` holds what can be compensated. `pending` are the activities that a sequential ad-hoc sub-process has still to
    run. `fired` holds, for each complex gateway that waits for its reset, the flows that it fired with. `total`,
    `started` and `done` count the runs of a loop over `items`; `results` are what they answered, by index.
    `replay` marks the scope of a finished sub-process, opened again to be compensated.
    """

    STORED = (
        "kind", "node", "parent", "owner", "pending", "fired", "total", "started", "done", "items", "replay",
    )  # fmt: skip
    PREFIX = "s"

    kind: ScopeKind = ScopeKind.PROCESS
    node: str = ""
    parent: int | None = None
    owner: int | None = None
    pending: tuple[str, ...] = ()
    fired: dict[str, tuple[str, ...]] | None = None
    total: int | None = None
    started: int = 0
    done: int = 0
    items: tuple[JsonValue, ...] | None = None
    replay: bool = False
    log: list[LogEntry] = field(default_factory=list)
    variables: Variables = field(default_factory=dict)
    results: dict[int, JsonValue] = field(default_factory=dict)
    tokens: dict[int, None] = field(default_factory=dict)
    joins: dict[str, dict[str, dict[int, None]]] = field(default_factory=dict)
    subscriptions: dict[int, None] = field(default_factory=dict)

    def snapshot(self) -> tuple[object, ...]:
        return _SCOPE_VALUES(self)


_SCOPE_VALUES = attrgetter(*Scope.STORED)


@dataclass(slots=True, eq=False)
class Subscription(Record):
    """An event that is waited for: definition number `index` of the event `node`, for a token or a whole scope.

    `name` is that of the message or signal; `names` are the variables a condition reads, `held` its last value.
    `timer` is the text of a cycle, `anchor` the time it counts from, `count` how often it was due, `due` the next time.
    """

    STORED = (
        "kind", "node", "index", "name", "token", "scope", "names", "held", "incident",
        "timer", "anchor", "count", "due",
    )  # fmt: skip
    PREFIX = "e"

    kind: EventKind = EventKind.MESSAGE
    node: str = ""
    index: int = 0
    name: str | None = None
    token: int | None = None
    scope: int | None = None
    names: tuple[str, ...] = ()
    held: bool = False
    incident: int | None = None
    timer: str | None = None
    anchor: str | None = None
    count: int = 0
    due: str | None = None

    def snapshot(self) -> tuple[object, ...]:
        return _SUBSCRIPTION_VALUES(self)


_SUBSCRIPTION_VALUES = attrgetter(*Subscription.STORED)


def in_order(ids: Iterable[int]) -> list[int]:
    """Return ids in the order of their creation, which does not depend on how a state was read."""
    return sorted(ids)
