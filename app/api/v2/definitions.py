"""Process definitions: found, and read with their diagrams."""

from typing import TypedDict

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import MOST, in_body
from app.api.camunda.marks import reads
from app.api.v2.searching import search
from app.api.v2.shapes import TENANT
from app.web.services import services
from workflows.engine import DefinitionQuery, ProcessDefinition

blueprint = Blueprint("v2_definitions", __name__, url_prefix="/v2/process-definitions")


class DefinitionItem(TypedDict):
    """A process definition as Camunda 8 shows it."""

    processDefinitionKey: str
    processDefinitionId: str
    name: str | None
    version: int
    versionTag: str | None
    resourceName: str
    tenantId: str


@blueprint.post("/search")
@reads
def listing() -> ResponseReturnValue:
    """Find definitions."""
    wanted = search(DefinitionItem, besides={"isLatestVersion"})
    latest = in_body().object("filter").flag("isLatestVersion")
    query = DefinitionQuery(process_id=wanted.text("processDefinitionId"), latest=latest, limit=MOST)
    return wanted.answer(_shown(each) for each in services().engine.find_definitions(query))


@blueprint.get("/<definition_id>")
@reads
def show(definition_id: str) -> ResponseReturnValue:
    """Read one definition."""
    return jsonify(_shown(services().engine.definition(definition_id)))


@blueprint.get("/<definition_id>/xml")
@reads
def xml(definition_id: str) -> ResponseReturnValue:
    """Read the diagram as it was deployed."""
    return Response(services().engine.diagram(definition_id).content, mimetype="text/xml")


def _shown(definition: ProcessDefinition) -> DefinitionItem:
    return {
        "processDefinitionKey": definition.id,
        "processDefinitionId": definition.process_id,
        "name": definition.name or None,
        "version": definition.version,
        "versionTag": definition.version_tag,
        "resourceName": definition.resource_name,
        "tenantId": TENANT,
    }
