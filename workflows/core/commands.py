"""The commands that move an instance. Ids are those of the effects that announced what they answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from workflows.values import Variables


@dataclass(frozen=True, slots=True)
class Start:
    """Begin the instance of `process`, at `node` (an event that has happened) or at its none start event, or before
    the elements `at`, as a modification does. As soon as one of the elements `until` has ended, it is cancelled.

    `called` says that a call activity starts it: an error that nothing catches then ends it, for its caller to catch.
    """

    process: str
    variables: Variables = field(default_factory=dict)
    node: str | None = None
    initiator: str | None = None
    business_key: str | None = None
    called: bool = False
    at: tuple[str, ...] = ()
    until: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Complete:
    """A job, user task, script or decision is done; `variables` are what it answers."""

    id: int
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fail:
    """A job, script, decision or call failed for good: an incident, at its element, with this reason."""

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ThrowError:
    """A job, user task, script or called instance raised a BPMN error."""

    id: int
    code: str
    message: str = ""
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Escalate:
    """A user task, job or called instance raised an escalation and goes on unless it is interrupted."""

    id: int
    code: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallFinished:
    """The called instance ended; `variables` are all of its process variables."""

    id: int
    variables: Variables


@dataclass(frozen=True, slots=True)
class TimerDue:
    """The timer is due."""

    id: int


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Somebody wants the timer to be due at another time, which has a zone."""

    id: int
    due: datetime


@dataclass(frozen=True, slots=True)
class MessageArrived:
    """A message for this open subscription."""

    id: int
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignalArrived:
    """A signal; every open subscription of that name takes it."""

    name: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetVariables:
    """Somebody outside writes variables: those of the process, or, with the id of a wait or activity, those that are
    visible `at` it. With `local` they are written there, and nowhere further out."""

    variables: Variables
    at: int | None = None
    local: bool = False


@dataclass(frozen=True, slots=True)
class Resolve:
    """The cause of an incident is mended: try its element again."""

    id: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """End the instance without finishing it."""


@dataclass(frozen=True, slots=True)
class Suspend:
    """Let nothing move until `Resume`. The timers are cleared; what comes meanwhile is refused."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after `Suspend`. The timers are set again, to the times at which they are due."""


@dataclass(frozen=True, slots=True)
class Modify:
    """Cancel tokens, then start at the elements `start`. `cancel` are ids of activities, as in effects, or of tokens
    that wait at a join, whose element has not begun."""

    cancel: tuple[int, ...] = ()
    start: tuple[str, ...] = ()
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Migrate:
    """The graph given with this command is a new version. `elements` are the types of those of the old version, by id;
    `mapping` names those whose id has changed."""

    process: str
    elements: Mapping[str, str]
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on with a step that was cut because it was long (`Step.more`)."""


Command: TypeAlias = (
    Start
    | Complete
    | Fail
    | ThrowError
    | Escalate
    | CallFinished
    | TimerDue
    | SetTimer
    | MessageArrived
    | SignalArrived
    | SetVariables
    | Resolve
    | Cancel
    | Suspend
    | Resume
    | Modify
    | Migrate
    | Continue
)
