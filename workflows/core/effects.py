"""What a step asks of its host, and what it reports. Effects stand in the order in which they happened.

`id` is a counter of the instance, unique in it for ever: the same commands give the same ids. `node` is the element's
id in the diagram, `scope` the number of a variable scope, `activity` the number of an activity (one execution of an
element, from `ActivityEntered` to `ActivityLeft` or `ActivityCancelled`).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from workflows.diagrams.graph import Binding, EventKind
from workflows.values import JsonValue, Variables


@dataclass(frozen=True, slots=True)
class ActivityEntered:
    """A token entered an element; `parent` is the activity of the sub-process around it, or None."""

    id: int
    node: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class ActivityLeft:
    """The element finished."""

    id: int
    node: str


@dataclass(frozen=True, slots=True)
class ActivityCancelled:
    """The element was ended from outside: by a boundary event, a terminate event, a modification."""

    id: int
    node: str


@dataclass(frozen=True, slots=True)
class FlowTaken:
    """A token passed a sequence flow."""

    flow: str


@dataclass(frozen=True, slots=True)
class VariableWritten:
    """A variable has a new value; `name` in `scope` (the root scope holds the process variables).

    `activity` is that of the element whose work it is, None for what comes from outside.
    """

    scope: int
    name: str
    value: JsonValue
    activity: int | None = None


@dataclass(frozen=True, slots=True)
class JobCreated:
    """Work for a handler of this `type`. Answered by `Complete`, `ThrowError` or `Fail`.

    `type` starting with `dams:continue` marks an asynchronous continuation: complete it without a handler.
    """

    id: int
    node: str
    activity: int
    type: str
    retries: int
    priority: int
    headers: dict[str, str] = field(default_factory=dict)
    retry_cycle: str | None = None


@dataclass(frozen=True, slots=True)
class JobWithdrawn:
    """The job, script or decision is not wanted any more."""

    id: int


@dataclass(frozen=True, slots=True)
class UserTaskOpened:
    """A person has to do something. Answered by `Complete`, `ThrowError` or `Escalate`."""

    id: int
    node: str
    activity: int
    assignee: str | None
    candidate_users: tuple[str, ...]
    candidate_groups: tuple[str, ...]
    due: datetime | None
    follow_up: datetime | None
    priority: int


@dataclass(frozen=True, slots=True)
class UserTaskClosed:
    """The user task is not wanted any more (it was not completed)."""

    id: int


@dataclass(frozen=True, slots=True)
class ScriptRequested:
    """Run the Python script of `node` at once and answer with `Complete`, `ThrowError` or `Fail`."""

    id: int
    node: str


@dataclass(frozen=True, slots=True)
class DecisionRequested:
    """Evaluate a decision at once; answer `Complete` with the variables to write, or `Fail`."""

    id: int
    node: str
    decision: str
    binding: Binding
    version: str | None


@dataclass(frozen=True, slots=True)
class CallRequested:
    """Start an instance of another process; answer `CallFinished`, `ThrowError`, `Escalate` or `Fail`."""

    id: int
    node: str
    process: str
    binding: Binding
    version: str | None
    business_key: str | None
    variables: Variables


@dataclass(frozen=True, slots=True)
class CallWithdrawn:
    """Cancel the called instance."""

    id: int


@dataclass(frozen=True, slots=True)
class TimerSet:
    """Send `TimerDue` when it is `due` (UTC). The same id again means a new time."""

    id: int
    node: str
    due: datetime


@dataclass(frozen=True, slots=True)
class TimerCleared:
    """The timer is not wanted any more."""

    id: int


@dataclass(frozen=True, slots=True)
class SubscriptionOpened:
    """The instance waits for a message (with a correlation key, or None for the business key) or a signal."""

    id: int
    node: str
    kind: EventKind
    name: str
    correlation_key: str | None


@dataclass(frozen=True, slots=True)
class SubscriptionClosed:
    """The instance does not wait for it any more."""

    id: int


@dataclass(frozen=True, slots=True)
class MessageThrown:
    """Route this message: to one subscription of any instance, else to a start event."""

    node: str
    name: str
    correlation_key: str | None
    variables: Variables


@dataclass(frozen=True, slots=True)
class SignalThrown:
    """Broadcast this signal to all other instances and start events; this instance has had it already."""

    node: str
    name: str
    variables: Variables


@dataclass(frozen=True, slots=True)
class EscalationUncaught:
    """An escalation left the process; the caller's call activity may catch it."""

    node: str
    code: str


@dataclass(frozen=True, slots=True)
class IncidentRaised:
    """Something failed at an element and waits for a person. `kind` is `job`, `script`, `expression`, `error`, ..."""

    id: int
    node: str
    activity: int
    kind: str
    message: str
    wait: int | None


@dataclass(frozen=True, slots=True)
class IncidentResolved:
    """The incident is over: its element is tried again, or is gone. `wait` is the job to offer again, if any."""

    id: int
    wait: int | None


@dataclass(frozen=True, slots=True)
class InstanceFinished:
    """The instance is over: `completed`, `cancelled`, or `failed` by an error with this code that nobody caught
    inside a called instance. `variables` are those of the process."""

    outcome: str
    variables: Variables
    error_code: str | None = None
    error_message: str = ""


Effect: TypeAlias = (
    ActivityEntered
    | ActivityLeft
    | ActivityCancelled
    | FlowTaken
    | VariableWritten
    | JobCreated
    | JobWithdrawn
    | UserTaskOpened
    | UserTaskClosed
    | ScriptRequested
    | DecisionRequested
    | CallRequested
    | CallWithdrawn
    | TimerSet
    | TimerCleared
    | SubscriptionOpened
    | SubscriptionClosed
    | MessageThrown
    | SignalThrown
    | EscalationUncaught
    | IncidentRaised
    | IncidentResolved
    | InstanceFinished
)
