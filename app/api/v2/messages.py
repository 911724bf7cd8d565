"""Messages from outside: kept until somebody waits for them, or delivered at once. Signals, which go to everybody."""

from datetime import timedelta
from uuid import uuid4

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import in_body
from app.api.camunda.marks import runs
from app.api.camunda.refusals import RestError
from app.api.v2.shapes import TENANT, check_tenant
from app.web.services import services

blueprint = Blueprint("v2_messages", __name__, url_prefix="/v2")

_LONGEST_LIFE = 10 * 366 * 86_400_000
"""Milliseconds."""


@blueprint.post("/messages/publication")
@runs
def publish() -> ResponseReturnValue:
    """Deliver a message, or keep it for its time to live."""
    body = in_body()
    check_tenant(body)
    life = min(body.number("timeToLive", 0) or 0, _LONGEST_LIFE)
    sent = services().engine.publish_message(
        body.required("name"),
        body.text("correlationKey") or None,
        body.object("variables").members,
        time_to_live=timedelta(milliseconds=life),
        message_id=body.text("messageId") or None,
    )
    return jsonify(messageKey=sent.message_id, tenantId=TENANT)


@blueprint.post("/messages/correlation")
@runs
def correlate() -> ResponseReturnValue:
    """Deliver a message at once; 404 if nobody waits for it."""
    body = in_body()
    check_tenant(body)
    name, key = body.required("name"), body.text("correlationKey") or None
    sent = services().engine.publish_message(name, key, body.object("variables").members)
    if sent.instance_id is None:
        raise RestError(404, f"Expected to find a subscription for the message {name!r} with the key {key!r}: none.")
    return jsonify(messageKey=sent.message_id, processInstanceKey=sent.instance_id, tenantId=TENANT)


@blueprint.post("/signals/broadcast")
@runs
def broadcast() -> ResponseReturnValue:
    """Deliver a signal to everything that waits for it now."""
    body = in_body()
    check_tenant(body)
    services().engine.broadcast_signal(body.required("signalName"), body.object("variables").members)
    return jsonify(signalKey=uuid4().hex, tenantId=TENANT)
