"""The commands of the port, carried out by a Zeebe broker (Camunda 8)."""
# ruff: noqa: ARG002 - the port says what a command is given

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from pyzeebe.proto import gateway_pb2 as messages
from sqlalchemy import update

from workflows.embedded import EmbeddedEngine
from workflows.embedded.definitions import Wanted
from workflows.embedded.ids import split
from workflows.embedded.inputs import checked_variables
from workflows.embedded.reading import Files
from workflows.embedded.tables import instance
from workflows.engine import Correlation, ProcessDefinition, ProcessInstance
from workflows.errors import Conflict, InvalidInput, NotSupported
from workflows.values import JsonValue, Variables
from workflows.zeebe import deploying, migration, modification, reading
from workflows.zeebe.answers import as_text, conflict_if_gone
from workflows.zeebe.gateway import Gateway
from workflows.zeebe.starting import MessageStarts
from workflows.zeebe.words import ENGINE, read_task_key, with_reserved


class ZeebeEngine:
    """A `workflows.mover.Mover` for a broker: it gives commands, and `RecordsEndpoint` hears what comes of them.

    An instance has the broker's key as its id. A command that changes what its caller asks for next returns when the
    store has heard of it, or after some seconds in any case: the broker has taken it by then.
    """

    name = ENGINE

    def __init__(
        self, gateway: Gateway, store: EmbeddedEngine, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._gateway = gateway
        self._store = store
        self._clock = clock
        self._message_starts = MessageStarts(store)

    def place(self, files: Files, new: Sequence[ProcessDefinition]) -> Mapping[str, str]:
        """Deploy definitions, and all decisions and forms; return the broker's keys of the definitions."""
        return deploying.deploy(self._gateway, self._store.mirror, files, new)

    def deployed(self) -> None:
        """Nothing is left to do: the broker waits for what starts processes by itself."""

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
        if until:
            _refuse("end a process instance behind an element")
        definition_id = self._find(process_id, version)
        process = self._store.mirror.definition(definition_id)
        entries = [process.node(entry) for entry in process.process.body.entries]
        if not entries and not at:
            raise InvalidInput(f"The process {process_id!r} has no none start event: only its events can start it.")
        initiators = {} if by is None else {entry.initiator: by for entry in entries if entry.initiator}
        given = checked_variables({**(variables or {}), **initiators})
        request = messages.CreateProcessInstanceRequest(
            processDefinitionKey=int(str(self._store.mirror.key(definition_id))),
            variables=as_text(with_reserved(given, business_key=business_key, started_by=by)),
            startInstructions=[messages.ProcessInstanceCreationStartInstruction(elementId=each) for each in at],
        )
        instance_id = str(self._gateway.call("CreateProcessInstance", request).processInstanceKey)
        with self._store.mirror.transaction() as rows:
            own = {"business_key": business_key, "started_by": by}
            if not rows.begin(instance_id, definition_id, started_at=self._clock(), business_key=business_key, by=by):
                # its records came first, perhaps not all of those that tell this
                rows.connection.execute(update(instance).where(instance.c.id == instance_id).values(own))
        return self._store.instance(instance_id)

    def complete(
        self, task_id: str, variables: Mapping[str, JsonValue] | None = None, *, by: str | None = None
    ) -> None:
        """Complete a user task of either kind."""
        key, is_job = read_task_key(self._store.mirror.task_key(task_id))
        given = checked_variables(variables)
        with conflict_if_gone(f"The user task {task_id!r} was completed or withdrawn before."):
            if is_job:
                self._gateway.call("CompleteJob", messages.CompleteJobRequest(jobKey=key, variables=as_text(given)))
            else:
                self._gateway.post(f"/v2/user-tasks/{key}/completion", {"variables": given})
        instance_id, number = split(task_id, "user task")
        with self._store.mirror.transaction() as rows:
            moved = rows.open(instance_id)
            moved.end_task(number, "completed", self._clock(), by=by)
            moved.save()

    def task_variables(self, task_id: str) -> Variables:
        """Return the variables that a user task sees."""
        return modification.seen(self._store, *split(task_id, "user task"))

    def publish_message(
        self,
        name: str,
        correlation_key: str | None = None,
        variables: Mapping[str, JsonValue] | None = None,
        *,
        time_to_live: timedelta,
        message_id: str,
    ) -> Correlation:
        """Publish a message; the broker does not say whom it reached. One with a known id was published before."""
        given: Mapping[str, JsonValue] = checked_variables(variables)
        if correlation_key is not None and name in self._message_starts:
            given = with_reserved(given, business_key=correlation_key, started_by=None)
        request = messages.PublishMessageRequest(
            name=name,
            correlationKey=correlation_key or "",
            timeToLive=int(time_to_live.total_seconds() * 1000),
            messageId=message_id,
            variables=as_text(given),
        )
        with suppress(Conflict):
            self._gateway.call("PublishMessage", request)
        return Correlation(message_id)

    def broadcast_signal(self, name: str, variables: Mapping[str, JsonValue] | None = None) -> None:
        """Broadcast a signal."""
        request = messages.BroadcastSignalRequest(signalName=name, variables=as_text(checked_variables(variables)))
        self._gateway.call("BroadcastSignal", request)

    def cancel(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """End an instance, with what it called."""
        with conflict_if_gone(f"The process instance {instance_id!r} has ended."):
            request = messages.CancelProcessInstanceRequest(processInstanceKey=int(instance_id))
            self._gateway.call("CancelProcessInstance", request)
        self._audit(instance_id, "cancel", by=by, reason=reason)

    def resolve(self, incident_id: str, *, retries: int = 1, reason: str = "", by: str | None = None) -> None:
        """Try the element of an incident again, a job with this many retries."""
        instance_id, number = split(incident_id, "incident")
        with self._store.mirror.read() as connection:
            job = reading.job_of_incident(connection, instance_id, number)
        with conflict_if_gone(f"The incident {incident_id!r} was resolved before."):
            if job is not None:
                self._gateway.call("UpdateJobRetries", messages.UpdateJobRetriesRequest(jobKey=job, retries=retries))
            self._gateway.call("ResolveIncident", messages.ResolveIncidentRequest(incidentKey=number))
        self._audit(instance_id, "resolve", by=by, reason=reason, details=incident_id)

    def suspend(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Not possible."""
        _refuse("hold a process instance")

    def resume(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Not possible, as none can be suspended."""
        _refuse("hold a process instance")

    def modify(
        self,
        instance_id: str,
        *,
        cancel: Sequence[str] = (),
        start: Sequence[str] = (),
        variables: Mapping[str, JsonValue] | None = None,
        reason: str = "",
        by: str | None = None,
    ) -> None:
        """Cancel elements and start others in one command; without anything to start, variables are set before it."""
        given = checked_variables(variables)
        modification.modify(self._gateway, self._store, instance_id, cancel=cancel, start=start, variables=given)
        details = f"cancelled {_listed(cancel)}; started {_listed(start)}; set {_listed(given)}"
        self._audit(instance_id, "modify", by=by, reason=reason, details=details)

    def migrate(
        self,
        instance_id: str,
        definition_id: str,
        *,
        mapping: Mapping[str, str] | None = None,
        reason: str = "",
        by: str | None = None,
    ) -> None:
        """Move an instance to another definition; what runs needs a counterpart there."""
        details = migration.migrate(self._gateway, self._store, instance_id, definition_id, mapping or {})
        self._audit(instance_id, "migrate", by=by, reason=reason, details=details)

    def set_variables(
        self,
        instance_id: str,
        variables: Mapping[str, JsonValue],
        *,
        scope: str | None = None,
        local: bool = False,
        reason: str = "",
        by: str | None = None,
    ) -> None:
        """Set variables of the process, or as a task or element sees them."""
        given = checked_variables(variables)
        modification.set_variables(self._gateway, self._store, instance_id, given, scope=scope, local=local)
        self._audit(instance_id, "set_variables", by=by, reason=reason, details=_listed(given))

    def throw_task_error(
        self,
        task_id: str,
        code: str,
        message: str = "",
        variables: Mapping[str, JsonValue] | None = None,
        *,
        by: str | None = None,
    ) -> None:
        """End a user task with a BPMN error, if it is not of Zeebe's own kind."""
        key, is_job = read_task_key(self._store.mirror.task_key(task_id))
        if not is_job:
            _refuse("end a user task of its own kind with an error")
        given = as_text(checked_variables(variables))
        request = messages.ThrowErrorRequest(jobKey=key, errorCode=code, errorMessage=message, variables=given)
        with conflict_if_gone(f"The user task {task_id!r} was completed or withdrawn before."):
            self._gateway.call("ThrowError", request)
        instance_id, _ = split(task_id, "user task")
        self._audit(instance_id, "throw_error", by=by, reason=message, details=f"{code} from {task_id}")

    def escalate_task(
        self, task_id: str, code: str, variables: Mapping[str, JsonValue] | None = None, *, by: str | None = None
    ) -> None:
        """Not possible."""
        _refuse("raise an escalation from a user task")

    def _find(self, process_id: str, version: int | None) -> str:
        wanted = Wanted.numbered(version)
        return self._store.mirror.find(process_id, wanted)

    def _audit(self, instance_id: str, action: str, *, by: str | None, reason: str, details: str = "") -> None:
        with self._store.mirror.transaction() as rows:
            rows.audit(instance_id, action, by=by, reason=reason, details=details)


def _refuse(what: str) -> NoReturn:
    raise NotSupported(f"Zeebe can't {what}.")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"
