"""Jobs in Camunda's sense: the engine's own work between transactions, asynchronous continuations, and timers.

What workers do are external tasks.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import Asked, asked, in_body
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import RestError
from app.api.camunda.times import written
from app.web.identity import the_user
from app.web.services import services
from workflows.errors import NotFound
from workflows.external_tasks import ExternalTask, ExternalTaskOrder, ExternalTaskQuery
from workflows.operations import Timer, TimerQuery

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
_OF_CONTINUATIONS = (
    "messages", "withException", "noRetriesLeft", "failedActivityId", "priorityHigherThanOrEquals",
    "priorityLowerThanOrEquals", "suspended",
)  # fmt: skip
"""Criteria that no timer meets: one does not fail, has no priority, and is not set while its instance is suspended."""


@blueprint.route("", methods=["GET", "POST"])
@reads
def listing() -> ResponseReturnValue:
    """List jobs: continuations, and behind them timers, those that are due first."""
    wish, engine = asked(), services().engine
    order, descending = wish.order(_ORDERS, ExternalTaskOrder.CREATED, descending=False)
    first, most = wish.page()
    query, timers = _continuations(wish), _timers(wish)
    rows: list[dict[str, Any]] = []
    if query is not None:
        page = replace(query, order=order, descending=descending, offset=first, limit=most)
        rows += [_shown(each) for each in engine.external_tasks(page)]
    if timers is not None:
        before = 0 if query is None else engine.count_external_tasks(query)
        page_of_timers = replace(timers, offset=max(0, first - before), limit=most - len(rows))
        rows += [_timer_shown(each) for each in engine.timers(page_of_timers)]
    return jsonify(rows)


@blueprint.route("/count", methods=["GET", "POST"])
@reads
def count() -> ResponseReturnValue:
    """Count jobs."""
    wish, engine = asked(), services().engine
    query, timers = _continuations(wish), _timers(wish)
    counted = 0 if query is None else engine.count_external_tasks(query)
    return jsonify({"count": counted + (0 if timers is None else engine.count_timers(timers))})


@blueprint.get("/<job_id>")
@reads
def one(job_id: str) -> ResponseReturnValue:
    """Return a job."""
    found = _continuation(job_id)
    return jsonify(_timer_shown(_timer(job_id)) if found is None else _shown(found))


@blueprint.put("/<job_id>/retries")
@runs
def set_retries(job_id: str) -> ResponseReturnValue:
    """Say how many attempts a job has left."""
    retries = in_body().number("retries")
    if retries is None:
        raise RestError(400, "retries is missing.")
    if _continuation(job_id) is None:
        raise RestError(400, f"The timer {_timer(job_id).id} has no retries: it is tried until it fires.")
    services().engine.set_job_retries(job_id, retries, by=the_user().id)
    return Response(status=204)


@blueprint.put("/<job_id>/duedate")
@runs
def set_due(job_id: str) -> ResponseReturnValue:
    """Let a timer be due at another time."""
    due = in_body().time("duedate")
    if due is None:
        raise RestError(400, "duedate is missing: a timer is due at some time here.")
    services().engine.set_timer(_timer(job_id).id, due, by=the_user().id)
    return Response(status=204)


@blueprint.post("/<job_id>/execute")
@runs
def execute(job_id: str) -> ResponseReturnValue:
    """Let a timer fire now."""
    services().engine.fire_timer(_timer(job_id).id, by=the_user().id)
    return Response(status=204)


def _continuation(job_id: str) -> ExternalTask | None:
    found = services().engine.external_tasks(ExternalTaskQuery(ids=(job_id,), continuations=True))
    return found[0] if found else None


def _timer(job_id: str) -> Timer:
    try:
        return services().engine.timer(job_id)
    except NotFound:
        raise RestError(404, f"No job found with id '{job_id}'.") from None


def _continuations(wish: Asked) -> ExternalTaskQuery | None:
    """Return the query for the continuations that a request asks for, None if it asks for none."""
    wish.refuse("tenantIdIn", "jobDefinitionId", "createTimes", "exceptionMessage")
    failed, left = wish.flag("withException"), wish.flag("withRetriesLeft")
    element, due = wish.text("failedActivityId") or wish.text("activityId"), _due_dates(wish)
    query = ExternalTaskQuery(
        continuations=True,
        ids=_ids(wish),
        instance_ids=_instances(wish),
        element_ids=(element,) if element else (),
        definition_id=wish.text("processDefinitionId"),
        process_id=wish.text("processDefinitionKey"),
        retries_left=True if left else False if failed or wish.flag("noRetriesLeft") else None,
        suspended=True if wish.flag("suspended") else False if wish.flag("active") else None,
        priority_from=wish.number("priorityHigherThanOrEquals", least=-(2**31)),
        priority_to=wish.number("priorityLowerThanOrEquals", least=-(2**31)),
    )
    return None if wish.flag("timers") or due else query


def _timers(wish: Asked) -> TimerQuery | None:
    """Return the query for the timers that a request asks for, None if it asks for none."""
    if any(str(wish.members.get(name) or "false").lower() != "false" for name in _OF_CONTINUATIONS):
        return None
    due = _due_dates(wish)
    return TimerQuery(
        ids=_ids(wish),
        instance_ids=_instances(wish),
        element_id=wish.text("activityId"),
        process_id=wish.text("processDefinitionKey"),
        definition_id=wish.text("processDefinitionId"),
        due_before=due.get("lt"),
        due_after=due.get("gt"),
    )


def _ids(wish: Asked) -> tuple[str, ...]:
    return (wish.required("jobId"),) if wish.has("jobId") else wish.texts("jobIds")


def _instances(wish: Asked) -> tuple[str, ...]:
    one = wish.text("processInstanceId") or wish.text("executionId")
    return (one,) if one else wish.texts("processInstanceIds")


def _due_dates(wish: Asked) -> dict[str, datetime]:
    """Return the times of `dueDates` by their operators: `lt_2026-...` in a query, objects in a body."""
    given = wish.members.get("dueDates")
    entries: Iterable[Asked] = wish.objects("dueDates") if not isinstance(given, str) else _pairs(given)
    found: dict[str, datetime] = {}
    for each in entries:
        operator, moment = each.required("operator"), each.time("value")
        if operator not in {"gt", "lt"} or moment is None:
            raise RestError(400, "dueDates compares by gt and lt, with a time such as 2026-01-01T10:00:00.000+0000.")
        found[operator] = moment
    return found


def _pairs(text: str) -> list[Asked]:
    parts = [part.partition("_") for part in text.split(",")]
    return [Asked({"operator": operator, "value": moment}) for operator, _, moment in parts]


def _shown(job: ExternalTask) -> dict[str, Any]:
    return {
        **_place(job),
        "retries": 1 if job.retries is None else job.retries,
        "exceptionMessage": job.error_message,
        "failedActivityId": job.element_id if job.error_message is not None else None,
        "dueDate": None,
        "suspended": job.suspended,
        "priority": job.priority,
        "createTime": written(job.created_at),
    }


def _timer_shown(timer: Timer) -> dict[str, Any]:
    return {
        **_place(timer),
        "retries": 1,
        "exceptionMessage": None,
        "failedActivityId": None,
        "dueDate": written(timer.due_at),
        "suspended": False,
        "priority": 0,
        "createTime": None,
    }


def _place(job: ExternalTask | Timer) -> dict[str, Any]:
    return {
        "id": job.id,
        "jobDefinitionId": None,
        "processInstanceId": job.instance_id,
        "processDefinitionId": job.definition_id,
        "processDefinitionKey": job.process_id,
        "executionId": job.instance_id,
        "tenantId": None,
        "batchId": None,
    }
