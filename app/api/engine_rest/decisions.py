"""Decisions: listed, read, and evaluated by id or by key, which is the id in the diagram."""

from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import Asked, in_body, in_query
from app.api.camunda.decisions import decision_of, key_of
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import RestError
from app.api.engine_rest import values
from app.web.services import services
from workflows.decision_definitions import DecisionDefinition

blueprint = Blueprint("engine_rest_decisions", __name__, url_prefix="/engine-rest/decision-definition")

_UNKNOWN = (
    "keyLike", "nameLike", "category", "categoryLike", "resourceName", "resourceNameLike", "tenantIdIn",
    "decisionRequirementsDefinitionId", "decisionRequirementsDefinitionKey", "versionTagLike", "sortBy", "sortOrder",
    "deployedAfter", "deployedAt",
)  # fmt: skip


@blueprint.get("")
@reads
def listing() -> ResponseReturnValue:
    """List decisions by key, then version, the newest first."""
    first, most = in_query().page()
    return jsonify([_shown(each) for each in _found(in_query())[first : first + most]])


@blueprint.get("/count")
@reads
def count() -> ResponseReturnValue:
    """Count decisions."""
    return jsonify({"count": len(_found(in_query()))})


@blueprint.get("/<decision_id>")
@blueprint.get("/key/<key>")
@reads
def show(decision_id: str = "", key: str = "") -> ResponseReturnValue:
    """Read one decision."""
    return jsonify(_shown(_decision(decision_id, key)))


@blueprint.get("/<decision_id>/xml")
@blueprint.get("/key/<key>/xml")
@reads
def xml(decision_id: str = "", key: str = "") -> ResponseReturnValue:
    """Read the file of a decision."""
    found = _decision(decision_id, key)
    content = services().engine.decision_file(found.decision_id, found.version)
    return jsonify({"id": key_of(found), "dmnXml": content.decode("utf-8-sig", "replace")})


@blueprint.post("/<decision_id>/evaluate")
@blueprint.post("/key/<key>/evaluate")
@runs
def evaluate(decision_id: str = "", key: str = "") -> ResponseReturnValue:
    """Evaluate a decision; return the outputs of each rule that counts."""
    given = values.written(in_body().members.get("variables"))
    found = _decision(decision_id, key)
    result = services().engine.evaluate_decision(found.decision_id, found.version, given)
    return jsonify([values.read(row) for row in result.rows])


def _found(wanted: Asked) -> list[DecisionDefinition]:
    wanted.refuse(*_UNKNOWN)
    latest, version = wanted.flag("latestVersion"), wanted.number("version")
    decision_id, name, deployment_id = (wanted.text(each) for each in ("decisionDefinitionId", "name", "deploymentId"))
    return [
        each
        for each in services().engine.decisions(wanted.text("key"), latest=latest)
        if version in {None, each.version}
        and decision_id in {None, key_of(each)}
        and name in {None, each.name}
        and deployment_id in {None, each.deployment_id}
        and wanted.text("versionTag") in {None, each.version_tag}
    ]


def _decision(decision_id: str, key: str) -> DecisionDefinition:
    """Return the decision that an address names, the newest version of a key."""
    if decision_id:
        return decision_of(decision_id)
    found = services().engine.decisions(key)
    if not found:
        raise RestError(404, f"No matching decision definition with key: {key} and no tenant-id")
    return found[0]


def _shown(decision: DecisionDefinition) -> dict[str, Any]:
    return {
        "id": key_of(decision),
        "key": decision.decision_id,
        "category": None,
        "name": decision.name or None,
        "version": decision.version,
        "resource": decision.resource_name,
        "deploymentId": decision.deployment_id,
        "decisionRequirementsDefinitionId": None,
        "decisionRequirementsDefinitionKey": None,
        "tenantId": None,
        "versionTag": decision.version_tag,
        "historyTimeToLive": None,
    }
