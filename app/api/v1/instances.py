"""Process instances: starting, reading, listing, cancelling them."""

from dataclasses import asdict
from typing import Any

from flask import abort, url_for
from flask_smorest import Blueprint
from marshmallow import RAISE

from app.api.v1.schemas import (
    CancelSchema,
    InstanceQuerySchema,
    InstanceSchema,
    InstancesSchema,
    StartSchema,
    WholeInstanceSchema,
)
from app.clinic.models import Role, Scope
from app.web.access import only
from app.web.identity import the_user
from app.web.services import services
from app.web.starters import may_start
from workflows.engine import InstanceQuery, ProcessInstance, TaskQuery, UserTask

blueprint = Blueprint("v1_instances", __name__, description="Running processes, and those that have ended.")


@blueprint.route("/process-instances", methods=["POST"])
@only(Role.ADMINISTRATOR, scope=Scope.RUN_PROCESSES)
@blueprint.arguments(StartSchema)
@blueprint.response(201, InstanceSchema)
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


@blueprint.route("/process-instances")
@only(Role.ADMINISTRATOR, scope=Scope.READ_PROCESSES)
@blueprint.arguments(InstanceQuerySchema, location="query", unknown=RAISE)
@blueprint.response(200, InstancesSchema)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """List instances, newest first."""
    query = InstanceQuery(
        process_id=asked["process_id"],
        business_key=asked["business_key"],
        states=(asked["state"],) if asked["state"] else (),
        limit=asked["limit"],
    )
    return {"items": services().engine.instances(query)}


@blueprint.route("/process-instances/<instance_id>")
@only(Role.ADMINISTRATOR, scope=Scope.READ_PROCESSES)
@blueprint.response(200, WholeInstanceSchema)
def show(instance_id: str) -> dict[str, Any]:
    """Read an instance with its variables, its open incidents, and the user tasks that it waits for."""
    engine = services().engine
    instance = engine.instance(instance_id)
    return {
        **asdict(instance),
        "variables": engine.variables(instance_id),
        "open_incidents": engine.incidents(instance_id),
        "tasks": [_linked(task) for task in engine.tasks(TaskQuery(instance_id=instance_id))],
    }


@blueprint.route("/process-instances/<instance_id>", methods=["DELETE"])
@only(Role.ADMINISTRATOR, scope=Scope.RUN_PROCESSES)
@blueprint.arguments(CancelSchema, location="query", unknown=RAISE)
@blueprint.response(204)
def cancel(asked: dict[str, Any], instance_id: str) -> None:
    """End a running instance without finishing it."""
    services().engine.cancel(instance_id, reason=asked["reason"], by=the_user().id)


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
