"""Decisions: found, read, and evaluated."""

import json
from typing import TypedDict

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import in_body
from app.api.camunda.decisions import decision_of, key_of
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import RestError
from app.api.v2.searching import search
from app.api.v2.shapes import TENANT, check_tenant
from app.web.services import services
from workflows.decision_definitions import DecisionDefinition

blueprint = Blueprint("v2_decisions", __name__, url_prefix="/v2/decision-definitions")


class DecisionItem(TypedDict):
    """A decision as Camunda 8 shows it."""

    decisionDefinitionKey: str
    decisionDefinitionId: str
    name: str
    version: int
    tenantId: str


@blueprint.post("/search")
@reads
def listing() -> ResponseReturnValue:
    """Find decisions."""
    wanted = search(DecisionItem, besides={"isLatestVersion"})
    latest = in_body().object("filter").flag("isLatestVersion")
    found = services().engine.decisions(wanted.text("decisionDefinitionId"), latest=latest)
    return wanted.answer(map(_shown, found))


@blueprint.get("/<decision_key>")
@reads
def show(decision_key: str) -> ResponseReturnValue:
    """Read one decision."""
    return jsonify(_shown(decision_of(decision_key)))


@blueprint.get("/<decision_key>/xml")
@reads
def xml(decision_key: str) -> ResponseReturnValue:
    """Read the file as it was deployed."""
    found = decision_of(decision_key)
    return Response(services().engine.decision_file(found.decision_id, found.version), mimetype="text/xml")


@blueprint.post("/evaluation")
@runs
def evaluate() -> ResponseReturnValue:
    """Evaluate a decision, by its key or the newest version by its id; `output` is JSON text."""
    asked, engine = in_body(), services().engine
    check_tenant(asked)
    key = asked.text("decisionDefinitionKey")
    if key:
        found = decision_of(key)
    else:
        wanted = asked.required("decisionDefinitionId")
        versions = engine.decisions(wanted)
        if not versions:
            raise RestError(404, f"Expected to find a decision {wanted!r}, but there is none.")
        found = versions[0]
    result = engine.evaluate_decision(found.decision_id, found.version, asked.object("variables").members)
    shown = _shown(found)
    return jsonify(
        decisionDefinitionKey=shown["decisionDefinitionKey"],
        decisionDefinitionId=found.decision_id,
        decisionDefinitionName=found.name,
        decisionDefinitionVersion=found.version,
        output=json.dumps(result.output, ensure_ascii=False),
        failedDecisionDefinitionId=None,
        failureMessage=None,
        tenantId=TENANT,
        evaluatedDecisions=[
            {
                "decisionDefinitionId": each.decision_id,
                "decisionDefinitionName": each.name,
                "matchedRules": [{"ruleId": rule} for rule in each.matched_rules],
            }
            for each in result.evaluated
        ],
    )


def _shown(decision: DecisionDefinition) -> DecisionItem:
    return {
        "decisionDefinitionKey": key_of(decision),
        "decisionDefinitionId": decision.decision_id,
        "name": decision.name,
        "version": decision.version,
        "tenantId": TENANT,
    }
