"""Process instances: starting, reading, listing, cancelling them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask import abort, url_for
from marshmallow import Schema, fields

from app.api.v1.fields import ListQuery, Sent, text, variables
from app.api.v1.operations import Operations, Window
from app.api.v1.tags import expect
from app.clinic.models import Role, Scope
from app.web.identity import the_user
from app.web.services import services
from app.web.starters import may_start
from workflows.engine import HistoryEntry, InstanceQuery, InstanceState, ProcessInstance, TaskQuery, UserTask

blueprint = Operations("v1_instances", __name__, description="Running processes, and those that have ended.")


class StartSchema(Sent):
    """Which process to start, and with what."""

    process_id = text(required=True)
    business_key = text(load_default=None, allow_none=True)
    variables = variables()


class StateQuery(ListQuery):
    """Which instances to list."""

    process_id = text(load_default=None)
    business_key = text(load_default=None)
    state = fields.Enum(InstanceState, by_value=True, load_default=None)


class CancelQuery(Sent):
    """Why an instance is cancelled."""

    reason = text(load_default="")


class InstanceSchema(Schema):
    """A process instance."""

    id = fields.String()
    process_id = fields.String()
    definition_id = fields.String()
    version = fields.Integer()
    business_key = fields.String(allow_none=True)
    state = fields.Enum(InstanceState, by_value=True)
    started_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)
    started_by = fields.String(allow_none=True)
    incidents = fields.Integer(metadata={"description": "how many are open"})


class IncidentSchema(Schema):
    """Something that failed and waits for a person."""

    id = fields.String()
    element_id = fields.String()
    kind = fields.String()
    message = fields.String()
    raised_at = fields.AwareDateTime()


class OpenTaskSchema(Schema):
    """An open user task, with the page on which people do it."""

    id = fields.String()
    element_id = fields.String()
    name = fields.String()
    created_at = fields.AwareDateTime()
    assignee = fields.String(allow_none=True)
    candidate_users = fields.List(fields.String())
    candidate_groups = fields.List(fields.String())
    link = fields.Url(metadata={"description": "the page of the task"})


class WholeInstanceSchema(InstanceSchema):
    """A process instance with what it holds and waits for."""

    variables = fields.Dict(keys=fields.String())
    open_incidents = fields.List(fields.Nested(IncidentSchema))
    tasks = fields.List(fields.Nested(OpenTaskSchema))


class ExecutionSchema(Schema):
    """One execution of an element."""

    id = fields.String()
    element_id = fields.String()
    name = fields.String()
    type = fields.String()
    started_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)
    outcome = fields.String()
    parent_id = fields.String(allow_none=True)


@blueprint.changing(
    "POST",
    "/process-instances",
    InstanceSchema,
    Role.ADMINISTRATOR,
    scope=Scope.RUN_PROCESSES,
    status=201,
    body=StartSchema,
    refusals=(404,),
)
def start(asked: dict[str, Any]) -> tuple[ProcessInstance, int, dict[str, str]]:
    """Start an instance of the newest version of a process."""
    engine, user = services().engine, the_user()
    definitions = engine.definitions(asked["process_id"])
    if not definitions:
        abort(404, f"There is no process {asked['process_id']}.")
    if not may_start(definitions[0], user):
        abort(403, f"The process {asked['process_id']} is not for you to start.")
    instance = engine.start(asked["process_id"], asked["variables"], business_key=asked["business_key"], by=user.id)
    return instance, 201, {"Location": url_for("v1_instances.show", instance_id=instance.id)}


@blueprint.listing(
    "/process-instances", InstanceSchema, Role.ADMINISTRATOR, scope=Scope.READ_PROCESSES, query=StateQuery
)
def listing(asked: dict[str, Any], window: Window) -> Sequence[ProcessInstance]:
    """List instances, newest first."""
    query = InstanceQuery(
        process_id=asked["process_id"],
        business_key=asked["business_key"],
        states=(asked["state"],) if asked["state"] else (),
        offset=window.offset,
        limit=window.take,
    )
    return services().engine.instances(query)


@blueprint.reading(
    "/process-instances/<instance_id>", WholeInstanceSchema, Role.ADMINISTRATOR, scope=Scope.READ_PROCESSES
)
def show(instance_id: str) -> dict[str, Any]:
    """Read an instance with its variables, its open incidents, and the user tasks that it waits for."""
    return _whole(instance_id)


@blueprint.listing(
    "/process-instances/<instance_id>/history", ExecutionSchema, Role.ADMINISTRATOR, scope=Scope.READ_PROCESSES
)
def history(asked: dict[str, Any], window: Window, instance_id: str) -> Sequence[HistoryEntry]:  # noqa: ARG001
    """List the elements that an instance has entered, in order."""
    services().engine.instance(instance_id)
    return window.of(services().engine.history(instance_id))


@blueprint.changing(
    "DELETE",
    "/process-instances/<instance_id>",
    None,
    Role.ADMINISTRATOR,
    scope=Scope.RUN_PROCESSES,
    status=204,
    query=CancelQuery,
    guarded=True,
    refusals=(501,),
)
def cancel(asked: dict[str, Any], instance_id: str) -> None:
    """End a running instance without finishing it."""
    expect(WholeInstanceSchema, _whole(instance_id))
    services().engine.cancel(instance_id, reason=asked["reason"], by=the_user().id)


def _whole(instance_id: str) -> dict[str, Any]:
    engine = services().engine
    return {
        **asdict(engine.instance(instance_id)),
        "variables": engine.variables(instance_id),
        "open_incidents": engine.incidents(instance_id),
        "tasks": [_linked(task) for task in engine.tasks(TaskQuery(instance_id=instance_id))],
    }


def _linked(task: UserTask) -> dict[str, Any]:
    """Return a task with the address of its page."""
    return {
        "id": task.id,
        "element_id": task.element_id,
        "name": task.name,
        "created_at": task.created_at,
        "assignee": task.assignee,
        "candidate_users": task.candidate_users,
        "candidate_groups": task.candidate_groups,
        "link": url_for("tasks.show", task_id=task.id, _external=True),
    }
