"""Starting an instance of a process, through its start form if it has one."""

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.clinic.tickets import new_ticket
from app.web import positions
from app.web.access import only
from app.web.identity import the_user
from app.web.services import config, services
from app.web.starters import may_start
from app.web.steps import PROCESS_ID
from workflows.diagrams.forms import Form, FormView, prepare, validate
from workflows.engine import ProcessDefinition

processes = Blueprint("processes", __name__, url_prefix="/processes")


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
