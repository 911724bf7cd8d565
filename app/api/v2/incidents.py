"""Incidents: what failed and waits for a person."""

from typing import TypedDict

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import MOST
from app.api.camunda.marks import reads, runs
from app.api.v2.searching import search
from app.api.v2.shapes import TENANT, written
from app.web.identity import the_user
from app.web.services import services
from workflows.engine import Incident

blueprint = Blueprint("v2_incidents", __name__, url_prefix="/v2")

_KINDS = {"job": "JOB_NO_RETRIES"}
"""Camunda's names of the kinds that it knows too."""


class IncidentItem(TypedDict):
    """An open incident as Camunda 8 shows it."""

    incidentKey: str
    processDefinitionId: str
    processDefinitionKey: str
    processInstanceKey: str
    elementId: str
    elementInstanceKey: str | None
    errorType: str
    errorMessage: str
    creationTime: str
    state: str
    tenantId: str


@blueprint.post("/incidents/search")
@blueprint.post("/process-instances/<instance_id>/incidents/search")
@reads
def listing(instance_id: str | None = None) -> ResponseReturnValue:
    """Find open incidents, of one instance or of all, oldest first."""
    wanted, engine = search(IncidentItem), services().engine
    if instance_id is not None:
        engine.instance(instance_id)  # one that there is
    found = engine.incidents(
        instance_id or wanted.text("processInstanceKey"),
        process_id=wanted.text("processDefinitionId"),
        element_id=wanted.text("elementId"),
        limit=MOST,
    )
    return wanted.answer(_shown(each) for each in found)


@blueprint.post("/incidents/<incident_id>/resolution")
@runs
def resolve(incident_id: str) -> ResponseReturnValue:
    """Try the element of an incident again."""
    services().engine.resolve(incident_id, by=the_user().id)
    return Response(status=204)


def _shown(incident: Incident) -> IncidentItem:
    engine = services().engine
    running = [each for each in engine.history(incident.instance_id) if each.outcome == "running"]
    return {
        "incidentKey": incident.id,
        "processDefinitionId": incident.process_id,
        "processDefinitionKey": engine.instance(incident.instance_id).definition_id,
        "processInstanceKey": incident.instance_id,
        "elementId": incident.element_id,
        "elementInstanceKey": next((each.id for each in running if each.element_id == incident.element_id), None),
        "errorType": _KINDS.get(incident.kind, "UNKNOWN"),
        "errorMessage": incident.message,
        "creationTime": written(incident.raised_at),
        "state": "ACTIVE",
        "tenantId": TENANT,
    }
