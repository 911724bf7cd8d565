"""Deployments: made by the Modeler's button, listed, deleted."""

from enum import Enum
from typing import Any

from flask import Blueprint, jsonify, url_for
from flask.typing import ResponseReturnValue

from app.api.camunda import times
from app.api.camunda.asking import Asked, in_query
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import RestError
from app.api.engine_rest import uploads
from app.api.engine_rest.definitions import definition_json
from app.web.deployment_audit import note_deployment
from app.web.identity import the_user
from app.web.services import services
from workflows.diagrams.problems import Problem
from workflows.engine import Deployment, DeploymentQuery, literally
from workflows.errors import InvalidDiagram

blueprint = Blueprint("engine_rest_deployments", __name__, url_prefix="/engine-rest/deployment")

_NOT_PARSED = "ENGINE-09005 Could not parse BPMN process. Errors:"
"""How the message begins by which the Modeler knows that the diagram is at fault."""


class _Order(Enum):
    ID = "id"
    NAME = "name"
    TIME = "deploymentTime"


_ORDERS = {each.value: each for each in _Order}


@blueprint.post("/create")
@runs
def create() -> ResponseReturnValue:
    """Deploy the files of a form together, or say everything that is wrong with them; then nothing was changed."""
    user, fields, files = the_user(), uploads.fields(), uploads.files()
    name, source = fields.text("deployment-name") or "", fields.text("deployment-source")
    filtered = fields.flag("enable-duplicate-filtering") or fields.flag("deploy-changed-only")
    try:
        deployment = services().engine.deploy(files, name=name, by=user.id, filter_duplicates=filtered)
    except InvalidDiagram as error:
        raise _not_parsed(error) from error
    if not deployment.repeated:
        note_deployment(deployment, "deployed", {"source": source, "files": ", ".join(file.name for file in files)})
    new = {
        each.id: definition_json(each)
        for each in deployment.definitions
        if each.deployment_id == deployment.id and not deployment.repeated
    }
    return jsonify({**_deployment_json(deployment), "source": source, **_deployed(new)})


@blueprint.get("")
@reads
def listing() -> ResponseReturnValue:
    """List deployments."""
    asked = in_query()
    deployment_id = asked.text("id")
    if deployment_id:
        found = [each for each in services().engine.deployments(_query(asked)) if each.id == deployment_id]
    else:
        found = services().engine.deployments(_query(asked))
    return jsonify([_deployment_json(each) for each in found])


@blueprint.get("/count")
@reads
def count() -> ResponseReturnValue:
    """Count deployments."""
    return jsonify({"count": services().engine.count_deployments(_query(in_query()))})


@blueprint.get("/<deployment_id>")
@reads
def show(deployment_id: str) -> ResponseReturnValue:
    """Read one deployment."""
    return jsonify(_deployment_json(services().engine.deployment(deployment_id)))


@blueprint.delete("/<deployment_id>")
@runs
def delete(deployment_id: str) -> ResponseReturnValue:
    """Delete a deployment with its definitions; `cascade` with their instances."""
    cascade, engine = in_query().flag("cascade"), services().engine
    deployment = engine.deployment(deployment_id)
    engine.delete_deployment(deployment_id, cascade=cascade, by=the_user().id)
    note_deployment(deployment, "deployment deleted", {"cascade": cascade})
    return "", 204


def _query(asked: Asked) -> DeploymentQuery:
    asked.refuse("tenantIdIn", "source")
    order, descending = asked.order(_ORDERS, _Order.TIME, descending=True)
    if order is not _Order.TIME and order is not _Order.ID:
        raise RestError(400, "Deployments are sorted by deploymentTime here.")
    offset, limit = asked.page()
    name = asked.text("name")
    return DeploymentQuery(
        name_like=literally(name) if name else asked.text("nameLike"),
        deployed_before=asked.time("before"),
        deployed_after=asked.time("after"),
        descending=descending,
        offset=offset,
        limit=limit,
    )


def _deployment_json(deployment: Deployment) -> dict[str, Any]:
    href = url_for("engine_rest_deployments.show", deployment_id=deployment.id, _external=True)
    return {
        "links": [{"method": "GET", "href": href, "rel": "self"}],
        "id": deployment.id,
        "name": deployment.name,
        "source": None,
        "deploymentTime": times.written(deployment.deployed_at),
        "tenantId": None,
    }


def _deployed(definitions: dict[str, Any]) -> dict[str, Any]:
    return {
        "deployedProcessDefinitions": definitions or None,
        "deployedCaseDefinitions": None,
        "deployedDecisionDefinitions": None,
        "deployedDecisionRequirementsDefinitions": None,
    }


def _not_parsed(error: InvalidDiagram) -> RestError:
    """Return the refusal that the Modeler shows, with every problem in its message."""
    files: dict[str, Any] = {}
    for problem in error.problems:
        files.setdefault(problem.file, {"errors": [], "warnings": []})["errors"].append(_problem_json(problem))
    lines = "\n".join(f"* {problem}" for problem in error.problems)
    return RestError(400, f"{_NOT_PARSED} \n{lines}", "ParseException", details=files)


def _problem_json(problem: Problem) -> dict[str, Any]:
    return {
        "message": f"{problem.what} {problem.mend}".rstrip(),
        "line": problem.line,
        "column": 0,
        "mainElementId": problem.element or None,
        "elementIds": [problem.element] if problem.element else [],
    }
