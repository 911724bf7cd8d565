"""The state of one instance: small, JSON-serialisable, and without history, so that its size stays flat.

Stored, a state is a flat mapping from the keys of records to records, with defaults left out:

    "i"        the instance itself: counter, status, root scope, tokens that are ready to move
    "t12"      token 12
    "s3"       scope 3, with what can be compensated in it
    "v3:name"  the variable `name` of scope 3
    "r3:7"     the result of run 7 of the loop with scope 3
    "e5"       subscription 5

so that a host can keep the whole in one document, or each key in a row and write only what `take_changes` names.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import Enum
from typing import Any, TypeVar, cast

from workflows.core.records import LogEntry, Phase, Record, Scope, ScopeKind, Subscription, Token, WaitKind
from workflows.diagrams.graph import EventKind
from workflows.values import JsonValue, to_json

_R = TypeVar("_R", bound=Record)
_ENUMS: dict[str, type[Enum]] = {"phase": Phase, "awaits": WaitKind}
_HEADER = "i"


@dataclass(frozen=True, slots=True)
class Changes:
    """What the last steps changed in a stored state: records to write, and keys of records to delete."""

    written: dict[str, JsonValue]
    removed: tuple[str, ...]


@dataclass(slots=True, eq=False)
class State:
    """`State()` is an instance that has not started. Only `step` changes it.

    `status` is one of "new", "active", "suspended", "completed", "cancelled", "failed"; `root` the scope of the
    process variables, None before the start. `called` marks an instance that a call activity started, `until` are the
    elements whose end cancels it.
    """

    status: str = "new"
    root: int | None = None
    sequence: int = 0
    called: bool = False
    business_key: str | None = None
    until: tuple[str, ...] = ()
    ready: deque[int] = field(default_factory=deque)
    undecided: dict[tuple[int, str], None] = field(default_factory=dict)
    tokens: dict[int, Token] = field(default_factory=dict)
    scopes: dict[int, Scope] = field(default_factory=dict)
    subscriptions: dict[int, Subscription] = field(default_factory=dict)
    waits: dict[int, int] = field(default_factory=dict)
    incidents: dict[int, Token | Subscription] = field(default_factory=dict)
    by_name: dict[tuple[EventKind, str], dict[int, None]] = field(default_factory=dict)
    by_variable: dict[str, dict[int, None]] = field(default_factory=dict)
    changed: dict[Record, None] = field(default_factory=dict)
    changed_variables: dict[tuple[int, str], None] = field(default_factory=dict)
    changed_results: dict[tuple[int, int], None] = field(default_factory=dict)

    def to_json(self) -> dict[str, JsonValue]:
        """Return the whole state as fresh JSON."""
        stored: dict[str, JsonValue] = {_HEADER: self._header()}
        for record in (*self.scopes.values(), *self.tokens.values(), *self.subscriptions.values()):
            stored[record.key] = _dump(record)
        for scope in self.scopes.values():
            for name, value in scope.variables.items():
                stored[f"v{scope.id}:{name}"] = to_json(value)
            for index, value in scope.results.items():
                stored[f"r{scope.id}:{index}"] = to_json(value)
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, JsonValue]) -> "State":
        """Return the state that `to_json` stored; the order of the keys does not matter."""
        state = cls()
        state.read(stored)
        return state

    def read(self, stored: Mapping[str, JsonValue]) -> None:
        """Fill a state that has not started with what `to_json` stored. Keys of records that are not its own, which a
        core that steps by other means may add, are left alone."""
        self._read_header(cast("dict[str, Any]", stored[_HEADER]))
        self._read_records(stored)
        self._read_values(stored)
        self._link()

    def take_changes(self) -> Changes:
        """Return what has changed in the stored state since this was last called."""
        written: dict[str, JsonValue] = {_HEADER: self._header()}
        removed: list[str] = []
        for record in self.changed:
            # A refused step gives its numbers back, so that a record of it may have the key of a later one.
            kept = self._table(record).get(record.id)
            if kept is None:
                removed.append(record.key)
            else:
                written[record.key] = _dump(kept)
        for owner, name in self.changed_variables:
            scope = self.scopes.get(owner)
            _note(f"v{owner}:{name}", scope.variables if scope else {}, name, written, removed)
        for owner, index in self.changed_results:
            scope = self.scopes.get(owner)
            _note(f"r{owner}:{index}", scope.results if scope else {}, index, written, removed)
        self.changed, self.changed_variables, self.changed_results = {}, {}, {}
        return Changes(written, tuple(removed))

    def position(self) -> tuple[object, ...]:
        """Return what the state holds beside its records, for `go_back`."""
        ready, undecided = tuple(self.ready), tuple(self.undecided)
        return self.status, self.root, self.sequence, self.called, self.business_key, self.until, ready, undecided

    def go_back(self, position: tuple[Any, ...]) -> None:
        """Put back what `position` returned."""
        self.status, self.root, self.sequence, self.called, self.business_key, self.until, ready, undecided = position
        self.ready = deque(ready)
        self.undecided = dict.fromkeys(undecided)

    def index_subscription(self, subscription: Subscription) -> None:
        """Make a subscription findable by its name, or by the variables of its condition."""
        if subscription.name is not None:
            self.by_name.setdefault((subscription.kind, subscription.name), {})[subscription.id] = None
        for name in subscription.names:
            self.by_variable.setdefault(name, {})[subscription.id] = None

    def forget_subscription(self, subscription: Subscription) -> None:
        """Undo `index_subscription`."""
        if subscription.name is not None:
            _discard(self.by_name, (subscription.kind, subscription.name), subscription.id)
        for name in subscription.names:
            _discard(self.by_variable, name, subscription.id)

    def _table(self, record: Record) -> Mapping[int, Record]:
        if isinstance(record, Token):
            return self.tokens
        return self.scopes if isinstance(record, Scope) else self.subscriptions

    def _header(self) -> dict[str, JsonValue]:
        header: dict[str, JsonValue] = {"sequence": self.sequence, "status": self.status}
        if self.root is not None:
            header["root"] = self.root
        if self.called:
            header["called"] = True
        if self.business_key is not None:
            header["businessKey"] = self.business_key
        if self.until:
            header["until"] = list(self.until)
        if self.ready:
            header["ready"] = list(self.ready)
        if self.undecided:
            header["undecided"] = [[scope, node] for scope, node in self.undecided]
        return header

    def _read_header(self, header: dict[str, Any]) -> None:
        self.sequence, self.status = header["sequence"], header["status"]
        self.root, self.called = header.get("root"), header.get("called", False)
        self.business_key, self.until = header.get("businessKey"), tuple(header.get("until", ()))
        self.ready = deque(header.get("ready", ()))
        self.undecided = dict.fromkeys((scope, node) for scope, node in header.get("undecided", ()))

    def _read_records(self, stored: Mapping[str, JsonValue]) -> None:
        by_number = sorted((int(key[1:]), key[0], key) for key in stored if key[0] in "tse")
        for number, kind, key in by_number:
            values = cast("dict[str, JsonValue]", stored[key])
            if kind == "t":
                self.tokens[number] = _load(Token, number, values, _ENUMS)
            elif kind == "s":
                self.scopes[number] = _load(Scope, number, values, {"kind": ScopeKind})
            else:
                self.subscriptions[number] = _load(Subscription, number, values, {"kind": EventKind})

    def _read_values(self, stored: Mapping[str, JsonValue]) -> None:
        for key, value in stored.items():
            if key[0] in "vr":
                scope, _, name = key[1:].partition(":")
                if key[0] == "v":
                    self.scopes[int(scope)].variables[name] = to_json(value)
                else:
                    self.scopes[int(scope)].results[int(name)] = to_json(value)

    def _link(self) -> None:
        for token in sorted(self.tokens.values(), key=lambda token: (token.arrived, token.id)):
            if token.phase is Phase.JOIN:
                at_node = self.scopes[token.scope].joins.setdefault(token.node, {})
                at_node.setdefault(token.flow or "", {})[token.id] = None
        for token in self.tokens.values():
            if token.phase is not Phase.JOIN:
                self.scopes[token.scope].tokens[token.id] = None
            if token.wait is not None:
                self.waits[token.wait] = token.id
            if token.incident is not None:
                self.incidents[token.incident] = token
        for scope in self.scopes.values():
            if scope.owner is not None and scope.kind is not ScopeKind.LOCAL:
                self.tokens[scope.owner].children[scope.id] = None
        for subscription in self.subscriptions.values():
            self.index_subscription(subscription)
            if subscription.token is not None:
                self.tokens[subscription.token].subscriptions[subscription.id] = None
            else:
                self.scopes[cast("int", subscription.scope)].subscriptions[subscription.id] = None
            if subscription.incident is not None:
                self.incidents[subscription.incident] = subscription


def _defaults(kind: type[Record]) -> dict[str, object]:
    return {f.name: f.default for f in fields(kind) if f.name in kind.STORED and f.default is not MISSING}


_DEFAULTS: dict[type[Record], dict[str, object]] = {kind: _defaults(kind) for kind in (Token, Scope, Subscription)}


def _dump(record: Record) -> JsonValue:
    values: dict[str, JsonValue] = {}
    for name, default in _DEFAULTS[type(record)].items():
        value = getattr(record, name)
        if value != default:
            values[name] = [entry.to_json() for entry in value] if name == "plan" else _plain(value)
    if isinstance(record, Scope) and record.log:
        values["log"] = [entry.to_json() for entry in record.log]
    return values


def _plain(value: Any) -> JsonValue:
    return str(value) if isinstance(value, Enum) else to_json(value)


def _load(kind: type[_R], number: int, stored: dict[str, JsonValue], enums: dict[str, type[Enum]]) -> _R:
    record = kind(number)
    for name, value in stored.items():
        setattr(record, name, _restored(name, value, enums))
    return record


def _restored(name: str, value: Any, enums: dict[str, type[Enum]]) -> object:
    if name in enums:
        return enums[name](value)
    if name in {"plan", "log"}:
        entries = map(LogEntry.from_json, value)
        return list(entries) if name == "log" else tuple(entries)
    if name == "fired":
        return {node: tuple(flows) for node, flows in value.items()}
    fresh = to_json(value)
    return tuple(fresh) if isinstance(fresh, list) else fresh


def _note(
    key: str, values: Mapping[Any, JsonValue], name: object, written: dict[str, JsonValue], removed: list[str]
) -> None:
    if name in values:
        written[key] = to_json(values[name])
    else:
        removed.append(key)


def _discard(index: dict[Any, dict[int, None]], key: object, number: int) -> None:
    found = index[key]
    del found[number]
    if not found:
        del index[key]
