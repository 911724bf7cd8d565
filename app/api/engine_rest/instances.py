"""Running process instances: found, read, cancelled, suspended, modified.

Where an address asks for an instance, its id may be that of an execution: here an instance, or one of its entries.
"""

import re
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, jsonify, url_for
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import Asked, asked, in_body
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import RestError
from app.api.engine_rest import tree, values
from app.web.identity import the_user
from app.web.services import services
from workflows.engine import InstanceOrder, InstanceQuery, InstanceState, ProcessInstance
from workflows.errors import NotFound
from workflows.values import JsonValue, Variables

blueprint = Blueprint("engine_rest_instances", __name__, url_prefix="/engine-rest/process-instance")

RUNNING = (InstanceState.ACTIVE, InstanceState.SUSPENDED)
_ORDERS = {
    "instanceId": InstanceOrder.STARTED,
    "definitionKey": InstanceOrder.PROCESS_ID,
    "definitionId": InstanceOrder.DEFINITION_ID,
    "businessKey": InstanceOrder.BUSINESS_KEY,
}
_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)
_UNKNOWN = (
    "businessKeyLike", "caseInstanceId", "subProcessInstance", "superCaseInstance",
    "subCaseInstance", "tenantIdIn", "activityIdIn", "incidentId", "incidentType", "incidentMessage", "orQueries",
)  # fmt: skip


@blueprint.get("")
@blueprint.post("")
@reads
def listing() -> ResponseReturnValue:
    """List running instances."""
    wanted = asked()
    ids = wanted.texts("processInstanceIds")
    found = _named(ids) if ids else services().engine.instances(query_of(wanted))
    return jsonify([instance_json(each) for each in found])


@blueprint.get("/count")
@blueprint.post("/count")
@reads
def count() -> ResponseReturnValue:
    """Count running instances."""
    wanted = asked()
    ids = wanted.texts("processInstanceIds")
    counted = len(_named(ids)) if ids else services().engine.count_instances(query_of(wanted))
    return jsonify({"count": counted})


@blueprint.get("/<instance_id>")
@reads
def show(instance_id: str) -> ResponseReturnValue:
    """Read a running instance."""
    return jsonify(instance_json(running(instance_id)))


@blueprint.delete("/<instance_id>")
@runs
def cancel(instance_id: str) -> ResponseReturnValue:
    """End a running instance."""
    found = running(instance_id)
    services().engine.cancel(found.id, reason="deleted by a client of the REST", by=the_user().id)
    return "", 204


@blueprint.put("/<instance_id>/suspended")
@runs
def suspend(instance_id: str) -> ResponseReturnValue:
    """Hold an instance, or let it go on; what is so already stays so."""
    wanted, found, engine = in_body(), running(instance_id), services().engine
    if not wanted.has("suspended"):
        raise RestError(400, "suspended is missing: give true or false.")
    held = wanted.flag("suspended")
    if held != (found.state is InstanceState.SUSPENDED):
        (engine.suspend if held else engine.resume)(found.id, by=the_user().id)
    return "", 204


@blueprint.get("/<instance_id>/activity-instances")
@reads
def activity_instances(instance_id: str) -> ResponseReturnValue:
    """Return what runs in an instance, as a tree."""
    found, engine = running(instance_id), services().engine
    name = engine.definition(found.definition_id).name
    return jsonify(tree.activity_tree(found, name, engine.history(found.id), engine.incidents(found.id)))


@blueprint.post("/<instance_id>/modification")
@runs
def modify(instance_id: str) -> ResponseReturnValue:
    """Cancel what runs in some elements, and start at others."""
    wanted, found = in_body(), running(instance_id)
    instructions = wanted.objects("instructions")
    cancelled = [
        each.text("activityInstanceId") or each.required("activityId")
        for each in instructions
        if each.text("type") == "cancel"
    ]
    started, given = started_before([each for each in instructions if each.text("type") != "cancel"])
    if not cancelled and not started:
        raise RestError(400, "instructions is empty: a modification needs one.", "NotValidException")
    services().engine.modify(
        found.id,
        cancel=cancelled,
        start=started,
        variables=given,
        reason=wanted.text("annotation") or "",
        by=the_user().id,
    )
    return "", 204


