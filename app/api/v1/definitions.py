"""Process definitions."""

from typing import Any

from flask_smorest import Blueprint

from app.api.v1.schemas import DefinitionsSchema
from app.clinic.models import Role, Scope
from app.web.access import only
from app.web.services import services

blueprint = Blueprint("v1_definitions", __name__, description="What is deployed.")


@blueprint.route("/process-definitions")
@only(Role.ADMINISTRATOR, scope=Scope.READ_PROCESSES)
@blueprint.response(200, DefinitionsSchema)
def listing() -> dict[str, Any]:
    """List the newest version of each process."""
    return {"items": services().engine.definitions()}
