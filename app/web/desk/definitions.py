"""Deployed processes: which there are, in which versions, what runs of them, and what they look like."""

from dataclasses import replace

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from app.clinic.models import Role
from app.web.access import only
from app.web.desk.deploying import deploying
from app.web.desk.diagrams import diagram_of
from app.web.desk.paging import PER_PAGE, page_of
from app.web.identity import the_user
from app.web.services import services
from app.web.starters import may_start
from workflows.diagrams.problems import Problem
from workflows.engine import DefinitionQuery, DefinitionStatistics, ProcessDefinition
from workflows.errors import InvalidDiagram
from workflows.pictures import style

definitions = Blueprint("definitions", __name__, url_prefix="/definitions")
definitions.register_blueprint(deploying)


@definitions.get("")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List the newest version of each process, with what runs of all its versions, a page at a time."""
    engine = services().engine
    counted, sums = engine.definition_statistics(), dict[str, DefinitionStatistics]()
    for each in engine.definitions(latest=False):
        sums[each.process_id] = _sum(sums.get(each.process_id), counted.get(each.id))
    newest = DefinitionQuery(latest=True, limit=PER_PAGE)
    found = page_of(
        engine.count_definitions(newest),
        request.args.get("page", 1, type=int),
        lambda offset: engine.find_definitions(replace(newest, offset=offset)),
    )
    startable = {each.id for each in found.rows if may_start(each, the_user())}
    return render_template("desk/definitions.html", found=found, sums=sums, startable=startable)


@definitions.get("/<definition_id>")
@only(Role.ADMINISTRATOR)
def show(definition_id: str) -> ResponseReturnValue:
    """Show one version of a process, beside the others."""
    engine = services().engine
    definition = engine.definition(definition_id)
    versions, counted = engine.definitions(definition.process_id, latest=False), engine.definition_statistics()
    return render_template(
        "desk/definition.html",
        definition=definition,
        versions=[
            (each, engine.deployment(each.deployment_id).deployed_at, counted.get(each.id, DefinitionStatistics()))
            for each in versions
        ],
        diagram=diagram_of(definition),
        asked=sorted(set(engine.decisions_asked(definition_id).values())),
        problems=_problems(definition),
        startable=versions[0].id == definition.id and may_start(definition, the_user()),
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


def _problems(definition: ProcessDefinition) -> tuple[Problem, ...]:
    """Return what would keep the file from being deployed as the service is now."""
    engine = services().engine
    try:
        engine.preview([engine.diagram(definition.id)])
    except InvalidDiagram as error:
        return tuple(error.problems)
    return ()


def _sum(one: DefinitionStatistics | None, other: DefinitionStatistics | None) -> DefinitionStatistics:
    first, second = one or DefinitionStatistics(), other or DefinitionStatistics()
    return DefinitionStatistics(first.running + second.running, first.incidents + second.incidents)
