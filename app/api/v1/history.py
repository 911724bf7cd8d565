"""What is kept of ended instances."""

from marshmallow import Schema, fields

from app.api.v1.operations import Operations
from app.clinic.models import Role, Scope
from app.web.services import services

blueprint = Operations("v1_history", __name__, description="The history of ended instances.")


class PrunedSchema(Schema):
    """How many ended instances were removed."""

    removed = fields.Integer()


@blueprint.changing("POST", "/history/prune", PrunedSchema, Role.ADMINISTRATOR, scope=Scope.MAINTENANCE)
def prune() -> dict[str, int]:
    """Remove the instances that ended longer ago than their diagrams keep history."""
    removed = 0
    while step := services().engine.prune():
        removed += step
    return {"removed": removed}
