"""The port: what every engine can be asked, and the values it answers with.

An engine runs process instances of deployed definitions. `Engine` is all that pages, the command line and programs
see of it; the embedded engine, Zeebe and Temporal each stand behind it. The errors are those of `workflows.errors`,
whose module shows their tree; a command that makes no sense on an engine raises `NotSupported` with its name.
`workflows.operations` has the part that is for operators, `workflows.external_tasks` that for workers elsewhere.

Ids are opaque text. Variables are JSON values (`workflows.values`). Times are timezone-aware UTC.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from workflows.decision_definitions import DecisionDefinition, DecisionDefinitions
from workflows.diagrams.forms import Form
from workflows.external_tasks import ExternalTasks
from workflows.operations import Operations
from workflows.values import JsonValue, Variables


@dataclass(frozen=True, slots=True)
class Resource:
    """A file to deploy: a `.bpmn`, `.dmn` or `.form` with its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ProcessDefinition:
    """One version of a process. `version` counts from 1 for each `process_id`.

    `startable` says whether the diagram offers it to people; `candidate_starter_users` and `candidate_starter_groups`
    to whom, without any to those who may start everything. `history_time_to_live` is in days, None for ever.
    """

    id: str
    process_id: str
    name: str
    version: int
    deployment_id: str
    resource_name: str
    version_tag: str | None = None
    startable: bool = True
    candidate_starter_users: tuple[str, ...] = ()
    candidate_starter_groups: tuple[str, ...] = ()
    history_time_to_live: int | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """What one deployment consists of. Files that were deployed before, unchanged, keep their definitions.

    `deployed_by` is the id of whoever deployed it, `files` are the names of those in which something was new.
    `repeated` says of the answer of `deploy` that there was nothing new, and the deployment is an older one.
    """

    id: str
    name: str
    deployed_at: datetime
    definitions: tuple[ProcessDefinition, ...]
    repeated: bool = False
    deployed_by: str | None = None
    files: tuple[str, ...] = ()
    decisions: tuple[DecisionDefinition, ...] = ()


class Deployable(StrEnum):
    """What a file brings."""

    PROCESS = "process"
    DECISION = "decision"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class PlannedVersion:
    """What a deployment would make of a process, decision or form: `version`, where `newest` is that of today.

    `newest` is None for something that was never deployed, and equals `version` for what has not changed.
    """

    kind: Deployable
    id: str
    name: str
    resource_name: str
    version: int
    newest: int | None = None


class InstanceState(StrEnum):
    """The life of an instance."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ProcessInstance:
    """A process instance. `started_by` is the id of whoever started it, `parent_id` the instance that called it."""

    id: str
    process_id: str
    definition_id: str
    version: int
    business_key: str | None
    state: InstanceState
    started_at: datetime
    ended_at: datetime | None = None
    started_by: str | None = None
    incidents: int = 0
    parent_id: str | None = None


@dataclass(frozen=True, slots=True)
class UserTask:
    """A user task. `form` is the form the diagram gives it, `form_key` the author's own reference; `activity_id` is its
    entry in the history.

    A `suspended` one can't be completed until its instance is resumed.
    """

    id: str
    instance_id: str
    process_id: str
    element_id: str
    name: str
    created_at: datetime
    business_key: str | None = None
    assignee: str | None = None
    candidate_users: tuple[str, ...] = ()
    candidate_groups: tuple[str, ...] = ()
    due: datetime | None = None
    follow_up: datetime | None = None
    priority: int = 50
    form: Form | None = None
    form_key: str | None = None
    suspended: bool = False
    definition_id: str = ""
    activity_id: str | None = None


@dataclass(frozen=True, slots=True)
class EndedTask:
    """A user task that is not open any more. `outcome` is `completed`, by whom, or `withdrawn`."""

    task: UserTask
    outcome: str
    ended_at: datetime
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that failed and waits for a person."""

    id: str
    instance_id: str
    element_id: str
    kind: str
    message: str
    raised_at: datetime
    process_id: str = ""
    business_key: str | None = None


