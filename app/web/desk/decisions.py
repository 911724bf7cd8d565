"""Deployed decisions: which there are, in which versions, what their rules say, and which processes ask them."""

from collections.abc import Mapping
from pathlib import PurePath

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic.models import Role
from app.web.access import only
from app.web.desk.libraries import with_fonts
from app.web.desk.paging import PER_PAGE, page_of
from app.web.services import services
from workflows.decision_definitions import DecisionDefinition
from workflows.decisions import Sheet, lint_decisions, read_sheets
from workflows.engine import ProcessDefinition
from workflows.errors import NotFound

decisions = Blueprint("decisions", __name__, url_prefix="/decisions")

DRAWN = b"https://www.omg.org/spec/DMN/20191111/MODEL/"
"""The namespace of DMN 1.3, which both Modelers save: dmn-js draws no other."""

POLICIES: Mapping[str, str] = {
    "UNIQUE": "at most one rule may match",
    "ANY": "several rules may match if they say the same",
    "FIRST": "the first rule that matches counts",
    "PRIORITY": "of the rules that match, the one with the most important output counts",
    "COLLECT": "every rule that matches counts, in no particular order",
    "RULE ORDER": "every rule that matches counts, in the order of the table",
    "OUTPUT ORDER": "every rule that matches counts, the most important output first",
}
"""What the hit policies of DMN mean."""

AGGREGATIONS: Mapping[str, str] = {
    "SUM": "the outputs are added up",
    "MIN": "the smallest output is the result",
    "MAX": "the largest output is the result",
    "COUNT": "how many outputs there are is the result",
}


@decisions.get("")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List the newest version of each decision, a page at a time."""
    engine = services().engine
    newest = engine.decisions()
    found = page_of(
        len(newest), request.args.get("page", 1, type=int), lambda offset: newest[offset : offset + PER_PAGE]
    )
    deployed = {each: engine.deployment(each) for each in {row.deployment_id for row in found.rows}}
    return render_template("desk/decisions/listing.html", found=found, deployed=deployed)


@decisions.get("/<decision_id>")
@only(Role.ADMINISTRATOR)
@with_fonts
def newest(decision_id: str) -> ResponseReturnValue:
    """Show the newest version of a decision."""
    versions = services().engine.decisions(decision_id)
    if not versions:
        raise NotFound(f"There is no decision {decision_id!r}.")
    return _page(versions[0])


@decisions.get("/<decision_id>/<int:version>")
@only(Role.ADMINISTRATOR)
@with_fonts
def show(decision_id: str, version: int) -> ResponseReturnValue:
    """Show one version of a decision, beside the others."""
    return _page(services().engine.decision(decision_id, version))


@decisions.get("/<decision_id>/<int:version>/file")
@only(Role.ADMINISTRATOR)
def file(decision_id: str, version: int) -> ResponseReturnValue:
    """Send the file as it was deployed."""
    engine = services().engine
    found = engine.decision(decision_id, version)
    answer = Response(engine.decision_file(decision_id, version), mimetype="application/xml")
    answer.headers.set("Content-Disposition", "attachment", filename=PurePath(found.resource_name).name)
    return answer


def _page(decision: DecisionDefinition) -> str:
    engine = services().engine
    content = engine.decision_file(decision.decision_id, decision.version)
    versions = engine.decisions(decision.decision_id, latest=False)
    return render_template(
        "desk/decisions/decision.html",
        decision=decision,
        sheets=_beginning_with(decision.decision_id, read_sheets(content, decision.resource_name)),
        address=url_for(".file", decision_id=decision.decision_id, version=decision.version),
        versions=[(each, engine.deployment(each.deployment_id).deployed_at) for each in versions],
        is_newest=versions[0].version == decision.version,
        askers=_askers(decision.decision_id),
        is_drawn=DRAWN in content,
        problems=lint_decisions(content, decision.resource_name),
        policies=POLICIES,
        aggregations=AGGREGATIONS,
    )


def _beginning_with(decision_id: str, sheets: tuple[Sheet, ...]) -> list[Sheet]:
    """Return the decisions of a file in its order, after the one that is shown."""
    return sorted(sheets, key=lambda sheet: sheet.id != decision_id)


def _askers(decision_id: str) -> list[tuple[ProcessDefinition, list[str]]]:
    """Return the processes whose newest version names a decision, with the elements that ask it."""
    engine = services().engine
    found = []
    for definition in engine.definitions():
        asked = engine.decisions_asked(definition.id)
        elements = [element for element, named in asked.items() if named == decision_id]
        if elements:
            found.append((definition, elements))
    return found
