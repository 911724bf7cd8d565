"""The start events of the processes on Temporal that something outside brings about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, select

from workflows.diagrams.graph import EventKind
from workflows.embedded import starts
from workflows.embedded.cores import TEMPORAL
from workflows.embedded.mirror import Mirror
from workflows.embedded.tables import definition, deployment


@dataclass(frozen=True, slots=True)
class StartEvent:
    """What the start event of a definition waits for: a `name`, or a timer with its `schedule`."""

    definition_id: str
    process_id: str
    element_id: str
    kind: str
    name: str | None
    schedule: dict[str, Any] | None


class StartEvents:
    """Those of the newest version of each process. Threads may share it; what has an id never changes."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._known: dict[str, tuple[StartEvent, ...]] = {}

    def named(self, kind: EventKind, name: str) -> list[StartEvent]:
        """Those that wait for a message or signal of this name, by process."""
        return [event for event in self._all() if (event.kind, event.name) == (kind, name)]

    def timers(self) -> list[StartEvent]:
        """Those that wait for a time."""
        return [event for event in self._all() if event.schedule is not None]

    def counts(self, definition_id: str) -> bool:
        """Whether a definition is the newest version of its process, which alone begins anything."""
        return any(row.id == definition_id for row in self._newest())

    def _all(self) -> Iterator[StartEvent]:
        for row in self._newest():
            if row.id not in self._known:
                self._known[row.id] = tuple(self._of(row.id, row.deployed_at))
            yield from self._known[row.id]

    def _of(self, definition_id: str, deployed_at: datetime) -> Iterator[StartEvent]:
        known = self._mirror.definition(definition_id)
        for row in starts.events(known.graph, known.process, deployed_at):
            event = StartEvent(known.id, known.process_id, row["element_id"], row["kind"], row["name"], row["schedule"])
            yield event

    def _newest(self) -> list[Row[Any]]:
        newest = (
            select(definition.c.process_id, func.max(definition.c.version).label("version"))
            .group_by(definition.c.process_id)
            .subquery()
        )
        same = and_(newest.c.process_id == definition.c.process_id, newest.c.version == definition.c.version)
        query = select(definition.c.id, deployment.c.deployed_at).join(newest, same).join(deployment)
        with self._mirror.read() as connection:
            return list(
                connection.execute(query.where(definition.c.core == TEMPORAL).order_by(definition.c.process_id))
            )
