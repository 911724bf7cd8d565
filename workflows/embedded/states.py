"""The states of instances: as documents in the database, and in memory while an instance is hot."""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Self

from workflows.core import State
from workflows.values import JsonValue


@dataclass(frozen=True, slots=True)
class Stored:
    """A state beside the document it is stored as, of which a transition renews only what it changed."""

    state: State = field(default_factory=State)
    document: dict[str, JsonValue] = field(default_factory=dict)

    @classmethod
    def loads(cls, text: str, read: Callable[[Mapping[str, JsonValue]], State] = State.from_json) -> Self:
        """Read what `dumps` wrote. To step the state it has to be read by its program; variables and waits are the
        same for all of them."""
        document: dict[str, JsonValue] = json.loads(text)
        return cls(read(document), document)

    def dumps(self) -> str:
        """Return the state as it is now, as text."""
        changes = self.state.take_changes()
        self.document.update(changes.written)
        for key in changes.removed:
            self.document.pop(key, None)
        return json.dumps(self.document, separators=(",", ":"))


class HotStates:
    """The states of the `limit` instances that moved last, each with the revision that it belongs to.

    Who takes a state owns it: it is gone from here until it is put back, which happens after a commit only. So a
    transaction that fails leaves no half-moved state behind.
    """

    def __init__(self, limit: int = 1000) -> None:
        self._limit = limit
        self._lock = Lock()
        self._states: OrderedDict[str, tuple[int, Stored]] = OrderedDict()

    def take(self, instance_id: str, revision: int) -> Stored | None:
        """Return the state of this revision, if it is here."""
        with self._lock:
            kept = self._states.pop(instance_id, None)
        return kept[1] if kept is not None and kept[0] == revision else None

    def put(self, instance_id: str, revision: int, stored: Stored) -> None:
        """Keep a state that has been committed as `revision`."""
        with self._lock:
            self._states[instance_id] = (revision, stored)
            if len(self._states) > self._limit:
                self._states.popitem(last=False)
