"""A process instance inside a workflow: its state, its steps, and what the store has not heard of yet.

It runs in the sandbox, and only asks Temporal for the time. What follows from a step is `work`'s affair.
"""

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.core import State, commands, effects, step
    from workflows.temporal import names
    from workflows.temporal.payloads import Audit, Begin, Migrated, Record, Step
    from workflows.temporal.records import from_record, to_record

if TYPE_CHECKING:
    from workflows.embedded.definitions import Definition

_MOST_ELEMENTS = 300
"""How many elements one step executes: a workflow that computes for two seconds is taken for a deadlock."""

_RECORDED = (
    effects.ActivityEntered,
    effects.ActivityLeft,
    effects.ActivityCancelled,
    effects.VariableWritten,
    effects.UserTaskOpened,
    effects.UserTaskClosed,
    effects.SubscriptionOpened,
    effects.SubscriptionClosed,
    effects.IncidentRaised,
    effects.IncidentResolved,
    effects.InstanceFinished,
)
"""What the store keeps. All else is carried out by Temporal."""


_MOST_SEEN = 100
"""How many of the last messages and signals are remembered, so that none is taken twice."""


def definition(definition_id: str) -> "Definition":
    """Return a definition from the worker's memory or the store. What has an id never changes, so that this is as
    deterministic as if it were in the history."""
    return cast("Definition", workflow.extern_functions()[names.DEFINITION](definition_id))


class Hosted:
    """The instance that a workflow hosts. `inbox` holds what has come from timers, workers and other instances, until
    it is applied; `step` counts the steps, of which the store has heard of the first `recorded`."""

    def __init__(self, begin: Begin) -> None:
        carried = begin.carried
        self.id = workflow.info().workflow_id
        self.begin = begin
        self.definition = definition(carried.definition_id if carried else begin.definition_id)
        self.state = State.from_json(carried.state) if carried else State()
        self.started_at = carried.started_at if carried else workflow.now().isoformat()
        self.step = self.recorded = carried.step if carried else 0
        self.inbox: deque[commands.Command] = deque(map(from_record, carried.inbox)) if carried else deque()
        self.seen: dict[str, None] = dict.fromkeys(carried.seen if carried else ())
        self.finished: effects.InstanceFinished | None = None
        self._unrecorded: list[Step] = []
        self._resumed = False

    @property
    def active(self) -> bool:
        """Whether it runs and is not suspended."""
        return self.state.status == "active"

    def apply(
        self,
        command: commands.Command,
        *,
        by: str | None = None,
        audit: Audit | None = None,
        ended_task: int | None = None,
        migrated: Migrated | None = None,
    ) -> Sequence[effects.Effect]:
        """Let the core take a command and return what follows; if it refuses, nothing has changed."""
        now = workflow.now()
        known = definition(migrated.definition_id) if migrated else self.definition
        result = step(known.graph, self.state, command, now, limit=_MOST_ELEMENTS)
        self.definition = known
        self.step += 1
        self._resumed |= isinstance(command, commands.Resume)
        kept = [to_record(effect) for effect in result.effects if isinstance(effect, _RECORDED)]
        self._unrecorded.append(Step(self.step, now.isoformat(), kept, by, ended_task, audit, migrated))
        if result.more:
            self.inbox.append(commands.Continue())
        for effect in result.effects:
            if isinstance(effect, effects.InstanceFinished):
                self.finished = effect
        return result.effects

    @property
    def behind(self) -> bool:
        """Whether something has happened that the store is not being told yet."""
        return bool(self._unrecorded)

    def take_record(self) -> Record:
        """Return what the store has not heard of."""
        steps, self._unrecorded = self._unrecorded, []
        resumed, self._resumed = self._resumed, False
        changes = self.state.take_changes()
        begin = self.begin
        return Record(
            self.id,
            begin.definition_id,
            self.started_at,
            begin.business_key,
            begin.by,
            begin.caller_id,
            begin.caller_number,
            steps,
            changes.written,
            list(changes.removed),
            self.state.status,
            resumed,
        )

    def see(self, sender_id: str) -> bool:
        """Note a message or signal; return whether it is new."""
        if sender_id in self.seen:
            return False
        self.seen[sender_id] = None
        while len(self.seen) > _MOST_SEEN:
            del self.seen[next(iter(self.seen))]
        return True
