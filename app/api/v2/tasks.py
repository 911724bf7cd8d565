"""Open user tasks: found, assigned, completed."""

from typing import TypedDict

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import MOST, in_body
from app.api.camunda.marks import reads, runs
from app.api.v2.searching import search
from app.api.v2.shapes import TENANT, written, written_if
from app.web.identity import the_user
from app.web.services import services
from workflows.engine import TaskQuery, UserTask

blueprint = Blueprint("v2_tasks", __name__, url_prefix="/v2/user-tasks")

_ALSO = {"candidateGroup": "candidateGroups", "candidateUser": "candidateUsers"}


class TaskItem(TypedDict):
    """An open user task as Camunda 8 shows it."""

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
    followUpDate: str | None
    dueDate: str | None
    priority: int
    customHeaders: dict[str, str]
    tenantId: str


@blueprint.post("/search")
@reads
def listing() -> ResponseReturnValue:
    """Find open tasks."""
    wanted = search(TaskItem, _ALSO)
    query = TaskQuery(
        instance_id=wanted.text("processInstanceKey"),
        assignee=wanted.text("assignee"),
        process_id=wanted.text("processDefinitionId"),
        definition_id=wanted.text("processDefinitionKey"),
        element_id=wanted.text("elementId"),
        limit=MOST,
    )
    return wanted.answer(_shown(each) for each in services().engine.tasks(query))


@blueprint.get("/<task_id>")
@reads
def show(task_id: str) -> ResponseReturnValue:
    """Read one open task."""
    return jsonify(_shown(services().engine.task(task_id)))


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


def _shown(task: UserTask) -> TaskItem:
    return {
        "userTaskKey": task.id,
        "name": task.name,
        "state": "CREATED",
        "assignee": task.assignee,
        "elementId": task.element_id,
        "elementInstanceKey": task.id,
        "candidateGroups": list(task.candidate_groups),
        "candidateUsers": list(task.candidate_users),
        "processDefinitionId": task.process_id,
        "processDefinitionKey": task.definition_id,
        "processInstanceKey": task.instance_id,
        "externalFormReference": task.form_key,
        "creationDate": written(task.created_at),
        "followUpDate": written_if(task.follow_up),
        "dueDate": written_if(task.due),
        "priority": task.priority,
        "customHeaders": {},
        "tenantId": TENANT,
    }
