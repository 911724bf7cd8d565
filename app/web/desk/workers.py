"""Workers, here and elsewhere, which fetch service tasks by topic: when they asked last, and what waits for them."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.clinic.models import Role
from app.web.access import only
from app.web.desk.paging import PER_PAGE, page_of
from app.web.services import services

MOST_TOPICS = 5
"""How many topics of a worker are shown at once: more are folded up."""

workers = Blueprint("workers", __name__, url_prefix="/workers")


@workers.get("")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List the workers that have asked for tasks in the last day, a page at a time."""
    found = services()
    seen = found.engine.workers()
    page = page_of(len(seen), request.args.get("page", 1, type=int), lambda offset: seen[offset : offset + PER_PAGE])
    return render_template(
        "desk/workers.html",
        found=page,
        most_topics=MOST_TOPICS,
        now=found.clock(),
        has_broker=found.tasks is not None,
    )
