"""Jobs in Camunda's sense: the engine's own work between transactions, asynchronous continuations.

What workers do are external tasks. Timers fire by themselves here, and have no retries.
"""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import Asked, asked, in_body
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import RestError
from app.api.camunda.times import written
from app.web.identity import the_user
from app.web.services import services
from workflows.external_tasks import ExternalTask, ExternalTaskOrder, ExternalTaskQuery

blueprint = Blueprint("engine_rest_jobs", __name__, url_prefix="/engine-rest/job")

_ORDERS = {
    "jobId": ExternalTaskOrder.ID,
    "executionId": ExternalTaskOrder.ID,
    "processInstanceId": ExternalTaskOrder.ID,
    "processDefinitionId": ExternalTaskOrder.DEFINITION_ID,
    "processDefinitionKey": ExternalTaskOrder.PROCESS_ID,
    "jobPriority": ExternalTaskOrder.PRIORITY,
    "jobDueDate": ExternalTaskOrder.LOCKED_UNTIL,
}


@blueprint.route("", methods=["GET", "POST"])
@reads
def listing() -> ResponseReturnValue:
    """List jobs."""
    wish = asked()
    order, descending = wish.order(_ORDERS, ExternalTaskOrder.CREATED, descending=False)
    first, most = wish.page()
    query = replace(_query(wish), order=order, descending=descending, offset=first, limit=most)
    return jsonify([_shown(each) for each in services().engine.external_tasks(query)])


@blueprint.route("/count", methods=["GET", "POST"])
@reads
def count() -> ResponseReturnValue:
    """Count jobs."""
    return jsonify({"count": services().engine.count_external_tasks(_query(asked()))})


@blueprint.get("/<job_id>")
@reads
def one(job_id: str) -> ResponseReturnValue:
    """Return a job."""
    return jsonify(_shown(_job(job_id)))


@blueprint.put("/<job_id>/retries")
@runs
def set_retries(job_id: str) -> ResponseReturnValue:
    """Say how many attempts a job has left."""
    retries = in_body().number("retries")
    if retries is None:
        raise RestError(400, "retries is missing.")
    services().engine.set_job_retries(_job(job_id).id, retries, by=the_user().id)
    return Response(status=204)


def _job(job_id: str) -> ExternalTask:
    found = services().engine.external_tasks(ExternalTaskQuery(ids=(job_id,), continuations=True))
    if not found:
        raise RestError(404, f"No job found with id '{job_id}'.")
    return found[0]


def _query(wish: Asked) -> ExternalTaskQuery:
    wish.refuse("tenantIdIn", "jobDefinitionId", "dueDates", "createTimes", "timers", "exceptionMessage")
    failed, left = wish.flag("withException"), wish.flag("withRetriesLeft")
    instances, element = wish.text("processInstanceId") or wish.text("executionId"), wish.text("failedActivityId")
    return ExternalTaskQuery(
        continuations=True,
        ids=(wish.required("jobId"),) if wish.has("jobId") else wish.texts("jobIds"),
        instance_ids=(instances,) if instances else wish.texts("processInstanceIds"),
        element_ids=(element,) if element else (),
        definition_id=wish.text("processDefinitionId"),
        process_id=wish.text("processDefinitionKey"),
        retries_left=True if left else False if failed or wish.flag("noRetriesLeft") else None,
        suspended=True if wish.flag("suspended") else False if wish.flag("active") else None,
        priority_from=wish.number("priorityHigherThanOrEquals", least=-(2**31)),
        priority_to=wish.number("priorityLowerThanOrEquals", least=-(2**31)),
    )


def _shown(job: ExternalTask) -> dict[str, Any]:
    return {
        "id": job.id,
        "jobDefinitionId": None,
        "processInstanceId": job.instance_id,
        "processDefinitionId": job.definition_id,
        "processDefinitionKey": job.process_id,
        "executionId": job.instance_id,
        "retries": 1 if job.retries is None else job.retries,
        "exceptionMessage": job.error_message,
        "failedActivityId": job.element_id if job.error_message is not None else None,
        "dueDate": None,
        "suspended": job.suspended,
        "priority": job.priority,
        "tenantId": None,
        "createTime": written(job.created_at),
        "batchId": None,
    }
