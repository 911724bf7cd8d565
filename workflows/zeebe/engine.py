"""The commands of the port, carried out by a Zeebe broker (Camunda 8)."""
# ruff: noqa: ARG002 - the port says what a command is given

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from pyzeebe.proto import gateway_pb2 as messages

from workflows.embedded import EmbeddedEngine
from workflows.embedded.definitions import Definition
from workflows.embedded.ids import split
from workflows.embedded.reading import Files
from workflows.engine import ProcessDefinition
from workflows.errors import Conflict, InvalidInput, NotFound, NotSupported
from workflows.values import JsonValue, Variables
from workflows.zeebe import deploying, reading
from workflows.zeebe.gateway import Gateway
from workflows.zeebe.waiting import until
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

    def place(self, files: Files, new: Sequence[ProcessDefinition]) -> Mapping[str, str]:
        """Deploy definitions, and all decisions and forms; return the broker's keys of the definitions."""
        return deploying.deploy(self._gateway, self._store.mirror, files, new)

    def start(
        self, definition: ProcessDefinition, variables: Variables, *, business_key: str | None, by: str | None
    ) -> str:
        """Start an instance, and return its id."""
        process = self._store.mirror.definition(definition.id)
        entries = [process.node(entry) for entry in process.process.body.entries]
        if not entries:
            raise InvalidInput(
                f"The process {definition.process_id!r} has no none start event: only its events can start it."
            )
        if by is not None:
            variables = {**variables, **{entry.initiator: by for entry in entries if entry.initiator}}
        request = messages.CreateProcessInstanceRequest(
            processDefinitionKey=self._key(definition),
            variables=_text(with_reserved(variables, business_key=business_key, started_by=by)),
        )
        instance_id = str(self._gateway.call("CreateProcessInstance", request).processInstanceKey)
        with self._store.mirror.transaction() as rows:
            rows.begin(instance_id, definition.id, started_at=self._clock(), business_key=business_key, by=by)
        return instance_id

    def complete(self, task_id: str, variables: Variables, *, by: str | None) -> None:
        """Complete a user task of either kind."""
        key, is_job = read_task_key(self._store.mirror.task_key(task_id))
        with _gone(f"The user task {task_id!r} was completed or withdrawn before."):
            if is_job:
                self._gateway.call("CompleteJob", messages.CompleteJobRequest(jobKey=key, variables=_text(variables)))
            else:
                self._gateway.post(f"/v2/user-tasks/{key}/completion", {"variables": variables})
        instance_id, number = split(task_id, "user task")
        with self._store.mirror.transaction() as rows:
            moved = rows.open(instance_id)
            moved.end_task(number, "completed", self._clock(), by=by)
            moved.save()

    def task_variables(self, task_id: str) -> Variables:
        """Return the variables that a user task sees."""
        instance_id, number = split(task_id, "user task")
        with self._store.mirror.read() as connection:
            return reading.visible_variables(connection, instance_id, number)

    def publish_message(
        self, name: str, correlation_key: str | None, variables: Variables, *, time_to_live: timedelta, message_id: str
    ) -> str | None:
        """Publish a message; the broker does not say whom it reached. One with a known id was published before."""
        request = messages.PublishMessageRequest(
            name=name,
            correlationKey=correlation_key or "",
            timeToLive=int(time_to_live.total_seconds() * 1000),
            messageId=message_id,
            variables=_text(variables),
        )
        with suppress(Conflict):
            self._gateway.call("PublishMessage", request)
        return None

    def broadcast_signal(self, name: str, variables: Variables) -> None:
        """Broadcast a signal."""
        self._gateway.call(
            "BroadcastSignal", messages.BroadcastSignalRequest(signalName=name, variables=_text(variables))
        )

    def cancel(self, instance_id: str, *, by: str | None) -> None:
        """End an instance, with what it called."""
        with _gone(f"The process instance {instance_id!r} has ended."):
            request = messages.CancelProcessInstanceRequest(processInstanceKey=int(instance_id))
            self._gateway.call("CancelProcessInstance", request)

    def resolve(self, incident_id: str, *, retries: int) -> None:
        """Try the element of an incident again, a job with this many retries."""
        instance_id, number = split(incident_id, "incident")
        with self._store.mirror.read() as connection:
            job = reading.job_of_incident(connection, instance_id, number)
        with _gone(f"The incident {incident_id!r} was resolved before."):
            if job is not None:
                self._gateway.call("UpdateJobRetries", messages.UpdateJobRetriesRequest(jobKey=job, retries=retries))
            self._gateway.call("ResolveIncident", messages.ResolveIncidentRequest(incidentKey=number))

    def suspend(self, instance_id: str) -> None:
        """Not possible."""
        _refuse("hold a process instance")

    def resume(self, instance_id: str) -> None:
        """Not possible, as none can be suspended."""
        _refuse("hold a process instance")

    def modify(
        self, instance_id: str, *, cancel: Sequence[str], start: Sequence[str], variables: Variables, by: str | None
    ) -> None:
        """Cancel elements and start others in one command; without anything to start, variables are set before it."""
        graph = self._definition_of(instance_id).graph
        unknown = sorted({element for element in start if element not in graph.nodes})
        if unknown:
            raise InvalidInput(f"The process has no element {', '.join(unknown)}.")
        if variables and not start:
            self.set_variables(instance_id, variables, scope=None, local=False)
        scope = [messages.ModifyProcessInstanceRequest.VariableInstruction(variables=_text(variables))]
        request = messages.ModifyProcessInstanceRequest(
            processInstanceKey=int(instance_id),
            activateInstructions=[
                messages.ModifyProcessInstanceRequest.ActivateInstruction(
                    elementId=element, variableInstructions=scope if variables and element == start[0] else []
                )
                for element in start
            ],
            terminateInstructions=[
                messages.ModifyProcessInstanceRequest.TerminateInstruction(elementInstanceKey=key)
                for key in self._to_cancel(instance_id, cancel)
            ],
        )
        with _gone(f"The process instance {instance_id!r} has ended, or has gone on meanwhile."):
            self._gateway.call("ModifyProcessInstance", request)

    def migrate(self, instance_id: str, definition: ProcessDefinition, mapping: Mapping[str, str]) -> None:
        """Move an instance to another definition; what runs needs a counterpart there."""
        if self._store.instance(instance_id).definition_id == definition.id:
            raise Conflict(f"The process instance {instance_id!r} is of version {definition.version} already.")
        target = self._store.mirror.definition(definition.id).graph.nodes
        source = self._definition_of(instance_id).graph.nodes
        pairs = {name: mapping.get(name, name) for name, node in source.items()}
        pairs = {
            name: other for name, other in pairs.items() if other in target and target[other].type == source[name].type
        }
        lost = sorted({each.element_id for each in self._running(instance_id) if each.element_id not in pairs})
        if lost:
            raise InvalidInput(f"Name a counterpart in version {definition.version} for {', '.join(lost)}.")
        plan = messages.MigrateProcessInstanceRequest.MigrationPlan(
            targetProcessDefinitionKey=self._key(definition),
            mappingInstructions=[
                messages.MigrateProcessInstanceRequest.MappingInstruction(sourceElementId=name, targetElementId=other)
                for name, other in pairs.items()
            ],
        )
        request = messages.MigrateProcessInstanceRequest(processInstanceKey=int(instance_id), migrationPlan=plan)
        with _gone(f"The process instance {instance_id!r} has ended."):
            self._gateway.call("MigrateProcessInstance", request)
        until(lambda: self._store.instance(instance_id).definition_id == definition.id)

    def set_variables(self, instance_id: str, variables: Variables, *, scope: str | None, local: bool) -> None:
        """Set variables of the process, or as a task or element sees them."""
        number = int(instance_id)
        if scope is not None:
            owner, number = split(scope, "user task or running element")
            if owner != instance_id or number not in {each.key for each in self._running(instance_id)}:
                raise NotFound(f"There is no user task or running element {scope!r} in this process instance.")
        request = messages.SetVariablesRequest(elementInstanceKey=number, variables=_text(variables), local=local)
        with _gone(f"The process instance {instance_id!r} has ended, or has gone on meanwhile."):
            self._gateway.call("SetVariables", request)
        until(lambda: variables.items() <= self._seen(instance_id, number).items())

    def throw_task_error(self, task_id: str, code: str, message: str, variables: Variables, *, by: str | None) -> None:
        """End a user task with a BPMN error, if it is not of Zeebe's own kind."""
        key, is_job = read_task_key(self._store.mirror.task_key(task_id))
        if not is_job:
            _refuse("end a user task of its own kind with an error")
        request = messages.ThrowErrorRequest(
            jobKey=key, errorCode=code, errorMessage=message, variables=_text(variables)
        )
        with _gone(f"The user task {task_id!r} was completed or withdrawn before."):
            self._gateway.call("ThrowError", request)

    def escalate_task(self, task_id: str, code: str, variables: Variables, *, by: str | None) -> None:
        """Not possible."""
        _refuse("raise an escalation from a user task")

    def _key(self, definition: ProcessDefinition) -> int:
        return int(str(self._store.mirror.key(definition.id)))

    def _definition_of(self, instance_id: str) -> Definition:
        return self._store.mirror.definition(self._store.instance(instance_id).definition_id)

    def _running(self, instance_id: str) -> list[reading.Running]:
        with self._store.mirror.read() as connection:
            return reading.running(connection, instance_id)

    def _to_cancel(self, instance_id: str, wanted: Sequence[str]) -> list[int]:
        found, keys = self._running(instance_id), list[int]()
        for name in wanted:
            matching = reading.named(found, instance_id, name)
            if not matching:
                raise Conflict(f"Nothing runs in {name!r}.")
            keys += [each.key for each in matching]
        return list(dict.fromkeys(keys))

    def _seen(self, instance_id: str, number: int) -> Variables:
        with self._store.mirror.read() as connection:
            return reading.visible_variables(connection, instance_id, number)


def _text(variables: Mapping[str, JsonValue]) -> str:
    return json.dumps(variables, ensure_ascii=False)


def _refuse(what: str) -> NoReturn:
    raise NotSupported(f"Zeebe can't {what}.")


@contextmanager
def _gone(conflict: str) -> Iterator[None]:
    """What the broker does not find was there before: somebody else, or time, was faster."""
    try:
        yield
    except NotFound as error:
        raise Conflict(conflict) from error
