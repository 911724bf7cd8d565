"""Doctors."""

from typing import Any

from flask_smorest import Blueprint

from app.api.v1.schemas import DoctorsSchema
from app.clinic import people
from app.clinic.models import Role, Scope
from app.web.access import only
from app.web.services import services

blueprint = Blueprint("v1_doctors", __name__, description="Who treats patients.")


@blueprint.route("/doctors")
@only(Role.ADMINISTRATOR, scope=Scope.READ_PEOPLE)
@blueprint.response(200, DoctorsSchema)
def listing() -> dict[str, Any]:
    """List the active doctors, by family name."""
    with services().database.read() as session:
        return {"items": people.list_doctors(session)}
