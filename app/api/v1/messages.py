"""Messages to running processes."""

from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields

from app.api.v1.fields import Sent, number, text, variables
from app.api.v1.operations import Operations
from app.clinic.models import Role, Scope
from app.web.services import services
from workflows.engine import Correlation

blueprint = Operations("v1_messages", __name__, description="What processes are told.")

_LONGEST_SECONDS = 366 * 24 * 3600


class MessageSchema(Sent):
    """A message for whatever waits for it, kept for `time_to_live` seconds if nothing does yet."""

    name = text(required=True)
    correlation_key = text(load_default=None, allow_none=True)
    variables = variables()
    time_to_live = number(0, _LONGEST_SECONDS, load_default=0)
    message_id = text(load_default=None, allow_none=True)


class CorrelationSchema(Schema):
    """Where a message went: to an instance, or to none yet."""

    message_id = fields.String()
    instance_id = fields.String(allow_none=True)


@blueprint.changing(
    "POST", "/messages", CorrelationSchema, Role.ADMINISTRATOR, scope=Scope.RUN_PROCESSES, body=MessageSchema
)
def publish(asked: dict[str, Any]) -> Correlation:
    """Deliver a message once: to an instance that waits, to a start event, or later."""
    return services().engine.publish_message(
        asked["name"],
        asked["correlation_key"],
        asked["variables"],
        time_to_live=timedelta(seconds=asked["time_to_live"]),
        message_id=asked["message_id"],
    )
