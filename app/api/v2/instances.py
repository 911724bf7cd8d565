"""Process instances: started, cancelled, found."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypedDict

from flask import Blueprint, Response, jsonify, make_response
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import MOST, Asked, in_body
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import RestError
from app.api.problems import problem
from app.api.v2.searching import Search, search
from app.api.v2.shapes import TENANT, check_tenant, definitions, written, written_if
from app.web.identity import the_user
from app.web.parking import again_when, begun_once
from app.web.services import services
from app.web.starters import may_start
from workflows.engine import InstanceQuery, InstanceState, ProcessDefinition, ProcessInstance
from workflows.errors import NotFound
from workflows.values import Variables

blueprint = Blueprint("v2_instances", __name__, url_prefix="/v2/process-instances")

_DEFAULT_WAIT = 10_000
_LONGEST_WAIT = 1_800_000
"""Milliseconds."""

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
    """Start an instance of a definition, or of the newest version of a process, at its start or at some elements.

    With `awaitCompletion` the answer comes with its variables when it has ended, or is 504 after `requestTimeout`.
    """
    asked = in_body()
    check_tenant(asked)
    if not asked.flag("awaitCompletion"):
        return _begun(services().engine.instance(_start(asked)), {})
    wait, names = asked.number("requestTimeout", 0) or _DEFAULT_WAIT, asked.texts("fetchVariables")
    instance = services().engine.instance(begun_once(lambda: _start(asked)))
    if instance.ended_at is None:
        late = f"The instance {instance.id} was started, and has not ended within {wait} ms. It goes on."
        within = timedelta(milliseconds=min(wait, _LONGEST_WAIT))
        return again_when({f"instance:{instance.id}"}, within=within, otherwise=make_response(problem(504, late)))
    if instance.state is not InstanceState.COMPLETED:
        raise RestError(409, f"The instance {instance.id} was started, and has ended without being completed.")
    known = services().engine.variables(instance.id)
    return _begun(instance, {name: value for name, value in known.items() if not names or name in names})


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


def _start(asked: Asked) -> str:
    """Start what a request asks for; return the id of the instance."""
    definition, user = _definition(asked), the_user()
    if not may_start(definition, user):
        raise RestError(403, f"The process {definition.process_id} is not for you to start.")
    instance = services().engine.start(
        definition.process_id,
        asked.object("variables").members,
        business_key=asked.text("businessId") or None,
        version=definition.version,
        by=user.id,
        at=[each.required("elementId") for each in asked.objects("startInstructions")],
        until=[_last(each) for each in asked.objects("runtimeInstructions")],
    )
    return instance.id


def _last(instruction: Asked) -> str:
    """Return the element behind which an instance is to end."""
    kind = instruction.required("type")
    if kind != "TERMINATE_PROCESS_INSTANCE":
        raise RestError(400, f"A runtime instruction has the type TERMINATE_PROCESS_INSTANCE, not {kind}.")
    return instruction.required("afterElementId")


def _begun(instance: ProcessInstance, variables: Variables) -> Response:
    return jsonify(
        processDefinitionKey=instance.definition_id,
        processDefinitionId=instance.process_id,
        processDefinitionVersion=instance.version,
        processInstanceKey=instance.id,
        businessId=instance.business_key,
        tenantId=TENANT,
        variables=variables,
        tags=[],
    )


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
