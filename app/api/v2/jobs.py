"""Jobs: what workers in any language take, keep and answer for. They are the external tasks of Camunda 7.

A worker that finds nothing waits for it here without holding a thread (`app.web.parking`). An answer names no worker:
it counts as that of the one who has the job.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypedDict

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import MOST, Asked, in_body
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import RestError
from app.api.v2.searching import search
from app.api.v2.shapes import TENANT, check_tenant, definitions, written_if
from app.web.identity import the_user
from app.web.parking import again_when
from app.web.services import services
from workflows.engine import ProcessDefinition
from workflows.external_tasks import ExternalTask, ExternalTaskQuery, Topic

blueprint = Blueprint("v2_jobs", __name__, url_prefix="/v2/jobs")

_DEFAULT_WAIT = 10_000
_LONGEST_WAIT = 1_800_000
_LONGEST_LOCK = 10 * 366 * 86_400_000
"""Milliseconds."""

_MOST_JOBS = 1000
"""In one answer; who asks for more gets the others with the next request."""

_LOOK_AGAIN = timedelta(seconds=5)
"""How often a waiting worker looks for jobs that are free again by themselves, as a lock or a pause has ended."""


class JobItem(TypedDict):
    """A job that is not done as Camunda 8 shows it."""

    jobKey: str
    type: str
    worker: str
    state: str
    kind: str
    listenerEventType: str
    retries: int
    hasFailedWithRetriesLeft: bool
    errorMessage: str | None
    customHeaders: dict[str, str]
    deadline: str | None
    processDefinitionId: str
    processDefinitionKey: str
    processInstanceKey: str
    elementId: str
    elementInstanceKey: str | None
    tenantId: str


@blueprint.post("/activation")
@runs
def activate() -> ResponseReturnValue:
    """Give a worker jobs of a type for some time; without any, answer when there are some, or `requestTimeout` is over.

    A request without `requestTimeout`, or with 0, waits ten seconds, one with less does not wait.
    """
    body = in_body()
    check_tenant(body)
    most = _needed(body, "maxJobsToActivate", least=1)
    fetched = body.texts("fetchVariable") if body.has("fetchVariable") else ()
    lock = timedelta(milliseconds=_needed(body, "timeout", least=1))
    topic = Topic(name=body.required("type"), lock=lock, variables=fetched or None)
    wait = body.number("requestTimeout", 0, least=-(2**31)) or _DEFAULT_WAIT
    jobs = services().engine.fetch_and_lock(body.text("worker") or "default", [topic], min(most, _MOST_JOBS))
    definition_of = definitions()
    answer = jsonify({"jobs": [_activated(job, definition_of) for job in jobs]})
    if jobs or wait < 0:
        return answer
    return again_when(
        {f"job:{topic.name}"},
        within=timedelta(milliseconds=min(wait, _LONGEST_WAIT)),
        otherwise=answer,
        alike="jobs",
        every=_LOOK_AGAIN,
    )


@blueprint.post("/<job_id>/completion")
@runs
def complete(job_id: str) -> ResponseReturnValue:
    """Complete a job."""
    variables = in_body().object("variables").members
    services().engine.complete_external(job_id, _worker(job_id), variables)
    return Response(status=204)


@blueprint.post("/<job_id>/failure")
@runs
def fail(job_id: str) -> ResponseReturnValue:
    """Record a failed attempt; without retries left it is an incident."""
    body = in_body()
    pause = min(body.number("retryBackOff", 0) or 0, _LONGEST_LOCK)
    services().engine.fail_external(
        job_id,
        _worker(job_id),
        body.text("errorMessage") or "",
        retries=body.number("retries", 0),
        pause=timedelta(milliseconds=pause),
        variables=body.object("variables").members,
    )
    return Response(status=204)


@blueprint.post("/<job_id>/error")
@runs
def throw_error(job_id: str) -> ResponseReturnValue:
    """End a job with a BPMN error."""
    body = in_body()
    code, variables = body.required("errorCode"), body.object("variables").members
    services().engine.throw_external_error(job_id, _worker(job_id), code, body.text("errorMessage") or "", variables)
    return Response(status=204)


@blueprint.patch("/<job_id>")
@runs
def change(job_id: str) -> ResponseReturnValue:
    """Say how many attempts a job has left, or let its worker have it for longer."""
    changes, engine = in_body().object("changeset"), services().engine
    retries, timeout = changes.number("retries"), changes.number("timeout", least=1)
    if (retries is None) == (timeout is None):
        raise RestError(400, "A changeset has either retries or timeout.")
    if retries is not None:
        engine.set_external_retries(job_id, retries, by=the_user().id)
    elif timeout is not None:
        engine.extend_lock(job_id, _worker(job_id), timedelta(milliseconds=min(timeout, _LONGEST_LOCK)))
    return Response(status=204)


@blueprint.post("/search")
@reads
def listing() -> ResponseReturnValue:
    """Find jobs that are not done."""
    wanted = search(JobItem)
    instance_id, element_id = wanted.text("processInstanceKey"), wanted.text("elementId")
    query = ExternalTaskQuery(
        topic=wanted.text("type"),
        worker=wanted.text("worker"),
        instance_ids=(instance_id,) if instance_id else (),
        element_ids=(element_id,) if element_id else (),
        process_id=wanted.text("processDefinitionId"),
        definition_id=wanted.text("processDefinitionKey"),
        limit=MOST,
    )
    return wanted.answer(_shown(each) for each in services().engine.external_tasks(query))


def _needed(body: Asked, name: str, *, least: int) -> int:
    number = body.number(name, least=least)
    if number is None:
        raise RestError(400, f"{name} is missing.")
    return min(number, _LONGEST_LOCK)


def _worker(job_id: str) -> str:
    """Return who has a job."""
    worker = services().engine.external_task(job_id).worker
    if worker is None:
        raise RestError(409, f"Nobody has the job {job_id} now: activate it first.")
    return worker


def _activated(job: ExternalTask, definition_of: Callable[[str], ProcessDefinition]) -> dict[str, Any]:
    """Return a job for the worker that has it now."""
    deadline = None if job.locked_until is None else int(job.locked_until.timestamp() * 1000)
    version = definition_of(job.definition_id).version
    return {**_shown(job), "deadline": deadline, "processDefinitionVersion": version, "variables": job.variables}


def _shown(job: ExternalTask) -> JobItem:
    return {
        "jobKey": job.id,
        "type": job.topic,
        "worker": job.worker or "",
        "state": "CREATED" if job.error_message is None else "FAILED",
        "kind": "BPMN_ELEMENT",
        "listenerEventType": "UNSPECIFIED",
        "retries": job.attempts,
        "hasFailedWithRetriesLeft": job.error_message is not None and job.attempts > 0,
        "errorMessage": job.error_message,
        "customHeaders": dict(job.properties),
        "deadline": written_if(job.locked_until),
        "processDefinitionId": job.process_id,
        "processDefinitionKey": job.definition_id,
        "processInstanceKey": job.instance_id,
        "elementId": job.element_id,
        "elementInstanceKey": job.activity_id,
        "tenantId": TENANT,
    }
