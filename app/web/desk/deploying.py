"""Deploying files: uploaded, shown with their problems or with what they would change, then deployed."""

from collections.abc import Sequence
from pathlib import PurePosixPath, PureWindowsPath

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic import people
from app.clinic.models import Role
from app.web.access import only
from app.web.deployment_audit import note_deployment
from app.web.desk.bundles import pack, unpack
from app.web.desk.paging import PER_PAGE, page_of
from app.web.identity import the_user
from app.web.services import services
from workflows.diagrams.problems import Problem
from workflows.engine import Deployable, DeploymentQuery, InstanceQuery, InstanceState, PlannedVersion, Resource
from workflows.errors import InvalidDiagram, InvalidInput, NotSupported

deploying = Blueprint("deploying", __name__, url_prefix="/deployments")

SUFFIXES = (".bpmn", ".dmn", ".form")
MOST_FILES = 20

_RUNNING = (InstanceState.ACTIVE, InstanceState.SUSPENDED)


@deploying.get("")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List what was deployed, when and by whom, the newest first, a page at a time."""
    engine = services().engine
    found = page_of(
        engine.count_deployments(),
        request.args.get("page", 1, type=int),
        lambda offset: engine.deployments(DeploymentQuery(limit=PER_PAGE, offset=offset)),
    )
    with services().database.read() as session:
        logins = {each.deployed_by for each in found.rows if each.deployed_by}
        names = people.usernames(session, login_ids=logins)
    return render_template("desk/deployments.html", found=found, people=names)


@deploying.get("/new")
@only(Role.ADMINISTRATOR)
def choose() -> ResponseReturnValue:
    """Ask for the files."""
    return _upload_page()


@deploying.post("/new")
@only(Role.ADMINISTRATOR)
def preview() -> ResponseReturnValue:
    """Show what the uploaded files would change, or every problem; nothing is changed yet."""
    resources = [
        Resource(_file_name(file.filename), file.read()) for file in request.files.getlist("files") if file.filename
    ]
    problems = _unfit(resources)
    if problems:
        return _upload_page(problems), 422
    try:
        planned = services().engine.preview(resources)
    except InvalidDiagram as error:
        return _upload_page(error.problems), 422
    except (InvalidInput, NotSupported) as error:
        return _upload_page((Problem("", 0, "", "", str(error), ""),)), 422
    return render_template(
        "desk/deployment.html",
        planned=planned,
        changes=any(each.version != each.newest for each in planned),
        running={each.id: _count_running(each) for each in planned if each.kind is Deployable.PROCESS},
        bundle=pack(resources),
    )


@deploying.post("")
@only(Role.ADMINISTRATOR)
def deploy() -> ResponseReturnValue:
    """Deploy the files that were shown, together; or show what has come in their way since."""
    try:
        resources = unpack(request.form.getlist("bundle"), most_bytes=current_app.config["MAX_CONTENT_LENGTH"])
    except ValueError:
        abort(400)
    problems = _unfit(resources)
    if not problems:
        try:
            deployment = services().engine.deploy(resources, by=the_user().id)
        except InvalidDiagram as error:
            problems = error.problems
        except (InvalidInput, NotSupported) as error:
            problems = (Problem("", 0, "", "", str(error), ""),)
    if problems:
        return _upload_page(problems), 422
    note_deployment(deployment, "deployed", {"source": "desk", "files": ", ".join(file.name for file in resources)})
    names = [f"{definition.process_id} version {definition.version}" for definition in deployment.definitions]
    flash(f"Deployed: {', '.join(names) or ', '.join(resource.name for resource in resources)}.")
    return redirect(url_for("desk.definitions.listing"), 303)


def _upload_page(problems: Sequence[Problem] = ()) -> str:
    return render_template("desk/upload.html", problems=problems, suffixes=SUFFIXES)


def _count_running(planned: PlannedVersion) -> int:
    return services().engine.count_instances(InstanceQuery(process_id=planned.id, states=_RUNNING))


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
