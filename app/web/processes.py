"""Deployed processes: which there are, deploying more, starting one."""

from collections.abc import Sequence
from pathlib import PurePosixPath, PureWindowsPath

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic.models import Role
from app.clinic.tickets import new_ticket
from app.web import positions
from app.web.access import only
from app.web.identity import the_user
from app.web.services import config, services
from app.web.starters import may_start
from app.web.steps import PROCESS_ID
from workflows.diagrams.forms import Form, FormView, prepare, validate
from workflows.diagrams.problems import Problem
from workflows.engine import ProcessDefinition, Resource
from workflows.errors import InvalidDiagram, InvalidInput, NotSupported

processes = Blueprint("processes", __name__, url_prefix="/processes")

SUFFIXES = (".bpmn", ".dmn", ".form")
MOST_FILES = 20


@processes.get("")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List the deployed definitions, with the form to deploy more."""
    return _page()


@processes.post("")
@only(Role.ADMINISTRATOR)
def deploy() -> ResponseReturnValue:
    """Deploy the uploaded files together, or show every problem; then nothing was changed."""
    resources = [
        Resource(_file_name(file.filename), file.read()) for file in request.files.getlist("files") if file.filename
    ]
    problems = _unfit(resources)
    if not problems:
        try:
            deployment = services().engine.deploy(resources, by=the_user().id)
        except InvalidDiagram as error:
            problems = error.problems
        except (InvalidInput, NotSupported) as error:
            problems = (Problem("", 0, "", "", str(error), ""),)
    if problems:
        return _page(problems), 422
    names = [f"{definition.process_id} version {definition.version}" for definition in deployment.definitions]
    flash(f"Deployed: {', '.join(names) or ', '.join(resource.name for resource in resources)}.")
    return redirect(url_for("processes.listing"), 303)


@processes.get("/<process_id>/start")
@only()
def start_form(process_id: str) -> ResponseReturnValue:
    """Show the start form of a process; one without a form asks to be started all the same."""
    definition = _definition(process_id)
    return _start_page(definition, prepare(_start_form(definition), {}, services().now()))


@processes.post("/<process_id>/start")
@only()
def start(process_id: str) -> ResponseReturnValue:
    """Start an instance with what its start form gives, and go to its first task, if that is for who started it."""
    engine, user, definition = services().engine, the_user(), _definition(process_id)
    entered = validate(_start_form(definition), request.form.to_dict(flat=False), {}, services().now())
    if not entered.accepted:
        return _start_page(definition, entered.view), 422
    business_key = new_ticket() if process_id == PROCESS_ID else entered.business_key
    instance = engine.start(
        process_id, entered.values, business_key=business_key, version=definition.version, by=user.id
    )
    position = positions.wait(engine, instance.id, user, config().patience)
    flash(f"Started: {process_id}.")
    return redirect(position.address, 303)


def _definition(process_id: str) -> ProcessDefinition:
    """Return the newest version of a process that this person may start."""
    found = _newest(process_id)
    if not may_start(found, the_user()):
        abort(403)
    return found


def _newest(process_id: str) -> ProcessDefinition:
    found = services().engine.definitions(process_id)
    if not found:
        abort(404)
    return found[0]


def _start_form(definition: ProcessDefinition) -> Form:
    form = services().engine.start_form(definition.process_id, version=definition.version)
    return form or Form(definition.process_id)


def _start_page(definition: ProcessDefinition, view: FormView) -> str:
    return render_template("start.html", definition=definition, view=view)


def _page(problems: Sequence[Problem] = ()) -> str:
    definitions = [(each, may_start(each, the_user())) for each in services().engine.definitions()]
    return render_template("processes.html", definitions=definitions, problems=problems, suffixes=SUFFIXES)


def _file_name(name: str | None) -> str:
    """Return the last part of a file name of any system, which is all that a browser has to tell."""
    return PurePosixPath(PureWindowsPath(name or "").name).name


def _unfit(resources: Sequence[Resource]) -> tuple[Problem, ...]:
    """Return what can be said about the files without reading them."""
    mend = f"Choose files that end in {', '.join(SUFFIXES)}."
    if not resources:
        return (Problem("", 0, "", "", "No file was chosen.", mend),)
    if len(resources) > MOST_FILES:
        return (Problem("", 0, "", "", "These are too many files.", f"Deploy at most {MOST_FILES} at a time."),)
    names = [resource.name for resource in resources]
    twice = {name for name in names if names.count(name) > 1}
    return (
        *(
            Problem(name, 0, "", "", "This is no diagram, decision or form.", mend)
            for name in names
            if not name.lower().endswith(SUFFIXES)
        ),
        *(Problem(name, 0, "", "", "Two files have this name.", "Rename one of them.") for name in sorted(twice)),
    )
