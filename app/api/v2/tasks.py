"""User tasks: found, assigned, completed."""

from typing import TypedDict

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import MOST, in_body
from app.api.camunda.marks import reads, runs
from app.api.v2.searching import search
from app.api.v2.shapes import TENANT, written, written_if
from app.web.identity import the_user
from app.web.services import services
from workflows.engine import EndedTask, TaskQuery, UserTask

blueprint = Blueprint("v2_tasks", __name__, url_prefix="/v2/user-tasks")

_ALSO = {"candidateGroup": "candidateGroups", "candidateUser": "candidateUsers"}


class TaskItem(TypedDict):
    """A user task as Camunda 8 shows it."""

    userTaskKey: str
    name: str
    state: str
    assignee: str | None
    elementId: str
    elementInstanceKey: str
    candidateGroups: list[str]
    candidateUsers: list[str]
    processDefinitionId: str
    processDefinitionKey: str
    processInstanceKey: str
    externalFormReference: str | None
    creationDate: str
    completionDate: str | None
    followUpDate: str | None
    dueDate: str | None
    priority: int
    customHeaders: dict[str, str]
    tenantId: str


@blueprint.post("/search")
@reads
def listing() -> ResponseReturnValue:
    """Find open tasks, and those of one instance that were done or withdrawn."""
    wanted, engine = search(TaskItem, _ALSO), services().engine
    query = TaskQuery(
        instance_id=wanted.text("processInstanceKey"),
        assignee=wanted.text("assignee"),
        process_id=wanted.text("processDefinitionId"),
        definition_id=wanted.text("processDefinitionKey"),
        element_id=wanted.text("elementId"),
        limit=MOST,
    )
    ended = [] if query.instance_id is None else engine.ended_tasks(query.instance_id)
    return wanted.answer([*map(_ended, ended), *(_shown(each) for each in engine.tasks(query))])


@blueprint.get("/<task_id>")
@reads
def show(task_id: str) -> ResponseReturnValue:
    """Read one task, open or not."""
    engine = services().engine
    for each in engine.ended_tasks(task_id.partition(":")[0]):
        if each.task.id == task_id:
            return jsonify(_ended(each))
    return jsonify(_shown(engine.task(task_id)))


@blueprint.post("/<task_id>/assignment")
@runs
def assign(task_id: str) -> ResponseReturnValue:
    """Give a task to somebody; without `allowOverride` only one that nobody has."""
    body, engine = in_body(), services().engine
    assignee = body.required("assignee")
    if body.flag("allowOverride", default=True):
        engine.assign(task_id, assignee, by=the_user().id)
    else:
        engine.claim(task_id, assignee)
    return Response(status=204)


@blueprint.delete("/<task_id>/assignee")
@runs
def unassign(task_id: str) -> ResponseReturnValue:
    """Take a task from whoever has it."""
    services().engine.unclaim(task_id, by=the_user().id)
    return Response(status=204)


@blueprint.post("/<task_id>/completion")
@runs
def complete(task_id: str) -> ResponseReturnValue:
    """Complete a task with variables, whatever its form says."""
    services().engine.complete(task_id, in_body().object("variables").members, by=the_user().id)
    return Response(status=204)


def _ended(ended: EndedTask) -> TaskItem:
    return {
        **_shown(ended.task),
        "state": "COMPLETED" if ended.outcome == "completed" else "CANCELED",
        "completionDate": written(ended.ended_at),
    }


def _shown(task: UserTask) -> TaskItem:
    return {
        "userTaskKey": task.id,
        "name": task.name,
        "state": "CREATED",
        "assignee": task.assignee,
        "elementId": task.element_id,
        "elementInstanceKey": task.activity_id or task.id,
        "candidateGroups": list(task.candidate_groups),
        "candidateUsers": list(task.candidate_users),
        "processDefinitionId": task.process_id,
        "processDefinitionKey": task.definition_id,
        "processInstanceKey": task.instance_id,
        "externalFormReference": task.form_key,
        "creationDate": written(task.created_at),
        "completionDate": None,
        "followUpDate": written_if(task.follow_up),
        "dueDate": written_if(task.due),
        "priority": task.priority,
        "customHeaders": {},
        "tenantId": TENANT,
    }
