"""Changing by hand where an instance stands: elements are chosen on the diagram or in a list, then confirmed."""

from collections.abc import Sequence

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.clinic.models import Role
from app.web.access import only
from app.web.desk.actions import address, named
from app.web.desk.confirming import Question, ask, carry_out
from app.web.desk.diagrams import diagram_of
from app.web.desk.elements import elements_of
from app.web.desk.marks import marks_of
from app.web.entries import Entries
from app.web.identity import the_user
from app.web.services import services
from workflows.engine import ProcessInstance

modifying = Blueprint("modifying", __name__, url_prefix="/<instance_id>/modify")


@modifying.get("")
@only(Role.ADMINISTRATOR)
def choose(instance_id: str) -> ResponseReturnValue:
    """Show the diagram and the list of its elements, to choose where to cancel and where to start."""
    return _choice(services().engine.instance(instance_id))


@modifying.get("/confirm")
@only(Role.ADMINISTRATOR)
def confirm(instance_id: str) -> ResponseReturnValue:
    """Ask before the instance is changed as was chosen."""
    instance = services().engine.instance(instance_id)
    cancel, start = request.args.getlist("cancel"), request.args.getlist("start")
    if not cancel and not start:
        return _choice(instance, "Choose an element first: one to cancel, or one to start at."), 422
    return ask(_question(instance, cancel, start))


@modifying.post("/confirm")
@only(Role.ADMINISTRATOR)
def modify(instance_id: str) -> ResponseReturnValue:
    """Cancel and start as was chosen, in one step."""
    instance = services().engine.instance(instance_id)
    cancel, start = request.form.getlist("cancel"), request.form.getlist("start")

    def act(entered: Entries) -> None:
        services().engine.modify(
            instance_id, cancel=cancel, start=start, reason=entered.text("reason"), by=the_user().id
        )

    return carry_out(_question(instance, cancel, start), act, "The instance is modified.")


def _choice(instance: ProcessInstance, problem: str = "") -> str:
    engine = services().engine
    marks = marks_of(engine.history_counts(instance.id), engine.incidents(instance.id))
    return render_template(
        "desk/instances/modify.html",
        instance=instance,
        heading=f"Modify {named(instance)}",
        elements=elements_of(instance.definition_id),
        diagram=diagram_of(engine.definition(instance.definition_id), marks.for_picture()),
        marks=marks,
        problem=problem,
    )


def _question(instance: ProcessInstance, cancel: Sequence[str], start: Sequence[str]) -> Question:
    labels = {element.id: element.label for element in elements_of(instance.definition_id)}
    consequences = [f"What goes on in “{labels.get(each, each)}” is cancelled." for each in cancel]
    consequences += [f"A token starts at “{labels.get(each, each)}”." for each in start]
    if not start:
        consequences.append("If nothing else goes on in the instance, it is cancelled.")
    return Question(
        f"Modify {named(instance)}",
        consequences,
        "Modify the instance",
        address(instance),
        kept=[*(("cancel", each) for each in cancel), *(("start", each) for each in start)],
        dangerous=True,
    )
