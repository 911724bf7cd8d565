"""Open user tasks: found, claimed, filled, completed."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda import times
from app.api.camunda.asking import Asked, asked, in_body, in_query
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import RestError
from app.api.engine_rest import forms, values
from app.api.engine_rest.variables import deserialized, modifications, one_of, raw, set_variables
from app.web.identity import the_user
from app.web.services import services
from workflows.diagrams.forms import accept
from workflows.engine import TaskOrder, TaskQuery, UserTask, literally
from workflows.errors import Conflict, NotFound
from workflows.values import Variables

blueprint = Blueprint("engine_rest_tasks", __name__, url_prefix="/engine-rest/task")

_ORDERS = {
    "id": TaskOrder.CREATED,
    "created": TaskOrder.CREATED,
    "dueDate": TaskOrder.DUE,
    "followUpDate": TaskOrder.FOLLOW_UP,
    "priority": TaskOrder.PRIORITY,
    "name": TaskOrder.NAME,
    "nameCaseInsensitive": TaskOrder.NAME,
    "assignee": TaskOrder.ASSIGNEE,
}
_UNKNOWN = (
    "assigneeLike", "owner", "priority", "maxPriority", "minPriority", "delegationState", "parentTaskId",
    "taskVariables", "processVariables", "caseInstanceVariables", "followUpBefore", "followUpAfter", "followUpDate",
    "dueDate", "createdOn", "tenantIdIn", "caseInstanceId", "involvedUser", "orQueries", "suspended",
)  # fmt: skip


@blueprint.get("")
@blueprint.post("")
@reads
def listing() -> ResponseReturnValue:
    """List open tasks."""
    wanted = asked()
    task_id = wanted.text("taskId")
    if task_id:
        return jsonify([task_json(each) for each in _named(task_id)])
    return jsonify([task_json(each) for each in services().engine.tasks(_query(wanted))])


@blueprint.get("/count")
@blueprint.post("/count")
@reads
def count() -> ResponseReturnValue:
    """Count open tasks."""
    return jsonify({"count": services().engine.count_tasks(_query(asked()))})


@blueprint.get("/<task_id>")
@reads
def show(task_id: str) -> ResponseReturnValue:
    """Read one task."""
    return jsonify(task_json(_task(task_id)))


@blueprint.post("/<task_id>/claim")
@runs
def claim(task_id: str) -> ResponseReturnValue:
    """Give an unassigned task to somebody."""
    user, task = in_body().required("userId"), _task(task_id)
    try:
        services().engine.claim(task.id, user)
    except Conflict as error:
        said = f"Task '{task.id}' is already claimed by someone else."
        raise RestError(400, said, "TaskAlreadyClaimedException") from error
    return "", 204


@blueprint.post("/<task_id>/unclaim")
@runs
def unclaim(task_id: str) -> ResponseReturnValue:
    """Take a task from whoever has it."""
    services().engine.unclaim(_task(task_id).id, by=the_user().id)
    return "", 204


@blueprint.post("/<task_id>/assignee")
@runs
def assign(task_id: str) -> ResponseReturnValue:
    """Give a task to somebody, whoever had it before, or to nobody."""
    user, task, engine = in_body().text("userId"), _task(task_id), services().engine
    if user:
        engine.assign(task.id, user, by=the_user().id)
    else:
        engine.unclaim(task.id, by=the_user().id)
    return "", 204


@blueprint.post("/<task_id>/complete")
@runs
def complete(task_id: str) -> ResponseReturnValue:
    """Complete a task with variables, whatever its form says."""
    body = in_body()
    return _completed(_task(task_id), body, values.written(body.members.get("variables")))


@blueprint.post("/<task_id>/submit-form")
@runs
def submit_form(task_id: str) -> ResponseReturnValue:
    """Complete a task with what its form accepts."""
    body, task, engine = in_body(), _task(task_id), services().engine
    given = values.written(body.members.get("variables"))
    if task.form is not None:
        given = forms.accepted(accept(task.form, given, engine.task_variables(task.id), services().now()))
    return _completed(task, body, given)


@blueprint.post("/<task_id>/bpmnError")
@runs
def throw_error(task_id: str) -> ResponseReturnValue:
    """End a task with a BPMN error."""
    body, task = in_body(), _task(task_id)
    code, message = body.required("errorCode"), body.text("errorMessage") or ""
    given = values.written(body.members.get("variables"))
    services().engine.throw_task_error(task.id, code, message, given, by=the_user().id)
    return "", 204


@blueprint.post("/<task_id>/bpmnEscalation")
@runs
def escalate(task_id: str) -> ResponseReturnValue:
    """Raise an escalation from a task."""
    body, task = in_body(), _task(task_id)
    given = values.written(body.members.get("variables"))
    services().engine.escalate_task(task.id, body.required("escalationCode"), given, by=the_user().id)
    return "", 204


@blueprint.get("/<task_id>/form")
@reads
def form(task_id: str) -> ResponseReturnValue:
    """Say which form a task has."""
    task = _task(task_id)
    if task.form is None and task.form_key is None:
        raise RestError(400, f"The task {task.id} has no form.")
    return jsonify(forms.reference(task.definition_id, task.form, f"task/{task.id}", task.form_key))


@blueprint.get("/<task_id>/form-variables")
@reads
def form_variables(task_id: str) -> ResponseReturnValue:
    """Return the fields of a task's form, and the variables that the task sees."""
    task = _task(task_id)
    known = services().engine.task_variables(task.id)
    return jsonify(forms.variables(task.form, known, in_query().texts("variableNames")))


