"""What is around all pages of the desk: who may come, the way from one to the other, and the scripts they run."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from app.clinic.models import Role
from app.web.access import admitted, only
from app.web.desk.libraries import BPMN_JS, DMN_JS, libraries, version_of
from app.web.identity import signed_in_user

desk = Blueprint("desk", __name__, url_prefix="/desk")
desk.register_blueprint(libraries)

_PAGES = (
    ("desk.tasks.listing", "Tasks"),
    ("desk.definitions.listing", "Processes"),
    ("desk.decisions.listing", "Decisions"),
    ("desk.instances.listing", "Instances"),
    ("desk.incidents.listing", "Incidents"),
    ("desk.workers.listing", "Workers"),
)
"""The pages of the navigation; each shows to those whom its view admits."""


@desk.get("")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def home() -> ResponseReturnValue:
    """Go to the first page that this person may see."""
    return redirect(url_for(next(endpoint for endpoint, _ in _pages())))


@desk.context_processor
def _surroundings() -> dict[str, object]:
    return {"desk_pages": _pages(), "bpmn_js": version_of(BPMN_JS), "dmn_js": version_of(DMN_JS)}


def _pages() -> list[tuple[str, str]]:
    user = signed_in_user()
    return [(endpoint, label) for endpoint, label in _PAGES if user and user.role in admitted(endpoint)]
