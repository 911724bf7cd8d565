"""The part of the port for workers elsewhere, which take service tasks by topic over HTTP (Camunda: external tasks).

A topic is a job type. A task is locked for one worker, known by its name, until a time; the answer of a worker that
has lost it is a `Conflict`, and what does not exist, or is done, is `NotFound`. Only tasks of instances that this
engine moves itself are here; those of others are given out by the other engine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from workflows.values import JsonValue, Variables


@dataclass(frozen=True, slots=True)
class Topic:
    """What a worker asks for of one topic, each task of which it gets for `lock`. Every filter given must hold.

    `variables` names those that it wants to see, None all; with `local_variables` it sees those of the task alone.
    """

    name: str
    lock: timedelta
    variables: tuple[str, ...] | None = None
    local_variables: bool = False
    business_key: str | None = None
    definition_ids: tuple[str, ...] = ()
    process_ids: tuple[str, ...] = ()
    version_tag: str | None = None
    process_variables: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FetchOrder:
    """Which tasks a worker gets first: by priority, unless it does not care, and among equals the oldest, unless it
    wants the newest."""

    by_priority: bool = True
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class ExternalTask:
    """A service task that waits for a worker, or is with one: `worker` has it until `locked_until`.

    `attempts` are those left; `retries` are the same, but None as long as nobody has said how many. `activity_id` is
    its entry in the history. `variables` are those asked for; a list of tasks has none.
    """

    id: str
    topic: str
    instance_id: str
    process_id: str
    definition_id: str
    version_tag: str | None
    element_id: str
    activity_id: str | None
    business_key: str | None
    created_at: datetime
    priority: int
    retries: int | None
    suspended: bool
    worker: str | None = None
    locked_until: datetime | None = None
    error_message: str | None = None
    error_details: str | None = None
    attempts: int = 1
    properties: Mapping[str, str] = field(default_factory=dict)
    variables: Variables = field(default_factory=dict)


class ExternalTaskOrder(StrEnum):
    """What a list of external tasks is sorted by."""

    ID = "id"
    CREATED = "created"
    PRIORITY = "priority"
    LOCKED_UNTIL = "locked_until"
    DEFINITION_ID = "definition_id"
    PROCESS_ID = "process_id"


@dataclass(frozen=True, slots=True)
class ExternalTaskQuery:
    """Which external tasks to list, oldest first unless said otherwise: every criterion given must hold."""

    ids: tuple[str, ...] = ()
    topic: str | None = None
    worker: str | None = None
    locked: bool | None = None
    retries_left: bool | None = None
    locked_before: datetime | None = None
    locked_after: datetime | None = None
    element_ids: tuple[str, ...] = ()
    instance_ids: tuple[str, ...] = ()
    definition_id: str | None = None
    process_id: str | None = None
    suspended: bool | None = None
    priority_from: int | None = None
    priority_to: int | None = None
    continuations: bool = False
    """The engine's own jobs, asynchronous continuations, in place of tasks."""

    order: ExternalTaskOrder = ExternalTaskOrder.CREATED
    descending: bool = False
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class SeenWorker:
    """A worker that has asked for tasks. `lag` is how long the oldest task waits that it could take now."""

    name: str
    topics: tuple[str, ...]
    seen_at: datetime
    lag: timedelta | None


class ExternalTasks(Protocol):
    """What workers elsewhere can do with the tasks of their topics, and operators with them."""

    def fetch_and_lock(
        self, worker: str, topics: Sequence[Topic], limit: int, order: FetchOrder = FetchOrder()
    ) -> list[ExternalTask]:
        """Lock up to `limit` tasks for a worker."""
        ...

    def complete_external(
        self,
        task_id: str,
        worker: str,
        variables: Mapping[str, JsonValue] | None = None,
        local_variables: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """Complete a task; local variables are seen by its output mappings alone."""
        ...

    def fail_external(
        self,
        task_id: str,
        worker: str,
        message: str,
        details: str | None = None,
        *,
        retries: int | None = None,
        pause: timedelta | None = None,
        variables: Mapping[str, JsonValue] | None = None,
        local_variables: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """Record a failed attempt. `retries` are those left, none of them an incident; None counts one down."""
        ...

    def throw_external_error(
        self,
        task_id: str,
        worker: str,
        code: str,
        message: str = "",
        variables: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """End a task with a BPMN error. If nothing catches it, the task waits with an incident."""
        ...

    def extend_lock(self, task_id: str, worker: str, lock: timedelta) -> None:
        """Let a worker have its task for `lock` from now on; `Conflict` if its lock has ended."""
        ...

    def lock_external(self, task_id: str, worker: str, lock: timedelta) -> None:
        """Lock one task, which nobody else has, for a worker."""
        ...

    def unlock_external(self, task_id: str, *, by: str | None = None) -> None:
        """Offer a task again, whoever has it."""
        ...

    def set_external_retries(self, task_id: str, retries: int, *, by: str | None = None) -> None:
        """Say how many attempts are left: none is an incident, and any resolves it."""
        ...

    def set_job_retries(self, job_id: str, retries: int, *, by: str | None = None) -> None:
        """Say the same of a job of any kind, continuations too."""
        ...

    def set_external_priority(self, task_id: str, priority: int, *, by: str | None = None) -> None:
        """Give a task another priority."""
        ...

    def external_tasks(self, query: ExternalTaskQuery = ExternalTaskQuery()) -> list[ExternalTask]:
        """List the tasks that are not done."""
        ...

    def count_external_tasks(self, query: ExternalTaskQuery = ExternalTaskQuery()) -> int:
        """Count them, whatever the query's offset and limit."""
        ...

    def external_task(self, task_id: str) -> ExternalTask:
        """Return one task that is not done."""
        ...

    def topics(self, query: ExternalTaskQuery = ExternalTaskQuery()) -> list[str]:
        """List the topics that have tasks of this query, in order."""
        ...

    def workers(self) -> list[SeenWorker]:
        """List the workers that have asked for tasks in the last day, those seen last first."""
        ...
