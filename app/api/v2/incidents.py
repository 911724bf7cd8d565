"""Incidents: what failed and waits for a person."""

from collections.abc import Mapping
from typing import TypedDict

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import MOST
from app.api.camunda.marks import reads, runs
from app.api.v2.searching import search
from app.api.v2.shapes import TENANT, written
from app.web.identity import the_user
from app.web.services import services
from workflows.engine import Incident, InstanceQuery

blueprint = Blueprint("v2_incidents", __name__, url_prefix="/v2")

_KINDS = {"job": "JOB_NO_RETRIES"}
"""Camunda's names of the kinds that it knows too."""


class IncidentItem(TypedDict):
    """An open incident as Camunda 8 shows it; `elementInstanceKey` is told of the incidents of one instance."""

    incidentKey: str
    processDefinitionId: str
    processDefinitionKey: str | None
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
    instances = {each.instance_id for each in found}
    if len(instances) == 1:
        (only,) = instances
        running = {each.element_id: each.id for each in engine.history(only) if each.outcome == "running"}
        return wanted.answer(_shown(each, engine.instance(only).definition_id, running) for each in found)
    failed = engine.instances(InstanceQuery(with_incidents=True, limit=MOST))
    definition_of = {each.id: each.definition_id for each in failed}
    return wanted.answer(_shown(each, definition_of.get(each.instance_id), {}) for each in found)


@blueprint.post("/incidents/<incident_id>/resolution")
@runs
def resolve(incident_id: str) -> ResponseReturnValue:
    """Try the element of an incident again."""
    services().engine.resolve(incident_id, by=the_user().id)
    return Response(status=204)


def _shown(incident: Incident, definition_id: str | None, running: Mapping[str, str]) -> IncidentItem:
    return {
        "incidentKey": incident.id,
        "processDefinitionId": incident.process_id,
        "processDefinitionKey": definition_id,
        "processInstanceKey": incident.instance_id,
        "elementId": incident.element_id,
        "elementInstanceKey": running.get(incident.element_id),
        "errorType": _KINDS.get(incident.kind, "UNKNOWN"),
        "errorMessage": incident.message,
        "creationTime": written(incident.raised_at),
        "state": "ACTIVE",
        "tenantId": TENANT,
    }
