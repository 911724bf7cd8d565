"""The states of instances: in the database, and in memory while an instance is hot.

A small state is one document in the row of its instance. One that has grown large, such as that of a thousand open
items, is kept in parts: a row for each of its records, so that a transition writes no more than what it changed,
however much is open. It stays in parts until its instance ends.
"""

import json
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Self

from sqlalchemy import Connection, Insert, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from workflows.core import State
from workflows.core.state import Changes
from workflows.embedded.tables import instance, state_record
from workflows.values import JsonValue

_LARGEST_DOCUMENT = 16_384
"""Characters. Writing a longer document costs more than writing a few of its records."""

_IN_PARTS = "{}"
"""The document of a state that is kept in parts."""

_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Document:
    """What the database has of a state: its records by key, in one piece or in parts; `size` is in characters."""

    records: dict[str, JsonValue]
    size: int
    in_parts: bool = False


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a transition writes of a state: the text for the instance's row, and parts to write and to remove."""

    text: str
    written: Mapping[str, str] = field(default_factory=dict)
    removed: Collection[str] = ()


@dataclass(slots=True)
class Stored:
    """A state beside the records of the document it is stored as; without those it is kept in parts.

    `size` is how many characters it has, or had when it was last seen as a whole.
    """

    state: State = field(default_factory=State)
    records: dict[str, JsonValue] | None = field(default_factory=dict)
    size: int = 0

    @classmethod
    def of(cls, document: Document, read: Callable[[Mapping[str, JsonValue]], State] = State.from_json) -> Self:
        """Return a state as it is stored. To step it, it has to be read by its program; variables and waits are the
        same for all of them."""
        return cls(read(document.records), None if document.in_parts else document.records, document.size)

    @property
    def in_parts(self) -> bool:
        """Whether the database has it in parts."""
        return self.records is None

    def renew(self) -> Renewal:
        """Return what has to be written, now that the state has moved."""
        changes = self.state.take_changes()
        if self.records is None:
            return Renewal(_IN_PARTS, _texts(changes.written), changes.removed)
        self.records.update(changes.written)
        for key in changes.removed:
            self.records.pop(key, None)
        text = _encode(self.records)
        self.size = len(text)
        if self.size <= _LARGEST_DOCUMENT:
            return Renewal(text)
        whole, self.records = self.records, None
        return Renewal(_IN_PARTS, _texts(whole))


def renewal_of(changed: Changes) -> Renewal:
    """Return what has to be written of a state that somebody else moves: it is kept in parts."""
    return Renewal(_IN_PARTS, _texts(changed.written), changed.removed)


def _texts(records: Mapping[str, JsonValue]) -> dict[str, str]:
    return {key: _encode(value) for key, value in records.items()}


_DOCUMENTS = (
    select(instance.c.id, instance.c.state, state_record.c.key, state_record.c.value)
    .outerjoin(state_record)
    .where(instance.c.id.in_(bindparam("ids", expanding=True)), instance.c.state.is_not(None))
)
_REMOVAL = delete(state_record).where(
    state_record.c.instance_id == bindparam("of_instance"), state_record.c.key == bindparam("of_key")
)
_REMOVAL_OF_ALL = delete(state_record).where(state_record.c.instance_id == bindparam("of_instance"))


def read_documents(connection: Connection, instance_ids: Iterable[str]) -> dict[str, Document]:
    """Return the documents of those of these instances that run. One statement reads them, so that each is whole."""
    whole: dict[str, Document] = {}
    parts: dict[str, dict[str, str]] = defaultdict(dict)
    for instance_id, text, key, value in connection.execute(_DOCUMENTS, {"ids": list(instance_ids)}):
        if key is None:
            whole[instance_id] = Document(json.loads(text), len(text))
        else:
            parts[instance_id][key] = value
    for instance_id, texts in parts.items():
        records = {key: json.loads(text) for key, text in texts.items()}
        whole[instance_id] = Document(records, sum(map(len, texts.values())), in_parts=True)
    return whole


def write_parts(connection: Connection, renewals: Mapping[str, Renewal]) -> None:
    """Write the parts of states, by the ids of their instances, whose rows are written already."""
    written = [
        {"instance_id": instance_id, "key": key, "value": value}
        for instance_id, renewal in renewals.items()
        for key, value in renewal.written.items()
    ]
    removed = [
        {"of_instance": instance_id, "of_key": key}
        for instance_id, renewal in renewals.items()
        for key in renewal.removed
    ]
    if removed:
        connection.execute(_REMOVAL, removed)
    if written:
        connection.execute(_upsert(connection.dialect.name), written)


def remove_parts(connection: Connection, instance_ids: Iterable[str]) -> None:
    """Remove the parts of states, once their instances have ended."""
    connection.execute(_REMOVAL_OF_ALL, [{"of_instance": instance_id} for instance_id in instance_ids])


@cache
def _upsert(database: str) -> Insert:
    dialect = postgresql if database == "postgresql" else sqlite
    upsert: postgresql.Insert | sqlite.Insert = dialect.insert(state_record)
    key = [state_record.c.instance_id, state_record.c.key]
    return upsert.on_conflict_do_update(index_elements=key, set_={"value": upsert.excluded.value})


class HotStates:
    """The states of the instances that moved last, each with the revision that it belongs to: at most `limit` of
    them, and no more than `characters` together.

    Who takes a state owns it: it is gone from here until it is put back, which happens after a commit only. So a
    transaction that fails leaves no half-moved state behind.
    """

    def __init__(self, limit: int = 500, characters: int = 4_000_000) -> None:
        self._limit = limit
        self._characters = characters
        self._lock = Lock()
        self._states: OrderedDict[str, tuple[int, Stored]] = OrderedDict()
        self._size = 0

    def take(self, instance_id: str, revision: int) -> Stored | None:
        """Return the state of this revision, if it is here."""
        with self._lock:
            kept = self._remove(instance_id)
        return kept[1] if kept is not None and kept[0] == revision else None

    def put(self, instance_id: str, revision: int, stored: Stored) -> None:
        """Keep a state that has been committed as `revision`."""
        with self._lock:
            self._remove(instance_id)
            self._states[instance_id] = (revision, stored)
            self._size += stored.size
            while len(self._states) > self._limit or (self._size > self._characters and len(self._states) > 1):
                self._remove(next(iter(self._states)))

    def _remove(self, instance_id: str) -> tuple[int, Stored] | None:
        kept = self._states.pop(instance_id, None)
        if kept is not None:
            self._size -= kept[1].size
        return kept
