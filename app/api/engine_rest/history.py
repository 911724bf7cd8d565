"""What instances have done, running and ended ones."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda import times
from app.api.camunda.asking import MOST, Asked, asked, in_query
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import RestError
from app.api.engine_rest import values
from app.api.engine_rest.instances import RUNNING, variables_of
from app.web.identity import the_user
from app.web.services import services
from workflows.engine import (
    EndedTask,
    HistoryEntry,
    InstanceOrder,
    InstanceQuery,
    InstanceState,
    ProcessDefinition,
    ProcessInstance,
    TaskQuery,
    UserTask,
)
from workflows.errors import NotFound

blueprint = Blueprint("engine_rest_history", __name__, url_prefix="/engine-rest/history")

_STATES = {
    InstanceState.ACTIVE: "ACTIVE",
    InstanceState.SUSPENDED: "SUSPENDED",
    InstanceState.COMPLETED: "COMPLETED",
    InstanceState.CANCELLED: "EXTERNALLY_TERMINATED",
    InstanceState.FAILED: "INTERNALLY_TERMINATED",
}
_CHOICES = {
    "finished": (InstanceState.COMPLETED, InstanceState.CANCELLED, InstanceState.FAILED),
    "unfinished": RUNNING,
    "active": (InstanceState.ACTIVE,),
    "suspended": (InstanceState.SUSPENDED,),
    "completed": (InstanceState.COMPLETED,),
    "externallyTerminated": (InstanceState.CANCELLED,),
    "internallyTerminated": (InstanceState.FAILED,),
}
_ORDERS = {
    "instanceId": InstanceOrder.STARTED,
    "definitionId": InstanceOrder.DEFINITION_ID,
    "definitionKey": InstanceOrder.PROCESS_ID,
    "businessKey": InstanceOrder.BUSINESS_KEY,
    "startTime": InstanceOrder.STARTED,
    "endTime": InstanceOrder.ENDED,
}
_UNKNOWN = (
    "processDefinitionName", "processInstanceBusinessKeyLike", "subProcessInstanceId", "finishedBefore",
    "finishedAfter", "tenantIdIn", "executedActivityIdIn", "activeActivityIdIn", "incidentType", "incidentMessage",
    "orQueries",
)  # fmt: skip


@blueprint.get("/process-instance")
@blueprint.post("/process-instance")
@reads
def instances() -> ResponseReturnValue:
    """List instances, running and ended."""
    wanted, engine = asked(), services().engine
    found = _named(wanted) if _ids(wanted) else engine.instances(_query(wanted))
    known = {each: engine.definition(each) for each in {each.definition_id for each in found}}
    return jsonify([_instance_json(each, known[each.definition_id]) for each in found])


@blueprint.get("/process-instance/count")
@blueprint.post("/process-instance/count")
@reads
def count() -> ResponseReturnValue:
    """Count instances, running and ended."""
    wanted = asked()
    counted = len(_named(wanted)) if _ids(wanted) else services().engine.count_instances(_query(wanted))
    return jsonify({"count": counted})


@blueprint.get("/process-instance/<instance_id>")
@reads
def instance(instance_id: str) -> ResponseReturnValue:
    """Read an instance, running or ended."""
    engine = services().engine
    found = engine.instance(instance_id)
    return jsonify(_instance_json(found, engine.definition(found.definition_id)))


@blueprint.delete("/process-instance/<instance_id>")
@runs
def delete(instance_id: str) -> ResponseReturnValue:
    """Remove an ended instance with its history."""
    services().engine.delete(instance_id, reason="deleted by a client of the REST", by=the_user().id)
    return "", 204


@blueprint.get("/activity-instance")
@blueprint.post("/activity-instance")
@reads
def activities() -> ResponseReturnValue:
    """List what one instance has done."""
    wanted = asked()
    found = _of_instance(wanted)
    entries = [entry for entry in services().engine.history(found.id) if _is_wanted(entry, wanted)]
    tasks = {task.activity_id: task for task, _ in _tasks_of(found.id)}
    return jsonify([_entry_json(found, entry, tasks.get(entry.id)) for entry in _page(wanted, entries)])


@blueprint.get("/task")
@blueprint.post("/task")
@reads
def tasks() -> ResponseReturnValue:
    """List the user tasks of one instance, open and done."""
    wanted = asked()
    found = _of_instance(wanted)
    rows = [
        _task_json(found, task, ended)
        for task, ended in _tasks_of(found.id)
        if all(wanted.text(name) in {None, value} for name, value in _criteria(task)) and _is_finished(ended, wanted)
    ]
    return jsonify(_page(wanted, rows))


@blueprint.get("/variable-instance")
@blueprint.post("/variable-instance")
@reads
def variables() -> ResponseReturnValue:
    """List the variables of one instance, as they are now or were at its end."""
    wanted = asked()
    found = _of_instance(wanted)
    name, deserialize = wanted.text("variableName"), in_query().flag("deserializeValues", default=True)
    kept = services().engine.variables(found.id)
    rows = [
        {
            **_place(found),
            "id": f"{found.id}:{each}",
            "name": each,
            **values.read_one(value, deserialize=deserialize),
            "activityInstanceId": found.id,
            "state": "CREATED",
            "createTime": times.written(found.started_at),
            "errorMessage": None,
        }
        for each, value in kept.items()
        if name in {None, each}
    ]
    return jsonify(_page(wanted, rows))


def _ids(wanted: Asked) -> tuple[str, ...]:
    instance_id = wanted.text("processInstanceId")
    return (instance_id,) if instance_id else wanted.texts("processInstanceIds")


def _named(wanted: Asked) -> list[ProcessInstance]:
    """Return the instances that are named; a list leaves out what is not there."""
    query, found = _query(wanted), []
    for each in dict.fromkeys(_ids(wanted)):
        with suppress(NotFound):
            found.append(services().engine.instance(each))
    chosen = [each for each in found if each.state in query.states and query.process_id in {None, each.process_id}]
    return chosen[query.offset : query.offset + query.limit]


def _query(wanted: Asked) -> InstanceQuery:
    wanted.refuse(*_UNKNOWN)
    order, descending = wanted.order(_ORDERS, InstanceOrder.STARTED, descending=False)
    offset, limit = wanted.page()
    return InstanceQuery(
        process_id=wanted.text("processDefinitionKey"),
        definition_id=wanted.text("processDefinitionId"),
        business_key=wanted.text("processInstanceBusinessKey") or wanted.text("businessKey"),
        parent_id=wanted.text("superProcessInstanceId"),
        states=_states(wanted),
        started_by=wanted.text("startedBy"),
        started_before=wanted.time("startedBefore"),
        started_after=wanted.time("startedAfter"),
        variables=variables_of(wanted),
        with_incidents=wanted.flag("withIncidents"),
        order=order,
        descending=descending,
        offset=offset,
        limit=limit,
    )


def _states(wanted: Asked) -> tuple[InstanceState, ...]:
    chosen = [frozenset(states) for name, states in _CHOICES.items() if wanted.flag(name)]
    left = frozenset(InstanceState).intersection(*chosen)
    if not left:
        raise RestError(400, "No instance is in all of these states at once.")
    return tuple(state for state in InstanceState if state in left)


def _of_instance(wanted: Asked) -> ProcessInstance:
    task_id = wanted.text("taskId") or ""
    return services().engine.instance(task_id.partition(":")[0] or wanted.required("processInstanceId"))


def _page(wanted: Asked, rows: list[Any]) -> list[Any]:
    first, most = wanted.page()
    return rows[first : first + most]


def _is_wanted(entry: HistoryEntry, wanted: Asked) -> bool:
    element, kind = wanted.text("activityId"), wanted.text("activityType")
    return element in {None, entry.element_id} and kind in {None, entry.type} and _is_finished(entry.ended_at, wanted)


def _is_finished(ended: object, wanted: Asked) -> bool:
    if wanted.flag("finished") and ended is None:
        return False
    return not (wanted.flag("unfinished") and ended is not None)


def _tasks_of(instance_id: str) -> list[tuple[UserTask, EndedTask | None]]:
    """Return the user tasks of an instance, and of those that are not open what became of them."""
    engine = services().engine
    ended = [(each.task, each) for each in engine.ended_tasks(instance_id)]
    return [*ended, *((task, None) for task in engine.tasks(TaskQuery(instance_id=instance_id, limit=MOST)))]


def _criteria(task: UserTask) -> tuple[tuple[str, str | None], ...]:
    """Return by what history tasks are chosen, with what this one has."""
    return (
        ("taskId", task.id),
        ("taskDefinitionKey", task.element_id),
        ("taskName", task.name),
        ("taskAssignee", task.assignee),
    )


def _instance_json(instance: ProcessInstance, definition: ProcessDefinition) -> dict[str, Any]:
    return {
        "id": instance.id,
        "businessKey": instance.business_key,
        **_place(instance),
        "processDefinitionName": definition.name or None,
        "processDefinitionVersion": instance.version,
        **_span(instance.started_at, instance.ended_at),
        "removalTime": None,
        "startUserId": instance.started_by,
        "startActivityId": None,
        "deleteReason": None,
        "superProcessInstanceId": instance.parent_id,
        "superCaseInstanceId": None,
        "state": _STATES[instance.state],
    }


def _entry_json(instance: ProcessInstance, entry: HistoryEntry, task: UserTask | None) -> dict[str, Any]:
    return {
        **_place(instance),
        "id": entry.id,
        "parentActivityInstanceId": entry.parent_id or instance.id,
        "activityId": entry.element_id,
        "activityName": entry.name or None,
        "activityType": entry.type,
        "taskId": None if task is None else task.id,
        "assignee": None if task is None else task.assignee,
        "calledProcessInstanceId": None,
        "calledCaseInstanceId": None,
        **_span(entry.started_at, entry.ended_at),
        "canceled": entry.outcome == "cancelled",
        "completeScope": False,
        "removalTime": None,
    }


def _task_json(instance: ProcessInstance, task: UserTask, ended: EndedTask | None) -> dict[str, Any]:
    reason = {"completed": "completed", "withdrawn": "deleted"}
    return {
        **_place(instance),
        **dict.fromkeys(("owner", "parentTaskId", "description", "removalTime")),
        "id": task.id,
        "activityInstanceId": task.activity_id,
        "taskDefinitionKey": task.element_id,
        "name": task.name or None,
        "assignee": task.assignee,
        "due": times.written_if(task.due),
        "followUp": times.written_if(task.follow_up),
        "priority": task.priority,
        "taskState": "Created" if ended is None else ended.outcome.capitalize(),
        "deleteReason": None if ended is None else reason[ended.outcome],
        **_span(task.created_at, None if ended is None else ended.ended_at),
    }


def _place(instance: ProcessInstance) -> dict[str, Any]:
    return {
        "processInstanceId": instance.id,
        "processDefinitionId": instance.definition_id,
        "processDefinitionKey": instance.process_id,
        "executionId": instance.id,
        "rootProcessInstanceId": instance.id,
        "caseInstanceId": None,
        "caseExecutionId": None,
        "caseDefinitionId": None,
        "caseDefinitionKey": None,
        "taskId": None,
        "tenantId": None,
    }


def _span(started_at: datetime, ended_at: datetime | None) -> dict[str, Any]:
    lasted = None if ended_at is None else round((ended_at - started_at).total_seconds() * 1000)
    return {
        "startTime": times.written(started_at),
        "endTime": times.written_if(ended_at),
        "durationInMillis": lasted,
        "duration": lasted,
    }