@blueprint.get("/<task_id>/rendered-form")
@reads
def rendered_form(task_id: str) -> ResponseReturnValue:
    """Return a task's form as HTML."""
    task = _task(task_id)
    return forms.rendered(task.form, services().engine.task_variables(task.id))


@blueprint.get("/<task_id>/deployed-form")
@reads
def deployed_form(task_id: str) -> ResponseReturnValue:
    """Return the file of a task's form."""
    task = _task(task_id)
    return forms.deployed(task.definition_id, task.form)


@blueprint.get("/<task_id>/identity-links")
@reads
def identity_links(task_id: str) -> ResponseReturnValue:
    """List who has a task, and to whom it is offered."""
    task = _task(task_id)
    links = [(task.assignee, None, "assignee")] if task.assignee else []
    links += [(user, None, "candidate") for user in task.candidate_users]
    groups = [{"userId": None, "groupId": group, "type": "candidate"} for group in task.candidate_groups]
    return jsonify([{"userId": user, "groupId": None, "type": kind} for user, _, kind in links] + groups)


@blueprint.get("/<task_id>/variables")
@reads
def variables(task_id: str) -> ResponseReturnValue:
    """Return the variables that a task sees."""
    found = services().engine.task_variables(_task(task_id).id)
    return jsonify(values.read(found, deserialize=deserialized("deserializeValues")))


@blueprint.post("/<task_id>/variables")
@runs
def change_variables(task_id: str) -> ResponseReturnValue:
    """Set variables where the task sees them."""
    task = _task(task_id)
    set_variables(task.instance_id, modifications(), task.id)
    return "", 204


@blueprint.post("/<task_id>/localVariables")
@runs
def change_local_variables(task_id: str) -> ResponseReturnValue:
    """Set variables of a task alone."""
    task = _task(task_id)
    set_variables(task.instance_id, modifications(), task.id, local=True)
    return "", 204


@blueprint.get("/<task_id>/variables/<name>")
@reads
def variable(task_id: str, name: str) -> ResponseReturnValue:
    """Return one variable that a task sees."""
    value = one_of(services().engine.task_variables(_task(task_id).id), name)
    return jsonify(values.read_one(value, deserialize=deserialized("deserializeValue")))


@blueprint.get("/<task_id>/variables/<name>/data")
@reads
def variable_data(task_id: str, name: str) -> ResponseReturnValue:
    """Return the bytes of a variable that a task sees."""
    return raw(one_of(services().engine.task_variables(_task(task_id).id), name))


@blueprint.put("/<task_id>/variables/<name>")
@runs
def put_variable(task_id: str, name: str) -> ResponseReturnValue:
    """Set one variable where the task sees it."""
    task = _task(task_id)
    set_variables(task.instance_id, {name: values.written_one(name, dict(in_body().members))}, task.id)
    return "", 204


def task_json(task: UserTask) -> dict[str, Any]:
    """Return a task as Camunda's clients read it."""
    return {
        "id": task.id,
        "name": task.name,
        "assignee": task.assignee,
        "created": times.written(task.created_at),
        "due": times.written_if(task.due),
        "followUp": times.written_if(task.follow_up),
        "lastUpdated": None,
        "delegationState": None,
        "description": None,
        "executionId": task.instance_id,
        "owner": None,
        "parentTaskId": None,
        "priority": task.priority,
        "processDefinitionId": task.definition_id,
        "processInstanceId": task.instance_id,
        "taskDefinitionKey": task.element_id,
        "caseExecutionId": None,
        "caseInstanceId": None,
        "caseDefinitionId": None,
        "suspended": task.suspended,
        "formKey": task.form_key,
        "camundaFormRef": None,
        "tenantId": None,
        "taskState": "Created",
    }


def _task(task_id: str) -> UserTask:
    try:
        return services().engine.task(task_id)
    except NotFound:
        raise RestError(404, f"No matching task with id {task_id}") from None


def _named(task_id: str) -> list[UserTask]:
    try:
        return [_task(task_id)]
    except RestError:
        return []


def _completed(task: UserTask, body: Asked, given: Variables) -> ResponseReturnValue:
    engine, wanted = services().engine, body.flag("withVariablesInReturn")
    engine.complete(task.id, given, by=the_user().id)
    return jsonify(values.read(engine.variables(task.instance_id))) if wanted else ("", 204)


def _query(wanted: Asked) -> TaskQuery:
    wanted.refuse(*_UNKNOWN)
    order, descending = wanted.order(_ORDERS, TaskOrder.CREATED, descending=False)
    offset, limit = wanted.page()
    name, group = wanted.text("name"), wanted.text("candidateGroup")
    groups = (*wanted.texts("candidateGroups"), *([group] if group else []))
    candidate = wanted.text("candidateUser")
    query = TaskQuery(
        instance_id=wanted.text("processInstanceId"),
        assignee=wanted.text("assignee"),
        assignees=wanted.texts("assigneeIn"),
        candidate_user=candidate,
        candidate_groups=groups,
        process_id=wanted.text("processDefinitionKey"),
        definition_id=wanted.text("processDefinitionId"),
        element_id=wanted.text("taskDefinitionKey"),
        business_key=wanted.text("processInstanceBusinessKey"),
        name_like=literally(name) if name else wanted.text("nameLike"),
        due_before=wanted.time("dueBefore"),
        due_after=wanted.time("dueAfter"),
        created_before=wanted.time("createdBefore"),
        created_after=wanted.time("createdAfter"),
        assigned=wanted.flag("assigned"),
        unassigned=wanted.flag("unassigned"),
        order=order,
        descending=descending,
        offset=offset,
        limit=limit,
    )
    if (groups or candidate) and not wanted.flag("includeAssignedTasks"):
        return replace(query, unassigned=True)  # whoever has a task is no candidate any more
    return query
