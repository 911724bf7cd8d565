"""Deployed processes: which there are, in which versions, and what they look like."""

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue

from app.clinic.models import Role
from app.web.access import only
from app.web.desk.diagrams import diagram_of
from app.web.identity import the_user
from app.web.services import services
from app.web.starters import may_start
from workflows.engine import ProcessDefinition
from workflows.pictures import style

definitions = Blueprint("definitions", __name__, url_prefix="/definitions")


@definitions.get("")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List the newest version of each process."""
    found = [(each, may_start(each, the_user())) for each in services().engine.definitions()]
    return render_template("desk/definitions.html", definitions=found)


@definitions.get("/<definition_id>")
@only(Role.ADMINISTRATOR)
def show(definition_id: str) -> ResponseReturnValue:
    """Show one version of a process."""
    definition = find(definition_id)
    versions = services().engine.definitions(definition.process_id, latest=False)
    newest = versions[0].id == definition.id
    return render_template(
        "desk/definition.html",
        definition=definition,
        versions=versions,
        diagram=diagram_of(definition),
        startable=newest and may_start(definition, the_user()),
    )


@definitions.get("/<definition_id>/file")
@only(Role.ADMINISTRATOR)
def file(definition_id: str) -> ResponseReturnValue:
    """Send the file as it was deployed."""
    found = services().engine.diagram(definition_id)
    answer = Response(found.content, mimetype="application/xml")
    answer.headers.set("Content-Disposition", "attachment", filename=found.name)
    return answer


@definitions.get("/picture.css")
@only(Role.ADMINISTRATOR)
def picture_style() -> ResponseReturnValue:
    """Give the style sheet of pictures, which the page's policy forbids in the picture."""
    return Response(style(), mimetype="text/css")


def find(definition_id: str) -> ProcessDefinition:
    """Return a definition; 404 if there is none."""
    found = [each for each in services().engine.definitions(latest=False) if each.id == definition_id]
    if not found:
        abort(404)
    return found[0]
