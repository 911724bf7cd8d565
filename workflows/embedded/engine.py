"""The embedded engine: the port, and what workers need beside it, each in one transaction."""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine as Database

from workflows.diagrams.forms import Form
from workflows.embedded import (
    correlation,
    definitions,
    deployed,
    deployments,
    history,
    incidents,
    instances,
    jobs,
    messages,
    previews,
    signals,
    statistics,
    subscriptions,
    tasks,
)
from workflows.embedded import timers as due_timers
from workflows.embedded.background import Background
from workflows.embedded.cores import by_process
from workflows.embedded.decided import EmbeddedDecisions
from workflows.embedded.deliveries import command
from workflows.embedded.external import EmbeddedExternalTasks
from workflows.embedded.handling import Exchange, JobTransaction, Wanted, exchange, job_transaction
from workflows.embedded.inputs import checked_variables
from workflows.embedded.jobs import Answer, Failure, LockedJob
from workflows.embedded.messages import Message
from workflows.embedded.mirror import Mirror
from workflows.embedded.operations import EmbeddedOperations
from workflows.embedded.runtime import Observer, Runtime
from workflows.embedded.starting import NewInstance, Starter, start_form
from workflows.engine import (
    Correlation,
    DefinitionQuery,
    DefinitionStatistics,
    Deployment,
    DeploymentQuery,
    Described,
    ElementCounts,
    ElementStatistics,
    EndedTask,
    HistoryEntry,
    Incident,
    InstanceQuery,
    MessageSubscription,
    PlannedVersion,
    ProcessDefinition,
    ProcessInstance,
    Resource,
    TaskQuery,
    UserTask,
)
from workflows.errors import Conflict, NotFound
from workflows.scripts import ScriptRunner
from workflows.spiff import PythonWorkflow
from workflows.values import JsonValue, Variables

_NO_TIME = timedelta(0)
_ALL_DEPLOYMENTS = DeploymentQuery()
_ALL_INSTANCES = InstanceQuery()
_ALL_TASKS = TaskQuery()
_ANYBODY = Described()


def utc_now() -> datetime:
    """The clock of engines that are given no other."""
    return datetime.now(UTC)


