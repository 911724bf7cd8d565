"""What goes to workflows and activities and comes back from them, as JSON in their histories.

Fields are only ever added, with a default: running histories hold the older forms.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """An open job. `retries` are the attempts that it gets when it is offered, `offers` how often it was; a `failed`
    one waits beside its incident."""

    number: int
    element_id: str
    type: str
    retries: int
    headers: dict[str, str]
    retry_cycle: str | None = None
    offers: int = 0
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """What a run of a long instance hands over to the next one. `state` is the core's, `inbox` the commands that have
    come and were not applied yet (`records.to_record`), `calls` the ids of called instances by the number of the call,
    `seen` the last messages and signals that were taken."""

    definition_id: str
    started_at: str
    step: int
    state: dict[str, Any]
    inbox: list[list[Any]]
    jobs: list[Job]
    calls: dict[str, str]
    open_tasks: dict[str, str]
    seen: list[str]


@dataclass(frozen=True, slots=True)
class Begin:
    """How an instance begins: at the event `node`, before the elements `at`, or at the none start event; at the end of
    one of the elements `until` it is cancelled. `caller` is the instance and the number of the call activity that
    called it. With `attributes` the server knows our search attributes. A run gives way to
    the next one when its history has `longest` events, or earlier if the server suggests it."""

    definition_id: str
    variables: dict[str, Any] = field(default_factory=dict)
    node: str | None = None
    business_key: str | None = None
    by: str | None = None
    caller_id: str | None = None
    caller_number: int = 0
    attributes: bool = False
    longest: int = 4_000
    carried: Carried | None = None
    at: list[str] = field(default_factory=list)
    until: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Audit:
    """What somebody does to an instance, as it is kept in its audit."""

    action: str
    by: str | None = None
    reason: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class Migrated:
    """The definition that an instance has moved to, and the elements that have another id there."""

    definition_id: str
    renamed: dict[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the core as the store is to keep it: its effects, who caused it and how."""

    number: int
    at: str
    effects: list[list[Any]]
    by: str | None = None
    ended_task: int | None = None
    audit: Audit | None = None
    migrated: Migrated | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Steps of an instance for the store, and what they changed in its state; its `status` is the one after them."""

    instance_id: str
    definition_id: str
    started_at: str
    business_key: str | None
    by: str | None
    caller_id: str | None
    caller_number: int
    steps: list[Step]
    written: dict[str, Any]
    removed: list[str]
    status: str
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class JobInput:
    """A job for a worker. `key` stays the same however often it is tried."""

    key: str
    type: str
    instance_id: str
    process_id: str
    element_id: str
    business_key: str | None
    variables: dict[str, Any]
    headers: dict[str, str]
    retries: int
    retry_cycle: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A script or decision to evaluate: `request` is the core's effect."""

    definition_id: str
    request: list[Any]
    variables: dict[str, Any]
    now: str


@dataclass(frozen=True, slots=True)
class Called:
    """Which version of a process a call activity wants."""

    process_id: str
    binding: str
    version: str | None
    deployment_id: str


@dataclass(frozen=True, slots=True)
class Found:
    """The definition that was wanted, or the `reason` why there is none."""

    definition_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message on its way; with a `thrower` a signal that an instance threw, which has had it already."""

    id: str
    name: str
    correlation_key: str | None
    variables: dict[str, Any]
    seconds_to_live: float = 0.0
    thrower: str | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message for the subscription `number`, or a signal for all that wait for its name. The `id` is the sender's:
    the same one again changes nothing."""

    id: str
    name: str
    variables: dict[str, Any]
    number: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a called instance: "finished", "error", "escalation" or "failed"."""

    number: int
    outcome: str
    variables: dict[str, Any] = field(default_factory=dict)
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class TaskAnswer:
    """What is done with an open user task: `code` and `text` are those of an error or escalation."""

    number: int
    variables: dict[str, Any] = field(default_factory=dict)
    code: str = ""
    text: str = ""
    by: str | None = None
    audit: Audit | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operator does to an instance; which fields count depends on the update that it is for."""

    audit: Audit
    number: int | None = None
    local: bool = False
    retries: int = 1
    cancel: list[str] = field(default_factory=list)
    start: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    migrated: Migrated | None = None


@dataclass(frozen=True, slots=True)
class StartTimer:
    """The timer of a start event, as the deployment set it; `fired` counts the instances that it has started."""

    definition_id: str
    element_id: str
    kind: str
    text: str
    set_at: str
    fired: int = 0
