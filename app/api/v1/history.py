"""What is kept of ended instances."""

from flask_smorest import Blueprint

from app.api.v1.schemas import PrunedSchema
from app.clinic.models import Role, Scope
from app.web.access import only
from app.web.services import services

blueprint = Blueprint("v1_history", __name__, description="The history of ended instances.")


@blueprint.route("/history/prune", methods=["POST"])
@only(Role.ADMINISTRATOR, scope=Scope.MAINTENANCE)
@blueprint.response(200, PrunedSchema)
def prune() -> dict[str, int]:
    """Remove the instances that ended longer ago than their diagrams keep history."""
    removed = 0
    while step := services().engine.prune():
        removed += step
    return {"removed": removed}
