"""Messages and signals from outside."""

from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import Asked, in_body
from app.api.camunda.marks import runs
from app.api.camunda.refusals import RestError
from app.api.engine_rest import values
from app.api.engine_rest.instances import instance_json
from app.web.services import services
from workflows.engine import Correlation, Described
from workflows.errors import Conflict, NotFound
from workflows.values import Variables

blueprint = Blueprint("engine_rest_messages", __name__, url_prefix="/engine-rest")

_MISMATCH = "MismatchingMessageCorrelationException"


@blueprint.post("/message")
@runs
def correlate() -> ResponseReturnValue:
    """Deliver a message to the one instance that it is for, to all of them, or to a start event."""
    body = in_body()
    name = body.text("messageName")
    if not name:
        raise RestError(400, "No message name supplied")
    body.refuse("localCorrelationKeys", "processVariablesLocal", "processDefinitionId")
    if body.has("tenantId"):
        raise RestError(400, "There are no tenants here: leave tenantId out.")
    whom = Described(
        business_key=body.text("businessKey"),
        instance_id=body.text("processInstanceId"),
        variables=values.written(body.members.get("correlationKeys"), "correlationKeys"),
    )
    variables = values.written(body.members.get("processVariables"), "processVariables")
    try:
        taken = _deliver(name, variables, whom, to_all=body.flag("all"))
    except (NotFound, Conflict) as error:
        raise RestError(400, f"Cannot correlate message '{name}': {error}", _MISMATCH) from error
    if not (body.flag("resultEnabled") or body.flag("variablesInResultEnabled")):
        return Response(status=204)
    return jsonify([_shown(each, body) for each in taken])


@blueprint.post("/signal")
@runs
def signal() -> ResponseReturnValue:
    """Deliver a signal to everything that waits for it."""
    body = in_body()
    name = body.text("name")
    if not name:
        raise RestError(400, "No signal name given")
    if body.has("executionId") or body.has("tenantId"):
        raise RestError(400, "Signals go to everything that waits for them here: leave executionId and tenantId out.")
    services().engine.broadcast_signal(name, values.written(body.members.get("variables")))
    return Response(status=204)


def _deliver(name: str, variables: Variables, whom: Described, *, to_all: bool) -> list[Correlation]:
    """Deliver to instances that are moved here; what only has a key may be for another engine too."""
    engine = services().engine
    try:
        if to_all:
            return engine.correlate_with_all(name, variables, whom)
        return [engine.correlate_message(name, variables, whom)]
    except NotFound:
        if whom.instance_id is not None or whom.variables:
            raise
        sent = engine.publish_message(name, whom.business_key, variables)
        if sent.instance_id is None:
            raise
        return [sent]


def _shown(taken: Correlation, body: Asked) -> dict[str, Any]:
    found = services().engine.instance(taken.instance_id or "")
    execution = {"id": found.id, "processInstanceId": found.id, "ended": found.ended_at is not None, "tenantId": None}
    shown: dict[str, Any] = {
        "resultType": "ProcessDefinition" if taken.started else "Execution",
        "execution": None if taken.started else execution,
        "processInstance": instance_json(found) if taken.started else None,
    }
    if body.flag("variablesInResultEnabled"):
        shown["variables"] = values.read(services().engine.variables(found.id))
    return shown
