"""Process instances: started, cancelled, found."""

from collections.abc import Callable
from typing import TypedDict

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import MOST, Asked, in_body
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import RestError
from app.api.v2.searching import Search, search
from app.api.v2.shapes import TENANT, check_tenant, definitions, written, written_if
from app.web.identity import the_user
from app.web.services import services
from app.web.starters import may_start
from workflows.engine import InstanceQuery, InstanceState, ProcessDefinition, ProcessInstance
from workflows.errors import NotFound

blueprint = Blueprint("v2_instances", __name__, url_prefix="/v2/process-instances")

_STATES = {
    InstanceState.ACTIVE: "ACTIVE",
    InstanceState.SUSPENDED: "ACTIVE",
    InstanceState.COMPLETED: "COMPLETED",
    InstanceState.CANCELLED: "TERMINATED",
    InstanceState.FAILED: "TERMINATED",
}


class InstanceItem(TypedDict):
    """A process instance as Camunda 8 shows it."""

    processInstanceKey: str
    processDefinitionId: str
    processDefinitionName: str | None
    processDefinitionVersion: int
    processDefinitionVersionTag: str | None
    processDefinitionKey: str
    parentProcessInstanceKey: str | None
    startDate: str
    endDate: str | None
    state: str
    hasIncident: bool
    businessId: str | None
    tenantId: str


@blueprint.post("")
@runs
def start() -> ResponseReturnValue:
    """Start an instance of a definition, or of the newest version of a process."""
    asked, engine, user = in_body(), services().engine, the_user()
    check_tenant(asked)
    for name in ("startInstructions", "runtimeInstructions"):
        if asked.objects(name):
            raise RestError(400, f"Instances start at their start event here, and end by themselves: leave {name} out.")
    if asked.flag("awaitCompletion"):
        raise RestError(400, "Nothing waits here for the end of an instance: leave awaitCompletion out.")
    definition = _definition(asked)
    if not may_start(definition, user):
        raise RestError(403, f"The process {definition.process_id} is not for you to start.")
    variables, key = asked.object("variables").members, asked.text("businessId")
    process_id, version = definition.process_id, definition.version
    instance = engine.start(process_id, variables, business_key=key or None, version=version, by=user.id)
    return jsonify(
        processDefinitionKey=definition.id,
        processDefinitionId=process_id,
        processDefinitionVersion=version,
        processInstanceKey=instance.id,
        businessId=instance.business_key,
        tenantId=TENANT,
        variables={},
        tags=[],
    )


@blueprint.post("/<instance_id>/cancellation")
@runs
def cancel(instance_id: str) -> ResponseReturnValue:
    """End a running instance."""
    services().engine.cancel(instance_id, reason="cancelled by a client of the REST", by=the_user().id)
    return Response(status=204)


@blueprint.post("/search")
@reads
def listing() -> ResponseReturnValue:
    """Find instances, the newest first."""
    wanted, definition_of = search(InstanceItem), definitions()
    return wanted.answer(_shown(each, definition_of) for each in _found(wanted))


@blueprint.get("/<instance_id>")
@reads
def show(instance_id: str) -> ResponseReturnValue:
    """Read one instance, running or ended."""
    return jsonify(_shown(services().engine.instance(instance_id), definitions()))


def _definition(asked: Asked) -> ProcessDefinition:
    """Return the definition that a request names by its key, or by the id of its process."""
    engine, key = services().engine, asked.text("processDefinitionKey")
    if key:
        return engine.definition(key)
    process_id, version = asked.required("processDefinitionId"), asked.number("processDefinitionVersion", -1, least=-1)
    for each in engine.definitions(process_id, latest=version == -1):
        if version in {-1, each.version}:
            return each
    which = "any version" if version == -1 else f"version {version}"
    raise RestError(404, f"Expected to find a process {process_id!r} in {which}, but there is none.")


def _found(wanted: Search) -> list[ProcessInstance]:
    """Return the instances among which those searched for are."""
    engine, key = services().engine, wanted.text("processInstanceKey")
    if key is not None:
        try:
            return [engine.instance(key)]
        except NotFound:
            return []
    state = wanted.text("state")
    return engine.instances(
        InstanceQuery(
            process_id=wanted.text("processDefinitionId"),
            definition_id=wanted.text("processDefinitionKey"),
            parent_id=wanted.text("parentProcessInstanceKey"),
            business_key=wanted.text("businessId"),
            states=tuple(each for each, name in _STATES.items() if state == name),
            limit=MOST,
        )
    )


def _shown(instance: ProcessInstance, definition_of: Callable[[str], ProcessDefinition]) -> InstanceItem:
    definition = definition_of(instance.definition_id)
    return {
        "processInstanceKey": instance.id,
        "processDefinitionId": instance.process_id,
        "processDefinitionName": definition.name or None,
        "processDefinitionVersion": instance.version,
        "processDefinitionVersionTag": definition.version_tag,
        "processDefinitionKey": instance.definition_id,
        "parentProcessInstanceKey": instance.parent_id,
        "startDate": written(instance.started_at),
        "endDate": written_if(instance.ended_at),
        "state": _STATES[instance.state],
        "hasIncident": instance.incidents > 0,
        "businessId": instance.business_key,
        "tenantId": TENANT,
    }
