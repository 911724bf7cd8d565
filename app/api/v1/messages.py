"""Messages to running processes."""

from datetime import timedelta
from typing import Any

from flask_smorest import Blueprint

from app.api.v1.schemas import CorrelationSchema, MessageSchema
from app.clinic.models import Role, Scope
from app.web.access import only
from app.web.services import services
from workflows.engine import Correlation

blueprint = Blueprint("v1_messages", __name__, description="What processes are told.")


@blueprint.route("/messages", methods=["POST"])
@only(Role.ADMINISTRATOR, scope=Scope.RUN_PROCESSES)
@blueprint.arguments(MessageSchema)
@blueprint.response(200, CorrelationSchema)
def publish(asked: dict[str, Any]) -> Correlation:
    """Deliver a message once: to an instance that waits, to a start event, or later."""
    return services().engine.publish_message(
        asked["name"],
        asked["correlation_key"],
        asked["variables"],
        time_to_live=timedelta(seconds=asked["time_to_live"]),
        message_id=asked["message_id"],
    )
