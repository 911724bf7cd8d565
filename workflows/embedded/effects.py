"""From effects to rows: for each type of effect, what it changes in the tables.

`to_rows` takes an effect and the `Recorder` of the transition in which it happened. What one instance says to another
becomes a delivery, carried out after the commit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import singledispatch
from typing import TypeAlias

from workflows.core import effects
from workflows.diagrams.graph import EventKind
from workflows.embedded.changes import Changes
from workflows.embedded.definitions import Definition
from workflows.embedded.inputs import readable, storable
from workflows.embedded.retries import attempts
from workflows.embedded.rings import JOBS
from workflows.embedded.tables import (
    activity,
    incident,
    job,
    subscription,
    task_candidate,
    user_task,
    variable_change,
)
from workflows.values import JsonValue, to_json

CONTINUATION = "dams:continue"
"""The type of the jobs that the engine completes itself: asynchronous continuations."""

Payload: TypeAlias = dict[str, JsonValue]
"""What a delivery carries."""


@dataclass(slots=True)
class Recorder:
    """The transition of one instance as its rows see it, and what it has to tell its surroundings.

    `caller` is the instance and the wait of the call activity that started this one. `retries` are what a job gets
    whose incident is resolved in this transition; `by` is who caused it. `deliveries` are pairs of kind and payload,
    each with the number of the wait it belongs to, or None.
    """

    instance_id: str
    definition: Definition
    business_key: str | None
    caller: tuple[str, int] | None
    now: datetime
    by: str | None = None
    retries: int = 1
    changes: Changes = field(init=False)
    finished: effects.InstanceFinished | None = None
    deliveries: list[tuple[str, int | None, Payload]] = field(default_factory=list)
    awaited: list[tuple[str, str | None]] = field(default_factory=list)
    new_jobs: bool = False
    new_continuations: bool = False
    new_timers: bool = False
    resolved: bool = False
    begins: bool = False

    def __post_init__(self) -> None:
        self.changes = Changes(self.instance_id)

    def deliver(self, kind: str, wait: int | None = None, /, **payload: JsonValue) -> None:
        """Have something carried out after this transition."""
        self.deliveries.append((kind, wait, payload))

    def topics(self) -> Iterator[str]:
        """Return what rings for those who wait (`rings.py`)."""
        yield f"instance:{self.instance_id}"
        yield f"definition:{self.definition.process_id}"
        for row in self.changes.inserted(job):
            if row["type"] != CONTINUATION:
                yield f"job:{row['type']}"
        if self.resolved:
            yield JOBS
        if self.finished is not None or self.begins:
            yield "instances"
        if self.changes.touches(user_task):
            yield "tasks"
        if self.changes.touches(incident):
            yield "incidents"

    def answer_caller(self, answer: str, **payload: JsonValue) -> None:
        """Tell the call activity that waits for this instance, if there is one."""
        if self.caller is not None:
            instance_id, number = self.caller
            self.deliver("answer", instance_id=instance_id, number=number, answer=answer, **payload)

    def end_task(self, number: int, outcome: str) -> None:
        """Take a user task off the lists."""
        self.changes.update(user_task, number, outcome=outcome, ended_at=self.now, ended_by=self.by)
        self.changes.delete(task_candidate, number)


@singledispatch
def to_rows(effect: effects.Effect, recorder: Recorder) -> None:
    """Record one effect; what has no rows of its own is passed over on purpose in `_nothing`."""
    raise NotImplementedError(f"The embedded engine does not know the effect {type(effect).__name__}")


@to_rows.register(effects.FlowTaken)
@to_rows.register(effects.ScriptRequested)
@to_rows.register(effects.DecisionRequested)
def _nothing(_effect: effects.Effect, _recorder: Recorder) -> None:
    """Flows are not kept, scripts and decisions are answered within the transition."""


@to_rows.register
def _entered(effect: effects.ActivityEntered, recorder: Recorder) -> None:
    node = recorder.definition.node(effect.node)
    recorder.changes.insert(
        activity,
        effect.id,
        element_id=effect.node,
        name=node.name,
        type=node.type,
        parent=effect.parent,
        started_at=recorder.now,
        ended_at=None,
        outcome="running",
    )


@to_rows.register
def _left(effect: effects.ActivityLeft, recorder: Recorder) -> None:
    recorder.changes.update(activity, effect.id, ended_at=recorder.now, outcome="completed")


@to_rows.register
def _cancelled(effect: effects.ActivityCancelled, recorder: Recorder) -> None:
    recorder.changes.update(activity, effect.id, ended_at=recorder.now, outcome="cancelled")


@to_rows.register
def _written(effect: effects.VariableWritten, recorder: Recorder) -> None:
    recorder.changes.append(
        variable_change,
        instance_id=recorder.instance_id,
        scope=effect.scope,
        activity=effect.activity,
        name=storable(effect.name, "The name of a variable"),
        value=effect.value,
        changed_at=recorder.now,
    )


@to_rows.register
def _job_created(effect: effects.JobCreated, recorder: Recorder) -> None:
    own = effect.type.startswith(CONTINUATION)
    recorder.new_continuations |= own
    recorder.new_jobs |= not own
    recorder.changes.insert(
        job,
        effect.id,
        process_id=recorder.definition.process_id,
        element_id=effect.node,
        type=CONTINUATION if own else storable(effect.type, "The job type"),
        priority=effect.priority,
        retries=effect.retries if effect.retry_cycle is None else attempts(effect.retry_cycle),
        retry_cycle=effect.retry_cycle,
        headers=dict(effect.headers),
        created_at=recorder.now,
        available_at=recorder.now,
        activity=effect.activity,
    )


@to_rows.register
def _job_withdrawn(effect: effects.JobWithdrawn, recorder: Recorder) -> None:
    recorder.changes.delete(job, effect.id)


@to_rows.register
def _task_opened(effect: effects.UserTaskOpened, recorder: Recorder) -> None:
    node = recorder.definition.node(effect.node)
    recorder.changes.insert(
        user_task,
        effect.id,
        process_id=recorder.definition.process_id,
        element_id=effect.node,
        name=node.name,
        created_at=recorder.now,
        assignee=storable(effect.assignee, "The assignee"),
        candidate_users=list(effect.candidate_users),
        candidate_groups=list(effect.candidate_groups),
        due_at=effect.due,
        follow_up_at=effect.follow_up,
        priority=effect.priority,
        outcome=None,
        activity=effect.activity,
    )
    for kind, names in (("user", effect.candidate_users), ("group", effect.candidate_groups)):
        for name in dict.fromkeys(names):
            recorder.changes.insert(task_candidate, effect.id, kind=kind, name=storable(name, f"A candidate {kind}"))


@to_rows.register
def _task_closed(effect: effects.UserTaskClosed, recorder: Recorder) -> None:
    recorder.end_task(effect.id, "withdrawn")


@to_rows.register
def _call_requested(effect: effects.CallRequested, recorder: Recorder) -> None:
    recorder.deliver(
        "call",
        effect.id,
        process_id=effect.process,
        binding=str(effect.binding),
        version=effect.version,
        deployment_id=recorder.definition.deployment_id,
        business_key=effect.business_key,
        variables=to_json(effect.variables),
        by=recorder.by,
    )


@to_rows.register
def _call_withdrawn(effect: effects.CallWithdrawn, recorder: Recorder) -> None:
    recorder.deliver("cancel_call", effect.id)


@to_rows.register
def _timer_set(effect: effects.TimerSet, recorder: Recorder) -> None:
    recorder.new_timers = True
    recorder.changes.set_timer(effect.id, effect.node, effect.due)


@to_rows.register
def _timer_cleared(effect: effects.TimerCleared, recorder: Recorder) -> None:
    recorder.changes.clear_timer(effect.id)


@to_rows.register
def _subscription_opened(effect: effects.SubscriptionOpened, recorder: Recorder) -> None:
    key = recorder.business_key if effect.correlation_key is None else effect.correlation_key
    recorder.changes.insert(
        subscription,
        effect.id,
        element_id=effect.node,
        kind=str(effect.kind),
        name=storable(effect.name, f"The name of the {effect.kind}"),
        correlation_key=storable(key, "The correlation key"),
        opened_at=recorder.now,
    )
    if effect.kind is EventKind.MESSAGE:
        recorder.awaited.append((effect.name, key))


@to_rows.register
def _subscription_closed(effect: effects.SubscriptionClosed, recorder: Recorder) -> None:
    recorder.changes.delete(subscription, effect.id)


@to_rows.register
def _message_thrown(effect: effects.MessageThrown, recorder: Recorder) -> None:
    """A message that names no key carries the business key, by which those who wait for it are found."""
    key = recorder.business_key if effect.correlation_key is None else effect.correlation_key
    recorder.deliver("message", name=effect.name, correlation_key=key, variables=to_json(effect.variables))


@to_rows.register
def _signal_thrown(effect: effects.SignalThrown, recorder: Recorder) -> None:
    recorder.deliver("broadcast", name=effect.name, variables=to_json(effect.variables))


@to_rows.register
def _escalated(effect: effects.EscalationUncaught, recorder: Recorder) -> None:
    recorder.answer_caller("escalation", code=effect.code)


@to_rows.register
def _incident_raised(effect: effects.IncidentRaised, recorder: Recorder) -> None:
    recorder.changes.insert(
        incident,
        effect.id,
        element_id=effect.node,
        kind=effect.kind,
        message=readable(effect.message),
        wait=effect.wait,
        raised_at=recorder.now,
        resolved_at=None,
    )
    if effect.wait is not None:
        recorder.changes.update(job, effect.wait, retries=0, worker=None, token=None)


@to_rows.register
def _incident_resolved(effect: effects.IncidentResolved, recorder: Recorder) -> None:
    recorder.changes.update(incident, effect.id, resolved_at=recorder.now)
    if effect.wait is not None:
        recorder.new_jobs = recorder.new_continuations = recorder.resolved = True
        again = {"retries": recorder.retries, "retries_told": True, "failures": 0, "token": None}
        recorder.changes.update(job, effect.wait, available_at=recorder.now, **again)


@to_rows.register
def _finished(effect: effects.InstanceFinished, recorder: Recorder) -> None:
    recorder.finished = effect
    match effect.outcome:
        case "completed":
            recorder.answer_caller("finished", variables=to_json(effect.variables))
        case "failed":
            recorder.answer_caller("error", code=effect.error_code, message=effect.error_message)
        case _:
            recorder.answer_caller("failed", reason="The called instance was cancelled.")
