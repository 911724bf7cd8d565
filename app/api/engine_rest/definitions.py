"""Process definitions: listed, read, and started by id or by key, which is the id of the process."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import Asked, in_body, in_query
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import RestError
from app.api.engine_rest import forms, values
from app.api.engine_rest.instances import instance_json, started_before
from app.web.identity import the_user
from app.web.services import services
from app.web.starters import may_start
from workflows.diagrams.forms import Form, accept
from workflows.engine import DefinitionOrder, DefinitionQuery, ProcessDefinition, literally
from workflows.values import Variables

blueprint = Blueprint("engine_rest_definitions", __name__, url_prefix="/engine-rest/process-definition")

_ORDERS = {
    "key": DefinitionOrder.PROCESS_ID,
    "id": DefinitionOrder.PROCESS_ID,
    "name": DefinitionOrder.NAME,
    "version": DefinitionOrder.VERSION,
    "deploymentId": DefinitionOrder.DEPLOYMENT,
    "deployTime": DefinitionOrder.DEPLOYMENT,
}


@blueprint.get("")
@reads
def listing() -> ResponseReturnValue:
    """List definitions."""
    asked, engine = in_query(), services().engine
    definition_id = asked.text("processDefinitionId")
    found = engine.find_definitions(_query(asked))
    return jsonify([definition_json(each) for each in found if definition_id in {None, each.id}])


@blueprint.get("/count")
@reads
def count() -> ResponseReturnValue:
    """Count definitions."""
    return jsonify({"count": services().engine.count_definitions(_query(in_query()))})


@blueprint.get("/<definition_id>")
@blueprint.get("/key/<key>")
@reads
def show(definition_id: str = "", key: str = "") -> ResponseReturnValue:
    """Read one definition."""
    return jsonify(definition_json(_definition(definition_id, key)))


@blueprint.get("/<definition_id>/xml")
@blueprint.get("/key/<key>/xml")
@reads
def xml(definition_id: str = "", key: str = "") -> ResponseReturnValue:
    """Read the diagram."""
    definition = _definition(definition_id, key)
    content = services().engine.diagram(definition.id).content
    return jsonify({"id": definition.id, "bpmn20Xml": content.decode("utf-8-sig", "replace")})


@blueprint.get("/<definition_id>/startForm")
@blueprint.get("/key/<key>/startForm")
@reads
def start_form(definition_id: str = "", key: str = "") -> ResponseReturnValue:
    """Say which form begins an instance."""
    definition = _definition(definition_id, key)
    return jsonify(forms.reference(definition.id, _form(definition), f"process-definition/{definition.id}"))


@blueprint.get("/<definition_id>/form-variables")
@blueprint.get("/key/<key>/form-variables")
@reads
def form_variables(definition_id: str = "", key: str = "") -> ResponseReturnValue:
    """Return the fields of the start form with their defaults."""
    return jsonify(forms.variables(_form(_definition(definition_id, key)), {}))


@blueprint.get("/<definition_id>/rendered-form")
@blueprint.get("/key/<key>/rendered-form")
@reads
def rendered_form(definition_id: str = "", key: str = "") -> ResponseReturnValue:
    """Return the start form as HTML."""
    return forms.rendered(_form(_definition(definition_id, key)), {})


@blueprint.get("/<definition_id>/deployed-start-form")
@blueprint.get("/key/<key>/deployed-start-form")
@reads
def deployed_form(definition_id: str = "", key: str = "") -> ResponseReturnValue:
    """Return the start form's file, if it has one."""
    definition = _definition(definition_id, key)
    return forms.deployed(definition.id, _form(definition))


@blueprint.post("/<definition_id>/start")
@blueprint.post("/key/<key>/start")
@runs
def start(definition_id: str = "", key: str = "") -> ResponseReturnValue:
    """Start an instance, at its start or before some activities."""
    asked = in_body()
    given = values.written(asked.members.get("variables"))
    elements, more = started_before(asked.objects("startInstructions"))
    return _started(_definition(definition_id, key), asked, given | more, elements)


@blueprint.post("/<definition_id>/submit-form")
@blueprint.post("/key/<key>/submit-form")
@runs
def submit_form(definition_id: str = "", key: str = "") -> ResponseReturnValue:
    """Start an instance with what its start form accepts."""
    asked, definition = in_body(), _definition(definition_id, key)
    given = values.written(asked.members.get("variables"))
    form = _form(definition)
    if form is not None:
        given = forms.accepted(accept(form, given, {}, services().now()))
    return _started(definition, asked, given)


def definition_json(definition: ProcessDefinition) -> dict[str, Any]:
    """Return a definition as Camunda's clients read it."""
    return {
        "id": definition.id,
        "key": definition.process_id,
        "category": None,
        "description": None,
        "name": definition.name or None,
        "version": definition.version,
        "resource": definition.resource_name,
        "deploymentId": definition.deployment_id,
        "diagram": None,
        "suspended": False,
        "tenantId": None,
        "versionTag": definition.version_tag,
        "historyTimeToLive": definition.history_time_to_live,
        "startableInTasklist": definition.startable,
    }


def _started(
    definition: ProcessDefinition, asked: Asked, given: Variables, elements: Sequence[str] = ()
) -> ResponseReturnValue:
    engine, user, key = services().engine, the_user(), asked.text("businessKey")
    if not may_start(definition, user):
        raise RestError(403, f"The process {definition.process_id} is not for you to start.", "AuthorizationException")
    with_variables = asked.flag("withVariablesInReturn")
    instance = engine.start(
        definition.process_id, given, business_key=key or None, version=definition.version, by=user.id, at=elements
    )
    shown = instance_json(instance)
    if with_variables:
        shown["variables"] = values.read(engine.variables(instance.id))
    return jsonify(shown)


def _definition(definition_id: str, key: str) -> ProcessDefinition:
    """Return the definition that an address names, the newest version of a key."""
    engine = services().engine
    if definition_id:
        return engine.definition(definition_id)
    found = engine.definitions(key)
    if not found:
        raise RestError(404, f"No matching process definition with key: {key} and no tenant-id", "RestException")
    return found[0]


def _form(definition: ProcessDefinition) -> Form | None:
    return services().engine.start_form(definition.process_id, version=definition.version)


def _query(asked: Asked) -> DefinitionQuery:
    asked.refuse("category", "categoryLike", "tenantIdIn", "resourceName", "resourceNameLike", "startableBy")
    if asked.flag("suspended"):
        raise RestError(400, "Definitions are never suspended here: suspend instances.")
    name, tag, keys = asked.text("name"), asked.text("versionTag"), asked.texts("keysIn")
    if len(keys) > 1:
        raise RestError(400, "Definitions are found by one key: use key, or keyLike.")
    order, descending = asked.order(_ORDERS, DefinitionOrder.PROCESS_ID, descending=False)
    offset, limit = asked.page()
    return DefinitionQuery(
        process_id=asked.text("key") or (keys[0] if keys else None),
        process_id_like=asked.text("keyLike"),
        name_like=literally(name) if name else asked.text("nameLike"),
        version=asked.number("version"),
        version_tag_like=literally(tag) if tag else asked.text("versionTagLike"),
        deployment_id=asked.text("deploymentId"),
        latest=asked.flag("latestVersion") or asked.flag("latest"),
        order=order,
        descending=descending,
        offset=offset,
        limit=limit,
    )
