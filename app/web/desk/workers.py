"""Workers, here and elsewhere, which fetch service tasks by topic: when they asked last, and what waits for them."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.clinic.models import Role
from app.web.access import only
from app.web.services import services

workers = Blueprint("workers", __name__, url_prefix="/workers")


@workers.get("")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List the workers that have asked for tasks in the last day."""
    found = services()
    return render_template(
        "desk/workers.html", workers=found.engine.workers(), now=found.clock(), has_broker=found.tasks is not None
    )
