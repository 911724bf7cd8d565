"""Incidents: what failed and waits for a person."""

from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import MOST, in_query
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import RestError
from app.api.camunda.times import written
from app.web.identity import the_user
from app.web.services import services
from workflows.engine import Incident

blueprint = Blueprint("engine_rest_incidents", __name__, url_prefix="/engine-rest/incident")

_KINDS = {"job": "failedExternalTask"}
"""Camunda's names of the kinds that it knows too."""


@blueprint.get("")
@reads
def listing() -> ResponseReturnValue:
    """List open incidents, oldest first."""
    first, most = in_query().page()
    return jsonify([_shown(each) for each in _found()[first : first + most]])


@blueprint.get("/count")
@reads
def count() -> ResponseReturnValue:
    """Count open incidents."""
    return jsonify({"count": len(_found())})


@blueprint.get("/<incident_id>")
@reads
def one(incident_id: str) -> ResponseReturnValue:
    """Return an open incident."""
    known = services().engine.incidents(incident_id.partition(":")[0])
    for each in known:
        if each.id == incident_id:
            return jsonify(_shown(each))
    raise RestError(404, f"No matching incident with id {incident_id}")


@blueprint.delete("/<incident_id>")
@runs
def resolve(incident_id: str) -> ResponseReturnValue:
    """Try the element of an incident again."""
    services().engine.resolve(incident_id, by=the_user().id)
    return Response(status=204)


def _found() -> list[Incident]:
    wish = in_query()
    wish.refuse("tenantIdIn", "causeIncidentId", "rootCauseIncidentId", "configuration", "jobDefinitionIdIn")
    found = services().engine.incidents(
        wish.text("processInstanceId") or wish.text("executionId"), element_id=wish.text("activityId"), limit=MOST
    )
    kind, message, wanted_id = wish.text("incidentType"), wish.text("incidentMessage"), wish.text("incidentId")
    return [
        each
        for each in found
        if kind in {None, _kind(each)} and message in {None, each.message} and wanted_id in {None, each.id}
    ]


def _kind(incident: Incident) -> str:
    return _KINDS.get(incident.kind, incident.kind)


def _shown(incident: Incident) -> dict[str, Any]:
    instance = services().engine.instance(incident.instance_id)
    return {
        "id": incident.id,
        "processDefinitionId": instance.definition_id,
        "processInstanceId": incident.instance_id,
        "executionId": incident.instance_id,
        "incidentTimestamp": written(incident.raised_at),
        "incidentType": _kind(incident),
        "activityId": incident.element_id,
        "failedActivityId": incident.element_id,
        "causeIncidentId": incident.id,
        "rootCauseIncidentId": incident.id,
        "configuration": None,
        "incidentMessage": incident.message,
        "tenantId": None,
        "jobDefinitionId": None,
        "annotation": None,
    }