@dataclass(frozen=True, slots=True)
class MessageSubscription:
    """An element that waits for a message of this name, and of this correlation key if there is one."""

    id: str
    instance_id: str
    process_id: str
    definition_id: str
    element_id: str
    name: str
    correlation_key: str | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One execution of an element. `outcome` is `running`, `completed` or `cancelled`.

    `parent_id` is the entry of the sub-process or loop around it, None directly in the process.
    """

    id: str
    element_id: str
    name: str
    type: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    parent_id: str | None = None


@dataclass(frozen=True, slots=True)
class ElementCounts:
    """How often one instance has entered an element, by what became of it; `name` is that of its last execution."""

    element_id: str
    name: str
    running: int
    completed: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class ElementStatistics:
    """What the instances of a definition did in one element.

    It was `entered` so often, by each item of a loop and by the loop itself; `running` executions and `incidents` are
    open now. `median` and `p95` are how long completed executions took: half of them, and 95 of 100, were not longer.
    None stands where none was completed.
    """

    element_id: str
    entered: int
    running: int
    incidents: int
    median: timedelta | None = None
    p95: timedelta | None = None


class TaskOrder(StrEnum):
    """What a list of user tasks is sorted by; those without it come last."""

    CREATED = "created"
    DUE = "due"
    FOLLOW_UP = "follow_up"
    PRIORITY = "priority"
    NAME = "name"
    ASSIGNEE = "assignee"


@dataclass(frozen=True, slots=True)
class DefinitionStatistics:
    """How many instances of a definition run now, suspended ones too, and how many incidents they have open."""

    running: int = 0
    incidents: int = 0


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """Which open user tasks to list: every criterion given must hold; candidates match any of theirs.

    `name_like` is a pattern in which `%` stands for any text, in any letter case (`containing` makes one). Times are
    exclusive. Of `assignees` and `candidate_users` any will do. `offset` tasks are passed over, so that pages of
    `limit` tasks follow each other.
    """

    instance_id: str | None = None
    assignee: str | None = None
    assignees: tuple[str, ...] = ()
    candidate_user: str | None = None
    candidate_users: tuple[str, ...] = ()
    candidate_groups: tuple[str, ...] = ()
    process_id: str | None = None
    definition_id: str | None = None
    element_id: str | None = None
    business_key: str | None = None
    name_like: str | None = None
    due_before: datetime | None = None
    due_after: datetime | None = None
    created_before: datetime | None = None
    created_after: datetime | None = None
    assigned: bool = False
    unassigned: bool = False
    order: TaskOrder = TaskOrder.CREATED
    descending: bool = False
    offset: int = 0
    limit: int = 100


class InstanceOrder(StrEnum):
    """What a list of instances is sorted by; those without it come last."""

    STARTED = "started"
    ENDED = "ended"
    BUSINESS_KEY = "business_key"
    PROCESS_ID = "process_id"
    DEFINITION_ID = "definition_id"


@dataclass(frozen=True, slots=True)
class InstanceQuery:
    """Which instances to list, newest first unless said otherwise: every criterion given must hold.

    `variables` are process variables and what each is now: text, numbers, true, false or None. Times are exclusive.
    """

    process_id: str | None = None
    definition_id: str | None = None
    business_key: str | None = None
    states: tuple[InstanceState, ...] = ()
    started_by: str | None = None
    parent_id: str | None = None
    started_before: datetime | None = None
    started_after: datetime | None = None
    variables: Mapping[str, JsonValue] = field(default_factory=dict)
    with_incidents: bool = False
    order: InstanceOrder = InstanceOrder.STARTED
    descending: bool = True
    offset: int = 0
    limit: int = 100


class DefinitionOrder(StrEnum):
    """What a list of definitions is sorted by."""

    PROCESS_ID = "process_id"
    NAME = "name"
    VERSION = "version"
    DEPLOYMENT = "deployment"


@dataclass(frozen=True, slots=True)
class DefinitionQuery:
    """Which process definitions to list: every criterion given must hold. Patterns are those of `TaskQuery`.

    Each process has its newest version first, and those of one order are sorted by process id, then version.
    """

    process_id: str | None = None
    process_id_like: str | None = None
    name_like: str | None = None
    version: int | None = None
    version_tag_like: str | None = None
    deployment_id: str | None = None
    latest: bool = False
    order: DefinitionOrder = DefinitionOrder.PROCESS_ID
    descending: bool = False
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class DeploymentQuery:
    """Which deployments to list, newest first unless said otherwise. Patterns are those of `TaskQuery`."""

    name_like: str | None = None
    deployed_before: datetime | None = None
    deployed_after: datetime | None = None
    descending: bool = True
    offset: int = 0
    limit: int = 100


def containing(text: str) -> str:
    """Return the pattern for names that contain `text`."""
    return f"%{literally(text)}%"


def literally(text: str) -> str:
    """Return the pattern for names that are `text`, in any letter case."""
    return re.sub(r"([\\%_])", r"\\\1", text)


@dataclass(frozen=True, slots=True)
class Correlation:
    """Where a message went: to an instance, or kept until its time to live is over."""

    message_id: str
    instance_id: str | None = None
    started: bool = False
    """Whether it started the instance."""


@dataclass(frozen=True, slots=True)
class Described:
    """Which waiting instances a message is for: every criterion given must hold.

    `business_key` is that of the instance, or the correlation key that it waits with; `variables` are those of the
    process. Without an instance id, a message start event takes what nobody waits for.
    """

    business_key: str | None = None
    instance_id: str | None = None
    variables: Mapping[str, JsonValue] = field(default_factory=dict)


class Engine(Operations, ExternalTasks, DecisionDefinitions, Protocol):
    """Runs processes. Each command is one transaction: it happens whole, or raises and changes nothing."""

    name: str

    def deploy(
        self, resources: Sequence[Resource], *, name: str = "", by: str | None = None, filter_duplicates: bool = False
    ) -> Deployment:
        """Deploy files together; raise `InvalidDiagram` with every problem if one of them can't run here.

        With `filter_duplicates` files in which nothing is new make no deployment: what is returned is the newest one
        that brought something of them.
        """
        ...

    def preview(self, resources: Sequence[Resource]) -> list[PlannedVersion]:
        """Say what deploying these files now would bring, in their order, and change nothing.

        Raise `InvalidDiagram` with every problem, as `deploy` does.
        """
        ...

    def deployments(self, query: DeploymentQuery = DeploymentQuery()) -> list[Deployment]:
        """List deployments, newest first."""
        ...

    def count_deployments(self, query: DeploymentQuery = DeploymentQuery()) -> int:
        """Count the deployments that `query` lists on all its pages."""
        ...

    def deployment(self, deployment_id: str) -> Deployment:
        """Return one deployment."""
        ...

    def delete_deployment(self, deployment_id: str, *, cascade: bool = False, by: str | None = None) -> None:
        """Remove a deployment with the definitions, forms and decisions that it brought; older versions follow.

        Raise `Conflict` if something else needs them: instances, running or ended, unless `cascade` ends and removes
        these first, one by one.
        """
        ...

    def definitions(self, process_id: str | None = None, *, latest: bool = True) -> list[ProcessDefinition]:
        """List definitions by process id, then version, newest first; only the newest versions if `latest`."""
        ...

    def find_definitions(self, query: DefinitionQuery) -> list[ProcessDefinition]:
        """List the definitions of a query, page by page."""
        ...

    def count_definitions(self, query: DefinitionQuery) -> int:
        """Count the definitions that `query` lists on all its pages."""
        ...

    def definition(self, definition_id: str) -> ProcessDefinition:
        """Return one definition."""
        ...

    def diagram(self, definition_id: str) -> Resource:
        """Return the file as it was deployed."""
        ...

    def form_file(self, definition_id: str, form_id: str) -> Resource:
        """Return the `.form` file that a definition was deployed with, as it was deployed."""
        ...

    def start_form(self, process_id: str, *, version: int | None = None) -> Form | None:
        """Return the form to fill before an instance starts, if the diagram gives its none start event one."""
        ...

    def start(
        self,
        process_id: str,
        variables: Mapping[str, JsonValue] | None = None,
        *,
        business_key: str | None = None,
        version: int | None = None,
        by: str | None = None,
        at: Sequence[str] = (),
        until: Sequence[str] = (),
    ) -> ProcessInstance:
        """Start an instance of the newest version, or of `version`, at its none start event.

        With `at` it begins before each of these elements instead, and with `until` it is cancelled as soon as one of
        those has ended: so a part of a process is tried alone. Raise `InvalidInput` for elements that it can't be.
        """
        ...

    def instance(self, instance_id: str) -> ProcessInstance:
        """Return one instance, running or ended."""
        ...

    def instances(self, query: InstanceQuery = InstanceQuery()) -> list[ProcessInstance]:
        """List instances, newest first unless the query says otherwise."""
        ...

    def count_instances(self, query: InstanceQuery = InstanceQuery()) -> int:
        """Count the instances that `query` lists on all its pages."""
        ...

    def variables(self, instance_id: str) -> Variables:
        """Return the process variables of an instance, also after its end."""
        ...

    def local_variables(self, instance_id: str) -> dict[str, Variables]:
        """Return what single elements have for themselves while they run, by their entries in the history."""
        ...

    def tasks(self, query: TaskQuery = TaskQuery()) -> list[UserTask]:
        """List open user tasks, oldest first unless the query says otherwise."""
        ...

    def count_tasks(self, query: TaskQuery = TaskQuery()) -> int:
        """Count the open user tasks that `query` lists on all its pages."""
        ...

    def task(self, task_id: str) -> UserTask:
        """Return one open user task; raise `NotFound` if there is none, or none any more."""
        ...

    def ended_tasks(self, instance_id: str) -> list[EndedTask]:
        """List the user tasks of an instance that are not open any more, in the order in which they were opened."""
        ...

    def task_variables(self, task_id: str) -> Variables:
        """Return the variables that a user task sees: its own and those around it."""
        ...

    def claim(self, task_id: str, user: str) -> None:
        """Assign an unassigned task; raise `Conflict` if somebody else has it."""
        ...

    def unclaim(self, task_id: str, *, by: str | None = None) -> None:
        """Take the assignee from a task."""
        ...

    def assign(self, task_id: str, user: str, *, by: str | None = None) -> None:
        """Assign a task to somebody, whoever had it before."""
        ...

    def complete(
        self, task_id: str, variables: Mapping[str, JsonValue] | None = None, *, by: str | None = None
    ) -> None:
        """Complete a user task; raise `Conflict` if it was completed or withdrawn before."""
        ...

    def publish_message(
        self,
        name: str,
        correlation_key: str | None = None,
        variables: Mapping[str, JsonValue] | None = None,
        *,
        time_to_live: timedelta = timedelta(0),
        message_id: str | None = None,
    ) -> Correlation:
        """Deliver a message once: to a waiting instance, to a start event, or, within its time to live, later."""
        ...

    def correlate_message(
        self, name: str, variables: Mapping[str, JsonValue] | None = None, whom: Described = Described()
    ) -> Correlation:
        """Deliver a message to the one instance of this engine's own that waits for it and is described so.

        Raise `NotFound` if there is nobody, `Conflict` if there are several.
        """
        ...

    def correlate_with_all(
        self, name: str, variables: Mapping[str, JsonValue] | None = None, whom: Described = Described()
    ) -> list[Correlation]:
        """Deliver a message to all of them, each in a transaction of its own, and to a start event; raise `NotFound` if
        there is nobody."""
        ...

    def message_subscriptions(
        self, instance_id: str | None = None, *, name: str | None = None, limit: int = 100
    ) -> list[MessageSubscription]:
        """List what waits for messages in instances of this engine's own, longest first: in an instance, for messages
        of this name (None: any)."""
        ...

    def broadcast_signal(self, name: str, variables: Mapping[str, JsonValue] | None = None) -> None:
        """Deliver a signal to everything that waits for it now, start events included."""
        ...

    def cancel(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """End a running instance without finishing it; raise `Conflict` if it has ended."""
        ...

    def incidents(
        self,
        instance_id: str | None = None,
        *,
        process_id: str | None = None,
        element_id: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Incident]:
        """List open incidents, oldest first: of an instance, of a process, at elements of this id (None: any)."""
        ...

    def count_incidents(
        self, instance_id: str | None = None, *, process_id: str | None = None, element_id: str | None = None
    ) -> int:
        """Count the incidents that `incidents` lists on all its pages."""
        ...

    def resolve(self, incident_id: str, *, retries: int = 1, reason: str = "", by: str | None = None) -> None:
        """Try the element of an incident again, a job with this many retries."""
        ...

    def history(
        self, instance_id: str, *, running: bool = False, last: int | None = None, offset: int = 0
    ) -> list[HistoryEntry]:
        """List the executed elements of an instance in the order in which they were entered.

        With `running` only those in which something goes on; only the `last` ones, unless it is None, before the
        `offset` newest, which are passed over.
        """
        ...

    def history_counts(self, instance_id: str) -> list[ElementCounts]:
        """Count the executions of each element of an instance, in the order in which they were first entered."""
        ...

    def definition_statistics(self) -> dict[str, DefinitionStatistics]:
        """Count what runs now, by definition id; definitions without running instances are left out."""
        ...

    def element_statistics(self, definition_id: str, *, since: datetime | None = None) -> list[ElementStatistics]:
        """List what the instances of a definition did in each element that they entered, by element id.

        Only instances started at `since` or later count, None for all. Those that were migrated here count with what
        they did before, under the ids that their elements had then.
        """
        ...