class EmbeddedEngine(EmbeddedOperations, EmbeddedExternalTasks, EmbeddedDecisions):
    """Runs processes in this program, on SQLite or PostgreSQL (`workflows.embedded.database.open_engine`).

    Several engines, in several processes, may share one database. `clock` gives aware times. Without `scripts`,
    diagrams with Python scripts are refused. `background.start()` lets timers fire by themselves in this process.
    `cores` names, by process id or "*", what steps the instances of processes deployed from now on
    (`embedded.cores`).
    `workflows` are those written in Python; what each gives as `resource()` is deployed like a file.
    `mirror` is where other engines write what their instances do.
    """

    name = "embedded"

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] = utc_now,
        scripts: ScriptRunner | None = None,
        cores: Mapping[str, str] | None = None,
        workflows: Iterable[PythonWorkflow] = (),
    ) -> None:
        known = {workflow.process_id: workflow for workflow in workflows}
        self._runtime = Runtime(database, clock, scripts, workflows=known)
        self._starter = Starter(self._runtime)
        self._choose_core = by_process(cores or {})
        self._seen_jobs = threading.local()
        self.background = Background(self._runtime)
        self.mirror = Mirror(self._runtime, self._choose_core)

    def deploy(
        self,
        resources: Sequence[Resource],
        *,
        name: str = "",
        by: str | None = None,
        filter_duplicates: bool = False,
        core: str | None = None,
    ) -> Deployment:
        """Deploy files together; raise `InvalidDiagram` with every problem if one of them can't run here.

        `core` steps the instances of all processes in them, without it the core that was chosen for each process id.
        """
        choose_core = self._choose_core if core is None else by_process({}, core)
        return deployments.deploy(
            self._runtime, resources, name=name, by=by, filter_duplicates=filter_duplicates, choose_core=choose_core
        )

    def preview(self, resources: Sequence[Resource]) -> list[PlannedVersion]:
        """Say what deploying these files now would bring, in their order, and change nothing."""
        return previews.preview(self._runtime, resources, self._choose_core)

    def deployments(self, query: DeploymentQuery = _ALL_DEPLOYMENTS) -> list[Deployment]:
        """List deployments, newest first."""
        with self._runtime.read() as connection:
            return deployed.list_deployments(connection, query)

    def count_deployments(self, query: DeploymentQuery = _ALL_DEPLOYMENTS) -> int:
        """Count the deployments that `query` lists on all its pages."""
        with self._runtime.read() as connection:
            return deployed.count_deployments(connection, query)

    def deployment(self, deployment_id: str) -> Deployment:
        """Return one deployment."""
        with self._runtime.read() as connection:
            return deployed.get(connection, deployment_id)

    def delete_deployment(self, deployment_id: str, *, cascade: bool = False, by: str | None = None) -> None:
        """Remove a deployment with what it brought; with `cascade`, end and remove its instances first."""
        if cascade:
            with self._runtime.read() as connection:
                running = deployed.running_instances(connection, deployment_id)
            for instance_id in running:
                with suppress(Conflict, NotFound):  # it has ended meanwhile
                    self.cancel(instance_id, reason=deployed.REASON, by=by)
        with self._runtime.transaction() as transaction:
            deployed.delete_deployment(transaction, deployment_id, cascade=cascade, by=by)

    def definitions(self, process_id: str | None = None, *, latest: bool = True) -> list[ProcessDefinition]:
        """List definitions by process id, then version, newest first; only the newest versions if `latest`."""
        with self._runtime.read() as connection:
            return definitions.list_definitions(connection, process_id, latest=latest)

    def find_definitions(self, query: DefinitionQuery) -> list[ProcessDefinition]:
        """List the definitions of a query, page by page."""
        with self._runtime.read() as connection:
            return definitions.find_definitions(connection, query)

    def count_definitions(self, query: DefinitionQuery) -> int:
        """Count the definitions that `query` lists on all its pages."""
        with self._runtime.read() as connection:
            return definitions.count_definitions(connection, query)

    def definition(self, definition_id: str) -> ProcessDefinition:
        """Return one definition."""
        with self._runtime.read() as connection:
            return definitions.get(connection, definition_id)

    def diagram(self, definition_id: str) -> Resource:
        """Return the file as it was deployed."""
        with self._runtime.read() as connection:
            return definitions.diagram(connection, definition_id)

    def form_file(self, definition_id: str, form_id: str) -> Resource:
        """Return the `.form` file that a definition was deployed with, as it was deployed."""
        with self._runtime.read() as connection:
            return definitions.form_file(connection, definition_id, form_id)

    def start_form(self, process_id: str, *, version: int | None = None) -> Form | None:
        """Return the form to fill before an instance starts, if the diagram gives its none start event one."""
        with self._runtime.read() as connection:
            return start_form(self._runtime, connection, process_id, version)

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
        """Start an instance of the newest version, or of `version`, at its none start event or the elements `at`."""
        wanted = NewInstance(process_id, variables, business_key, version, by, tuple(at), tuple(until))
        started, moved_on = self._starter.start(wanted)
        return self.instance(started.id) if moved_on and not started.ended_at else started

    def instance(self, instance_id: str) -> ProcessInstance:
        """Return one instance, running or ended."""
        with self._runtime.read() as connection:
            return instances.get(connection, instance_id)

    def instances(self, query: InstanceQuery = _ALL_INSTANCES) -> list[ProcessInstance]:
        """List instances, newest first unless the query says otherwise."""
        with self._runtime.read() as connection:
            return instances.list_instances(connection, query)

    def count_instances(self, query: InstanceQuery = _ALL_INSTANCES) -> int:
        """Count the instances that `query` lists on all its pages."""
        with self._runtime.read() as connection:
            return instances.count_instances(connection, query)

    def variables(self, instance_id: str) -> Variables:
        """Return the process variables of an instance, also after its end."""
        with self._runtime.read() as connection:
            return instances.read_variables(connection, instance_id)

    def local_variables(self, instance_id: str) -> dict[str, Variables]:
        """Return what single elements have for themselves while they run, by their entries in the history."""
        with self._runtime.read() as connection:
            return instances.read_local_variables(connection, instance_id)

    def tasks(self, query: TaskQuery = _ALL_TASKS) -> list[UserTask]:
        """List open user tasks, oldest first unless the query says otherwise."""
        with self._runtime.read() as connection:
            return tasks.list_tasks(self._runtime, connection, query)

    def count_tasks(self, query: TaskQuery = _ALL_TASKS) -> int:
        """Count the open user tasks that `query` lists on all its pages."""
        with self._runtime.read() as connection:
            return tasks.count_tasks(connection, query)

    def task(self, task_id: str) -> UserTask:
        """Return one open user task; raise `NotFound` if there is none, or none any more."""
        with self._runtime.read() as connection:
            return tasks.get(self._runtime, connection, task_id)

    def ended_tasks(self, instance_id: str) -> list[EndedTask]:
        """List the user tasks of an instance that are not open any more, in the order in which they were opened."""
        with self._runtime.read() as connection:
            return tasks.list_ended(self._runtime, connection, instance_id)

    def task_variables(self, task_id: str) -> Variables:
        """Return the variables that a user task sees: its own and those around it."""
        with self._runtime.read() as connection:
            return tasks.read_variables(connection, task_id)

    def claim(self, task_id: str, user: str) -> None:
        """Assign an unassigned task; raise `Conflict` if somebody else has it."""
        with self._runtime.transaction() as transaction:
            tasks.claim(transaction, task_id, user)

    def unclaim(self, task_id: str, *, by: str | None = None) -> None:
        """Take the assignee from a task."""
        with self._runtime.transaction() as transaction:
            tasks.unclaim(transaction, task_id, by=by)

    def assign(self, task_id: str, user: str, *, by: str | None = None) -> None:
        """Assign a task to somebody, whoever had it before."""
        with self._runtime.transaction() as transaction:
            tasks.assign(transaction, task_id, user, by=by)

    def complete(
        self, task_id: str, variables: Mapping[str, JsonValue] | None = None, *, by: str | None = None
    ) -> None:
        """Complete a user task; raise `Conflict` if it was completed or withdrawn before."""
        with command(self._runtime) as transaction:
            tasks.complete(transaction, task_id, variables, by=by)

    def publish_message(
        self,
        name: str,
        correlation_key: str | None = None,
        variables: Mapping[str, JsonValue] | None = None,
        *,
        time_to_live: timedelta = _NO_TIME,
        message_id: str | None = None,
    ) -> Correlation:
        """Deliver a message once: to a waiting instance, to a start event, or, within its time to live, later.

        A message without a correlation key that several instances wait for is a `Conflict`.
        """
        sent = Message(name, correlation_key, checked_variables(variables))
        with command(self._runtime) as transaction:
            messages.refuse_ambiguity(transaction, sent)
            return messages.publish(transaction, sent, time_to_live=time_to_live, message_id=message_id)

    def correlate_message(
        self, name: str, variables: Mapping[str, JsonValue] | None = None, whom: Described = _ANYBODY
    ) -> Correlation:
        """Deliver a message to the one instance that waits for it and is described so, or to a start event."""
        sent = Message(name, whom.business_key, checked_variables(variables))
        with command(self._runtime) as transaction:
            return correlation.correlate(transaction, sent, whom)

    def correlate_with_all(
        self, name: str, variables: Mapping[str, JsonValue] | None = None, whom: Described = _ANYBODY
    ) -> list[Correlation]:
        """Deliver a message to all of them, each in a transaction of its own, and to a start event."""
        with self._runtime.read() as connection:
            found = [row.instance_id for row in correlation.waiting(connection, name, whom)]
        taken: list[Correlation] = []
        for instance_id in dict.fromkeys(found):
            with suppress(NotFound):  # it waits no more
                taken.append(self.correlate_message(name, variables, replace(whom, instance_id=instance_id)))
        if whom.instance_id is None and not taken:
            taken.append(self.correlate_message(name, variables, whom))
        if not taken:
            raise NotFound(f"Nobody waits for the message {name!r} and matches.")
        return taken

    def message_subscriptions(
        self, instance_id: str | None = None, *, name: str | None = None, limit: int = 100
    ) -> list[MessageSubscription]:
        """List what waits for messages, longest first."""
        with self._runtime.read() as connection:
            return subscriptions.list_messages(connection, instance_id, name=name, limit=limit)

    def broadcast_signal(self, name: str, variables: Mapping[str, JsonValue] | None = None) -> None:
        """Deliver a signal to everything that waits for it now, start events included."""
        with command(self._runtime) as transaction:
            signals.broadcast(transaction, name, checked_variables(variables))

    def cancel(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """End a running instance without finishing it; raise `Conflict` if it has ended."""
        with command(self._runtime) as transaction:
            instances.cancel(transaction, instance_id, reason=reason, by=by)

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
        wanted = incidents.Wanted(instance_id, process_id, element_id)
        with self._runtime.read() as connection:
            return incidents.list_incidents(connection, wanted, limit=limit, offset=offset)

    def count_incidents(
        self, instance_id: str | None = None, *, process_id: str | None = None, element_id: str | None = None
    ) -> int:
        """Count the incidents that `incidents` lists on all its pages."""
        with self._runtime.read() as connection:
            return incidents.count_incidents(connection, incidents.Wanted(instance_id, process_id, element_id))

    def resolve(self, incident_id: str, *, retries: int = 1, reason: str = "", by: str | None = None) -> None:
        """Try the element of an incident again, a job with this many retries."""
        with command(self._runtime) as transaction:
            incidents.resolve(transaction, incident_id, retries=retries, reason=reason, by=by)

    def history(
        self, instance_id: str, *, running: bool = False, last: int | None = None, offset: int = 0
    ) -> list[HistoryEntry]:
        """List the executed elements of an instance in the order in which they were entered."""
        with self._runtime.read() as connection:
            return history.list_activities(connection, instance_id, running=running, last=last, offset=offset)

    def history_counts(self, instance_id: str) -> list[ElementCounts]:
        """Count the executions of each element of an instance, in the order in which they were first entered."""
        with self._runtime.read() as connection:
            return history.count_activities(connection, instance_id)

    def definition_statistics(self) -> dict[str, DefinitionStatistics]:
        """Count what runs now, by definition id; definitions without running instances are left out."""
        with self._runtime.read() as connection:
            return statistics.definition_statistics(connection)

    def element_statistics(self, definition_id: str, *, since: datetime | None = None) -> list[ElementStatistics]:
        """List what the instances of a definition, started at `since` or later, did in each element, by element id."""
        with self._runtime.read() as connection:
            return statistics.element_statistics(connection, definition_id, since)

    def lock_jobs(self, worker: str, types: Collection[str], limit: int, lease: timedelta) -> list[LockedJob]:
        """Lease up to `limit` available jobs of these types, those of high priority first, then the oldest."""
        self._seen_jobs.count = self._runtime.jobs.rung
        self._saw(worker, types)
        with self._runtime.transaction() as transaction:
            return jobs.lock(transaction, worker, types, limit, lease)

    def wait_for_jobs(self, timeout: float) -> None:
        """Wait until a job was created in this process, or `wake_workers` called, since this thread last asked for
        jobs, or `timeout` seconds."""
        seen = getattr(self._seen_jobs, "count", self._runtime.jobs.rung)
        self._seen_jobs.count = self._runtime.jobs.wait(seen, timeout)

    def wake_workers(self) -> None:
        """Let every thread of this process return that waits for jobs."""
        self._runtime.jobs.ring()

    def take_over(self, job_id: str, token: str, worker: str, lease: timedelta) -> LockedJob:
        """Lease a job on to `worker` from whoever holds it under `token`; raise `Conflict` if it is not theirs any
        more."""
        with self._runtime.transaction() as transaction:
            return jobs.take_over(transaction, job_id, token, worker, lease)

    def extend_lease(self, job: LockedJob, lease: timedelta) -> None:
        """Let a worker have its job for `lease` from now on; raise `Conflict` if it is not the worker's any more."""
        with self._runtime.transaction() as transaction:
            jobs.extend(transaction, job, lease)

    def complete_job(self, job: LockedJob, variables: Mapping[str, JsonValue] | None = None) -> None:
        """Take what a handler answered; raise `Conflict` if the job is not the worker's any more."""
        with command(self._runtime) as transaction:
            jobs.complete(transaction, job, variables)

    def exchange_jobs(self, answers: Sequence[Answer], wanted: Wanted) -> Exchange:
        """Complete many jobs and lease others with few statements; what is wrong with one answer harms no other."""
        self._seen_jobs.count = self._runtime.jobs.rung
        self._saw(wanted.worker, wanted.types)
        return exchange(self._runtime, answers, wanted)

    def throw_error(
        self, job: LockedJob, code: str, message: str = "", variables: Mapping[str, JsonValue] | None = None
    ) -> None:
        """Raise a BPMN error at the job's element."""
        with command(self._runtime) as transaction:
            jobs.throw_error(transaction, job, code, message, variables)

    def fail_job(self, job: LockedJob, reason: str, *, pause: timedelta | None = None) -> None:
        """Record a failed attempt. The job is offered again after `pause`, or after one that grows with each failure;
        its last attempt makes an incident."""
        with command(self._runtime) as transaction:
            jobs.fail(transaction, job, Failure(reason, pause=pause))

    def postpone_job(self, job: LockedJob, pause: timedelta) -> None:
        """Offer the job again after `pause`, without counting an attempt."""
        with self._runtime.transaction() as transaction:
            jobs.postpone(transaction, job, pause)

    def job_transaction(self, job: LockedJob) -> AbstractContextManager[JobTransaction]:
        """Give the transaction in which a handler's own writes and the completion of its job commit together."""
        return job_transaction(self._runtime, job)

    def observe(self, observer: Observer) -> None:
        """Tell `observer` from now on what instances do through this engine: each step's effects, once committed."""
        self._runtime.observers.append(observer)

    def fire_due_timers(self, now: datetime | None = None) -> int:
        """Fire every timer that is due at `now` (None: at the time of the clock); return how many fired."""
        return due_timers.fire_due(self._runtime, now or self._runtime.clock())
