"""A Zeebe broker as a host of conformance cases: commands by its own APIs, what it did by its records."""
# ruff: noqa: ARG002 - the protocol says what a host is asked

import itertools
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from pyzeebe.proto import gateway_pb2 as api

from tests.conformance.host import Seen
from tests.conversion.known import Known
from tests.conversion.recording import Recording
from tests.servers.broker import Broker
from workflows.conversion import BUSINESS_KEY, MESSAGE_JOB, SCRIPT_JOB
from workflows.diagrams.forms import Form
from workflows.errors import BpmnError, ExpressionError, NotSupported
from workflows.scripts import ScriptRunner, compile_script
from workflows.values import Variables
from workflows.zeebe.answers import thrown
from workflows.zeebe.profile import portable
from workflows.zeebe.records import Record

_DEADLINE = 120.0
_BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
_DATE = re.compile(rb"2026-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
_numbers = itertools.count()


class ZeebeHost:
    """See `tests.conformance.host.Host`."""

    def __init__(self, broker: Broker, scripts: ScriptRunner) -> None:
        self._broker = broker
        self._gateway = broker.gateway
        self._recording = Recording()
        broker.write = self._recording.write
        self._scripts = scripts
        self._read = 0
        self._known = Known()
        self._shown: dict[int, tuple[int, int]] = {}

    def deploy(self, diagram: Path, forms: dict[str, Form] | None = None) -> str:
        """Deploy the files of a case as the broker takes them; return the first process."""
        converted = portable(diagram.read_bytes(), diagram.name, forms or {})
        files = {diagram.name: self._dated(converted.bpmn), **converted.forms}
        decisions = diagram.with_suffix(".dmn")
        if decisions.exists():
            files[decisions.name] = decisions.read_bytes()
        resources = [api.Resource(name=name, content=content) for name, content in files.items()]
        answer = self._gateway.call("DeployResource", api.DeployResourceRequest(resources=resources))
        processes = [found.process for found in answer.deployments if found.HasField("process")]
        self._known.definitions |= {process.processDefinitionKey for process in processes}
        self._settle()
        return str(processes[0].bpmnProcessId)

    def start(self, process: str, variables: Variables, business_key: str | None) -> None:
        known = {} if business_key is None else {BUSINESS_KEY: business_key}
        request = api.CreateProcessInstanceRequest(
            bpmnProcessId=process, version=-1, variables=json.dumps({**variables, **known})
        )
        self._gateway.call("CreateProcessInstance", request)
        self._settle()

    def complete(self, element: str, variables: Variables) -> None:
        task = next((key for key, task in self._known.tasks.items() if task.value["elementId"] == element), None)
        if task is not None:
            self._gateway.post(f"/v2/user-tasks/{task}/completion", {"variables": variables})
        else:
            request = api.CompleteJobRequest(jobKey=self._job(element), variables=json.dumps(variables))
            self._gateway.call("CompleteJob", request)
        self._settle()

    def fail(self, element: str) -> None:
        request = api.FailJobRequest(jobKey=self._job(element), retries=0, errorMessage="it failed")
        self._gateway.call("FailJob", request)
        self._settle()

    def throw_error(self, element: str, code: str, variables: Variables) -> None:
        self._throw(self._job(element), BpmnError(code, f"the error {code}", variables))
        self._settle()

    def message(self, name: str, key: str | None, variables: Variables) -> bool:
        message = self._publish(name, self._waiting_for(name) if key is None else key, variables)
        self._settle()
        return message in self._known.messages

    def signal(self, name: str, variables: Variables) -> None:
        request = api.BroadcastSignalRequest(signalName=name, variables=json.dumps(variables))
        self._gateway.call("BroadcastSignal", request)
        self._settle()

    def advance(self, span: timedelta) -> None:
        until = self._broker.now() + span
        while True:
            dues = sorted(timer.value["dueDate"] for timer in self._known.timers.values())
            due = datetime.fromtimestamp(dues[0] / 1000, UTC) if dues else until
            if due >= until:
                break
            self._pass_to(due)
        self._pass_to(until)

    def run_continuations(self) -> None:
        """A broker continues by itself."""

    def resolve(self, element: str) -> None:
        key, incident = next(
            (key, found) for key, found in self._known.incidents.items() if self._known.element_of(found) == element
        )
        job = incident.value["jobKey"]
        if job > 0:
            self._gateway.call("UpdateJobRetries", api.UpdateJobRetriesRequest(jobKey=job, retries=1))
        self._gateway.call("ResolveIncident", api.ResolveIncidentRequest(incidentKey=key))
        self._settle()

    def cancel(self) -> None:
        self._cancel(next(iter(self._known.instances)))
        self._settle()

    def set_variables(self, variables: Variables) -> None:
        first = next(iter(self._known.instances))
        request = api.SetVariablesRequest(elementInstanceKey=first, variables=json.dumps(variables))
        self._gateway.call("SetVariables", request)
        self._settle()

    def escalate(self, element: str, code: str, variables: Variables) -> None:
        raise NotSupported("zeebe")

    def suspend(self) -> None:
        raise NotSupported("zeebe")

    def resume(self) -> None:
        raise NotSupported("zeebe")

    def modify(self, cancel: list[str], start: list[str], variables: Variables) -> None:
        raise NotSupported("zeebe")

    def migrate(self, diagram: Path, mapping: dict[str, str]) -> None:
        raise NotSupported("zeebe")

    def seen(self) -> Seen:
        instances = list(self._known.instances.values())
        entered: list[str] = []
        cancelled: list[str] = []
        for instance in instances:
            begin, ends = self._shown.get(instance.key, (0, 0))
            entered += instance.entered[begin:]
            cancelled += instance.cancelled[ends:]
            self._shown[instance.key] = len(instance.entered), len(instance.cancelled)
        return Seen(
            tuple(entered),
            tuple(cancelled),
            tuple(element for instance in instances for element in instance.going_on.values()),
            tuple(self._known.element_of(incident) for incident in self._known.incidents.values()),
            tuple(instance.state for instance in instances),
            _shown_variables(instances[0].variables) if instances else {},
        )

    def clear(self) -> None:
        """Leave nothing on the broker: neither what runs, nor what could begin."""
        for instance in self._known.instances.values():
            if instance.state == "active" and not instance.is_called:
                self._cancel(instance.key)
        for definition in self._known.definitions:
            self._gateway.call("DeleteResource", api.DeleteResourceRequest(resourceKey=definition))

    def _settle(self) -> None:
        """Wait until everything has moved that can: until nothing comes between two messages of ours; do the jobs of
        the service itself meanwhile."""
        while True:
            moved = [record for record in self._new_records() if not _is_ours(record)]
            if not moved and not self._run_own_jobs():
                return

    def _new_records(self) -> list[Record]:
        mark = f"mark {next(_numbers)}"
        self._gateway.call("PublishMessage", api.PublishMessageRequest(name=mark, correlationKey=mark, variables="{}"))
        found = self._recording.until_message(self._read, mark, _DEADLINE)
        self._read += len(found)
        for record in found:
            self._known.note(record)
        return found

    def _run_own_jobs(self) -> bool:
        jobs = [job for job_type in (SCRIPT_JOB, MESSAGE_JOB) for job in self._activated(job_type)]
        for job in jobs:
            self._do(int(job["key"]), job)
        return bool(jobs)

    def _do(self, key: int, job: dict[str, Any]) -> None:
        try:
            answer = self._run_script(job) if job["type"] == SCRIPT_JOB else self._throw_message(job)
        except BpmnError as error:
            self._throw(key, error)
        except ExpressionError as error:
            self._gateway.call("FailJob", api.FailJobRequest(jobKey=key, retries=0, errorMessage=str(error)))
        else:
            self._gateway.call("CompleteJob", api.CompleteJobRequest(jobKey=key, variables=json.dumps(answer)))

    def _activated(self, job_type: str) -> list[dict[str, Any]]:
        if all(job.value["type"] != job_type for job in self._known.jobs.values()):
            return []
        wanted: Variables = {"type": job_type, "timeout": 60_000, "maxJobsToActivate": 100, "requestTimeout": -1}
        answer = requests.post(f"{self._broker.server.rest}/v2/jobs/activation", json=wanted, timeout=_DEADLINE)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["jobs"]
        return found

    def _run_script(self, job: dict[str, Any]) -> Variables:
        headers, variables = job["customHeaders"], job["variables"]
        visible = {name: value for name, value in variables.items() if not name.startswith("dams")}
        return self._scripts.run(compile_script(headers["script"]), visible, self._broker.now())

    def _throw_message(self, job: dict[str, Any]) -> Variables:
        variables = job["variables"]
        carried = {name: variables[name] for name in job["customHeaders"].get("variables", "").split(",") if name}
        key = variables["damsCorrelationKey"] or self._waiting_for(variables["damsMessageName"])
        self._publish(variables["damsMessageName"], key, carried, timedelta(hours=1))
        return {}

    def _waiting_for(self, name: str) -> str:
        """The key that somebody waits for a message with: one without a key is for anybody."""
        waiting = (record.value for record in self._known.waiting.values())
        return next((str(value["correlationKey"]) for value in waiting if value["messageName"] == name), "")

    def _publish(self, name: str, key: str, variables: Variables, keep: timedelta = timedelta(0)) -> int:
        known = {BUSINESS_KEY: key} if key else {}
        request = api.PublishMessageRequest(
            name=name,
            correlationKey=key,
            timeToLive=int(keep.total_seconds() * 1000),
            variables=json.dumps({**variables, **known}),
        )
        return int(self._gateway.call("PublishMessage", request).key)

    def _throw(self, job: int, error: BpmnError) -> None:
        """As our runner of jobs does."""
        setting, throwing = thrown(job, self._known.jobs[job].value["elementInstanceKey"], error)
        self._gateway.call("SetVariables", setting)
        self._gateway.call("ThrowError", throwing)

    def _cancel(self, key: int) -> None:
        self._gateway.call("CancelProcessInstance", api.CancelProcessInstanceRequest(processInstanceKey=key))

    def _dated(self, content: bytes) -> bytes:
        """Let the dates of a diagram be as far from now as they are from when cases begin."""
        shift = self._broker.now() - _BEGIN

        def later(found: re.Match[bytes]) -> bytes:
            return (datetime.fromisoformat(found[0].decode()) + shift).isoformat().encode()

        return _DATE.sub(later, content)

    def _pass_to(self, moment: datetime) -> None:
        """Put the clock forward, and wait for each timer that is due then."""
        span = moment - self._broker.now() + timedelta(milliseconds=2)
        if span > timedelta(0):
            self._broker.pass_time(span)
        limit = moment.timestamp() * 1000
        for _ in range(1000):
            self._settle()
            if all(timer.value["dueDate"] > limit for timer in self._known.timers.values()):
                return
        raise AssertionError("the timers have not fired")

    def _job(self, element: str) -> int:
        return next(key for key, job in self._known.jobs.items() if job.value["elementId"] == element)


def _shown_variables(variables: Variables) -> Variables:
    return {name: value for name, value in variables.items() if not name.startswith("dams")}


def _is_ours(record: Record) -> bool:
    return record.kind == "MESSAGE" and str(record.value["name"]).startswith("mark ")
