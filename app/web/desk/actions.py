"""What staff does to one instance: hold it, let it go on, end it, set a variable of it."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic.errors import InvalidInput
from app.clinic.models import Role
from app.web import entries
from app.web.access import only
from app.web.desk.confirming import Question, ask, carry_out
from app.web.desk.values import read_json, shown
from app.web.entries import Entries
from app.web.identity import the_user
from app.web.services import services
from workflows.diagrams.forms import FieldType
from workflows.engine import ProcessInstance
from workflows.values import JsonValue

actions = Blueprint("actions", __name__, url_prefix="/<instance_id>")

_NAME = entries.field("name", FieldType.STRING, "Name of the variable", longest=500)
_VALUE = entries.field(
    "value",
    FieldType.TEXTAREA,
    "New value",
    hint='As JSON: 42, true, null, "text in quotes", ["a", "list"], {"an": "object"}.',
)


@actions.get("/suspend")
@only(Role.ADMINISTRATOR)
def ask_to_suspend(instance_id: str) -> ResponseReturnValue:
    """Ask before an instance is held."""
    return ask(_suspending(_find(instance_id)))


@actions.post("/suspend")
@only(Role.ADMINISTRATOR)
def suspend(instance_id: str) -> ResponseReturnValue:
    """Hold an instance."""

    def act(entered: Entries) -> None:
        services().engine.suspend(instance_id, reason=entered.text("reason"), by=the_user().id)

    return carry_out(_suspending(_find(instance_id)), act, "The instance is suspended.")


@actions.get("/resume")
@only(Role.ADMINISTRATOR)
def ask_to_resume(instance_id: str) -> ResponseReturnValue:
    """Ask before a suspended instance goes on."""
    return ask(_resuming(_find(instance_id)))


@actions.post("/resume")
@only(Role.ADMINISTRATOR)
def resume(instance_id: str) -> ResponseReturnValue:
    """Let a suspended instance go on."""

    def act(entered: Entries) -> None:
        services().engine.resume(instance_id, reason=entered.text("reason"), by=the_user().id)

    return carry_out(_resuming(_find(instance_id)), act, "The instance goes on.")


@actions.get("/cancel")
@only(Role.ADMINISTRATOR)
def ask_to_cancel(instance_id: str) -> ResponseReturnValue:
    """Ask before an instance is ended."""
    return ask(_cancelling(_find(instance_id)))


@actions.post("/cancel")
@only(Role.ADMINISTRATOR)
def cancel(instance_id: str) -> ResponseReturnValue:
    """End an instance without finishing it."""

    def act(entered: Entries) -> None:
        services().engine.cancel(instance_id, reason=entered.text("reason"), by=the_user().id)

    return carry_out(_cancelling(_find(instance_id)), act, "The instance is cancelled.")


@actions.get("/variable")
@only(Role.ADMINISTRATOR)
def variable_form(instance_id: str) -> ResponseReturnValue:
    """Ask for the new value of a variable, with the present one filled in."""
    name = request.args.get("name", "")
    present = services().engine.variables(instance_id)
    values: dict[str, JsonValue] = {"name": name, "value": shown(present[name])} if name in present else {"name": name}
    return ask(_setting(_find(instance_id), values))


@actions.post("/variable")
@only(Role.ADMINISTRATOR)
def set_variable(instance_id: str) -> ResponseReturnValue:
    """Set a variable of the process."""

    def act(entered: Entries) -> None:
        changed = {entered.text("name"): _read(entered.text("value"))}
        services().engine.set_variables(instance_id, changed, reason=entered.text("reason"), by=the_user().id)

    return carry_out(_setting(_find(instance_id), {}), act, "The variable is set.")


def _find(instance_id: str) -> ProcessInstance:
    return services().engine.instance(instance_id)


def named(instance: ProcessInstance) -> str:
    """Return what an instance is called in a sentence."""
    key = instance.business_key
    return f"{instance.process_id} {key}" if key else f"an instance of {instance.process_id}"


def address(instance: ProcessInstance) -> str:
    """Return the address of the page of an instance."""
    return url_for("desk.instances.instance.show", instance_id=instance.id)


def _suspending(instance: ProcessInstance) -> Question:
    return Question(
        f"Suspend {named(instance)}",
        (
            "The instance holds still: no job of it is offered to workers, no timer fires, no task can be completed.",
            "Messages pass it by, or wait as long as they are kept. What it has called runs on. "
            "Resuming it lets it go on with all that is due by then.",
        ),
        "Suspend it",
        address(instance),
    )


def _resuming(instance: ProcessInstance) -> Question:
    consequence = "The instance goes on where it stood, at once with all that has become due in the meantime."
    return Question(f"Resume {named(instance)}", (consequence,), "Resume it", address(instance))


def _cancelling(instance: ProcessInstance) -> Question:
    return Question(
        f"Cancel {named(instance)}",
        (
            "The instance ends here, without finishing: its tasks, jobs and timers are withdrawn, and so is what it "
            "has called.",
            "What its work has changed elsewhere stays as it is. This can't be taken back.",
        ),
        "Cancel the instance",
        address(instance),
        dangerous=True,
    )


def _setting(instance: ProcessInstance, values: dict[str, JsonValue]) -> Question:
    return Question(
        f"Set a variable of {named(instance)}",
        (
            "All that the process does from now on sees the new value; what was done with the old one stays.",
            "A variable that does not exist is added. Conditions that wait for it are looked at again at once.",
        ),
        "Set the variable",
        address(instance),
        fields=(_NAME, _VALUE),
        values=values,
    )


def _read(text: str) -> JsonValue:
    try:
        return read_json(text)
    except (ValueError, RecursionError):
        told = "This is no JSON: text stands in double quotes, numbers and true, false and null without."
        raise InvalidInput("value", told) from None