def instance_json(instance: ProcessInstance) -> dict[str, Any]:
    """Return an instance as Camunda's clients read it."""
    href = url_for("engine_rest_instances.show", instance_id=instance.id, _external=True)
    return {
        "links": [{"method": "GET", "href": href, "rel": "self"}],
        "id": instance.id,
        "definitionId": instance.definition_id,
        "definitionKey": instance.process_id,
        "businessKey": instance.business_key,
        "caseInstanceId": None,
        "ended": instance.state not in RUNNING,
        "suspended": instance.state is InstanceState.SUSPENDED,
        "tenantId": None,
    }


def running(instance_id: str) -> ProcessInstance:
    """Return a running instance, named by its own id or that of an execution in it."""
    try:
        found = services().engine.instance(instance_id.partition(":")[0])
    except NotFound:
        found = None
    if found is None or found.state not in RUNNING:
        raise RestError(404, f"Process instance with id {instance_id} does not exist")
    return found


def query_of(wanted: Asked) -> InstanceQuery:
    """Return the query for running instances that a request asks for."""
    wanted.refuse(*_UNKNOWN)
    order, descending = wanted.order(_ORDERS, InstanceOrder.STARTED, descending=False)
    offset, limit = wanted.page()
    states: tuple[InstanceState, ...] = RUNNING
    if wanted.flag("suspended"):
        states = (InstanceState.SUSPENDED,)
    elif wanted.flag("active"):
        states = (InstanceState.ACTIVE,)
    return InstanceQuery(
        process_id=wanted.text("processDefinitionKey"),
        definition_id=wanted.text("processDefinitionId"),
        business_key=wanted.text("businessKey"),
        parent_id=wanted.text("superProcessInstance"),
        states=states,
        variables=variables_of(wanted),
        with_incidents=wanted.flag("withIncident"),
        order=order,
        descending=descending,
        offset=offset,
        limit=limit,
    )


def variables_of(wanted: Asked) -> Variables:
    """Return the variables that instances must have: `name_eq_value` in a query, objects in a body."""
    given = wanted.members.get("variables")
    if isinstance(given, str):
        return dict(_pair(text) for text in given.split(",") if text)
    found: Variables = {}
    for each in wanted.objects("variables"):
        if each.text("operator") != "eq":
            raise RestError(400, "Variables are compared by eq here.")
        value = each.members.get("value")
        if isinstance(value, list | dict):
            raise RestError(400, "Variables are compared with texts, numbers, true and false.")
        found[each.required("name")] = value
    return found


def _pair(text: str) -> tuple[str, JsonValue]:
    name, operator, value = (*text.split("_", 2), "", "")[:3]
    if not name or operator != "eq":
        raise RestError(400, f"variable query parameter '{text}' must be written as NAME_eq_VALUE here.")
    if value in {"true", "false"}:
        return name, value == "true"
    return name, int(value) if _NUMBER.fullmatch(value) else value


def _named(ids: tuple[str, ...]) -> list[ProcessInstance]:
    found = []
    for instance_id in dict.fromkeys(ids):
        try:
            found.append(running(instance_id))
        except RestError:
            continue  # a list leaves out what is not there
    return found


def started_before(instructions: Iterable[Asked]) -> tuple[list[str], Variables]:
    """Return the activities before which instructions start, and the process variables that they set."""
    started: list[str] = []
    given: Variables = {}
    for instruction in instructions:
        kind = instruction.text("type")
        if kind != "startBeforeActivity":
            raise RestError(400, f"Instructions start by startBeforeActivity here, not by '{kind}'.")
        started.append(instruction.required("activityId"))
        given |= _process_variables(instruction)
    return started, given


def _process_variables(instruction: Asked) -> Variables:
    members = instruction.object("variables").members
    if any(isinstance(value, dict) and value.get("local") for value in members.values()):
        raise RestError(400, "An instruction sets variables of the process here, not local ones.")
    return values.written(members)
