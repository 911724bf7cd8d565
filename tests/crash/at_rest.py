"""What holds whenever no process works on the database: every state agrees with the rows around it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, Table, inspect, select, text

from workflows.core import State
from workflows.core.records import WaitKind
from workflows.diagrams.graph import EventKind
from workflows.embedded.effects import CONTINUATION
from workflows.embedded.states import read_documents
from workflows.embedded.tables import activity, delivery, incident, instance, job, subscription, timer, user_task


@dataclass(slots=True)
class Rest:
    """What was seen at the last look: for each instance its revision, status and number of activities."""

    looks: int = 0
    instances: dict[str, tuple[int, str, int]] = field(default_factory=dict)


def violations_at_rest(connection: Connection, rest: Rest) -> list[str]:
    """Look at the database; return everything in it that should not be."""
    rest.looks += 1
    if not inspect(connection).has_table("instance"):
        return []  # killed before its first migration was committed
    return [*_damage(connection), *_disagreements(connection), *_steps_back(connection, rest)]


def _damage(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        for (line,) in connection.execute(text("PRAGMA integrity_check")):
            if line != "ok":
                yield f"SQLite finds damage: {line}"
        for row in connection.execute(text("PRAGMA foreign_key_check")):
            yield f"SQLite finds a row without the one it refers to: {row}"


def _disagreements(connection: Connection) -> Iterator[str]:
    numbers = _Numbers(connection)
    rows = connection.execute(select(instance)).all()
    documents = read_documents(connection, [row.id for row in rows])
    for row in rows:
        if row.ended_at is None:
            state = State.from_json(documents[row.id].records)
            expected = _expected(state)
            if row.status != state.status or state.ready:
                yield f"instance {row.id} is {row.status}, its state {state.status}, ready to move: {state.ready}"
        else:
            expected = {}
            if row.state is not None or row.variables is None or row.status in {"active", "suspended"}:
                yield f"instance {row.id} has ended as {row.status}, but not whole"
        for what, found in numbers.of(row.id).items():
            if found != expected.get(what, frozenset()):
                wanted = sorted(expected.get(what, ()))
                yield f"{row.process_id} {row.id} has {what} {sorted(found)}, its state says {wanted}"
    yield from numbers.doubled


def _expected(state: State) -> dict[str, frozenset[int]]:
    waits: dict[WaitKind | None, set[int]] = defaultdict(set)
    for wait, token in state.waits.items():
        waits[state.tokens[token].awaits].add(wait)
    events: dict[EventKind, set[int]] = defaultdict(set)
    for each in state.subscriptions.values():
        events[each.kind].add(each.id)
    return {
        "jobs": frozenset(waits[WaitKind.JOB]),
        "continuations": frozenset(waits[WaitKind.BEFORE] | waits[WaitKind.AFTER]),
        "user tasks": frozenset(waits[WaitKind.USER_TASK]),
        "calls": frozenset(waits[WaitKind.CALL]),
        "timers": frozenset(events[EventKind.TIMER] if state.status != "suspended" else ()),
        "subscriptions": frozenset(events[EventKind.MESSAGE] | events[EventKind.SIGNAL]),
        "incidents": frozenset(state.incidents),
        "activities": frozenset(token.activity for token in state.tokens.values() if token.activity is not None),
    }


class _Numbers:
    """The numbers of the open rows of each instance, by what they are; `doubled` names calls that have two answers."""

    def __init__(self, connection: Connection) -> None:
        self._found: dict[str, dict[str, frozenset[int]]] = {}
        own = job.c.type == CONTINUATION
        self._add(connection, "jobs", job, ~own)
        self._add(connection, "continuations", job, own)
        self._add(connection, "user tasks", user_task, user_task.c.outcome.is_(None))
        self._add(connection, "timers", timer)
        self._add(connection, "subscriptions", subscription)
        self._add(connection, "incidents", incident, incident.c.resolved_at.is_(None))
        self._add(connection, "activities", activity, activity.c.outcome == "running")
        self.doubled = list(self._add_calls(connection))

    def of(self, instance_id: str) -> dict[str, frozenset[int]]:
        """Return the numbers of an instance's rows."""
        return {what: found.get(instance_id, frozenset()) for what, found in self._found.items()}

    def _add(self, connection: Connection, what: str, table: Table, *where: Any) -> None:
        rows = connection.execute(select(table.c.instance_id, table.c.number).where(*where))
        self._found[what] = _grouped([(row.instance_id, row.number) for row in rows])

    def _add_calls(self, connection: Connection) -> Iterator[str]:
        """A call is about to be made, or its instance runs, or its answer is under way: one of them, once."""
        deliveries = connection.execute(select(delivery)).all()
        withdrawn = {_source(row) for row in deliveries if row.kind == "cancel_call"}
        running = connection.execute(select(instance).where(instance.c.ended_at.is_(None))).all()
        ids = {row.id for row in running}
        answers = [(row.payload["instance_id"], row.payload["number"]) for row in deliveries if row.kind == "answer"]
        calls = [
            *(_source(row) for row in deliveries if row.kind == "call"),
            *(answer for answer in answers if answer[0] in ids),  # others come too late and are passed over
            *((row.parent_id, row.parent_number) for row in running if row.parent_id is not None),
        ]
        self._found["calls"] = _grouped([call for call in calls if call not in withdrawn])
        for call in set(calls):
            if calls.count(call) > 1:
                yield f"the call {call} is made or answered {calls.count(call)} times"


def _source(row: Row[Any]) -> tuple[str, int]:
    return row.source_id, row.source_number


def _grouped(pairs: list[tuple[str, int]]) -> dict[str, frozenset[int]]:
    grouped: dict[str, set[int]] = defaultdict(set)
    for instance_id, number in pairs:
        grouped[instance_id].add(number)
    return {instance_id: frozenset(numbers) for instance_id, numbers in grouped.items()}


def _steps_back(connection: Connection, rest: Rest) -> Iterator[str]:
    """Find what was there at the last look and is gone, or is older than it was."""
    numbers: dict[str, int] = defaultdict(int)
    for (instance_id,) in connection.execute(select(activity.c.instance_id)):
        numbers[instance_id] += 1
    rows = connection.execute(select(instance.c.id, instance.c.revision, instance.c.status))
    now = {row.id: (row.revision, row.status, numbers[row.id]) for row in rows}
    for instance_id, before in rest.instances.items():
        after = now.get(instance_id)
        if after is None:
            yield f"instance {instance_id} is gone; it was {before}"
        elif (
            after[0] < before[0]
            or after[2] < before[2]
            or (before[1] not in {"active", "suspended"} and after != before)
        ):
            yield f"instance {instance_id} went back from {before} to {after}"
    rest.instances = now
