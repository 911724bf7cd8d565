"""Deployments, as the Modeler's button and every client make them."""

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import Asked
from app.api.camunda.files import files
from app.api.camunda.marks import runs
from app.api.camunda.refusals import RestError
from app.api.v2.shapes import TENANT, check_tenant
from app.web.deployment_audit import note_deployment
from app.web.identity import the_user
from app.web.services import services
from workflows.engine import Deployable, PlannedVersion, ProcessDefinition
from workflows.errors import InvalidDiagram

blueprint = Blueprint("v2_deployments", __name__, url_prefix="/v2/deployments")


@blueprint.post("")
@runs
def create() -> ResponseReturnValue:
    """Deploy the files of a form together, or say everything that is wrong with them; then nothing was changed.

    Files that were deployed before, unchanged, keep their definitions.
    """
    check_tenant(Asked(request.form.to_dict()))
    resources, engine = files(), services().engine
    try:
        deployment = engine.deploy(resources, name=resources[0].name, by=the_user().id)
        others = [each for each in engine.preview(resources) if each.kind is not Deployable.PROCESS]
    except InvalidDiagram as error:
        raise RestError(400, str(error)) from error
    note_deployment(deployment, "deployed", {"files": ", ".join(file.name for file in resources)})
    brought = [{"processDefinition": _definition_json(each)} for each in deployment.definitions]
    brought += [_other_json(each) for each in others]
    return jsonify(deploymentKey=deployment.id, tenantId=TENANT, deployments=brought)


def _definition_json(definition: ProcessDefinition) -> dict[str, Any]:
    return {
        "processDefinitionId": definition.process_id,
        "processDefinitionVersion": definition.version,
        "processDefinitionKey": definition.id,
        "resourceName": definition.resource_name,
        "tenantId": TENANT,
    }


def _other_json(planned: PlannedVersion) -> dict[str, Any]:
    """Return a decision or form; its key is its id with its version."""
    version = planned.newest or planned.version
    key = f"{planned.id}:{version}"
    if planned.kind is Deployable.FORM:
        about: dict[str, Any] = {"formId": planned.id, "formKey": key, "resourceName": planned.resource_name}
        return {"form": {**about, "version": version, "tenantId": TENANT}}
    about = {"decisionDefinitionId": planned.id, "decisionDefinitionKey": key, "name": planned.name}
    return {"decisionDefinition": {**about, "version": version, "tenantId": TENANT}}
