"""Moving an instance to another version of its process: the version is chosen, then which element becomes which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from app.clinic.models import Role
from app.web import entries
from app.web.access import only
from app.web.desk.actions import address, named
from app.web.desk.confirming import Question, ask, carry_out
from app.web.desk.elements import Element, elements_of
from app.web.entries import Entries
from app.web.identity import the_user
from app.web.services import services
from workflows.diagrams.forms import FieldType, FormField
from workflows.engine import ProcessDefinition, ProcessInstance
from workflows.values import JsonValue

migrating = Blueprint("migrating", __name__, url_prefix="/<instance_id>/migrate")


@dataclass(frozen=True, slots=True)
class Plan:
    """A migration before its mapping: the elements that may need a counterpart, and those that may be one."""

    instance: ProcessInstance
    target: ProcessDefinition
    old: Sequence[Element]
    new: Sequence[Element]

    @property
    def fields(self) -> tuple[FormField, ...]:
        """A choice for each element that needs one; `None` stands for the same id."""
        known = {element.id for element in self.new}
        options = [(element.id, f"{element.label} ({element.id})") for element in self.new]
        return tuple(
            entries.field(
                f"map_{number}",
                FieldType.SELECT,
                f"“{element.label}” ({element.id}) becomes",
                hint="" if element.id in known else "The other version has no element of this id.",
                required=False,
                options=options,
            )
            for number, element in enumerate(self.old)
        )

    @property
    def values(self) -> dict[str, JsonValue]:
        """What is chosen at first: the elements that kept their ids."""
        known = {element.id for element in self.new}
        return {f"map_{number}": element.id for number, element in enumerate(self.old) if element.id in known}

    def mapping(self, entered: Entries) -> Mapping[str, str]:
        """Return the elements whose id is another one in the new version."""
        chosen = {element.id: entered.text(f"map_{number}") for number, element in enumerate(self.old)}
        return {old: new for old, new in chosen.items() if new and new != old}


@migrating.get("")
@only(Role.ADMINISTRATOR)
def choose(instance_id: str) -> ResponseReturnValue:
    """Show the versions to which the instance can be moved."""
    engine = services().engine
    instance = engine.instance(instance_id)
    versions = [
        each for each in engine.definitions(instance.process_id, latest=False) if each.id != instance.definition_id
    ]
    return render_template(
        "desk/instances/migrate.html",
        instance=instance,
        heading=f"Migrate {named(instance)}",
        versions=versions,
    )


@migrating.get("/<definition_id>")
@only(Role.ADMINISTRATOR)
def confirm(instance_id: str, definition_id: str) -> ResponseReturnValue:
    """Ask before the instance is moved, and which element becomes which."""
    return ask(_question(_plan(instance_id, definition_id)))


@migrating.post("/<definition_id>")
@only(Role.ADMINISTRATOR)
def migrate(instance_id: str, definition_id: str) -> ResponseReturnValue:
    """Move the instance; what has no counterpart in the other version is named, and nothing is moved."""
    plan = _plan(instance_id, definition_id)

    def act(entered: Entries) -> None:
        services().engine.migrate(
            instance_id,
            definition_id,
            mapping=plan.mapping(entered),
            reason=entered.text("reason"),
            by=the_user().id,
        )

    return carry_out(_question(plan), act, f"The instance is moved to version {plan.target.version}.")


def _plan(instance_id: str, definition_id: str) -> Plan:
    engine = services().engine
    instance, target = engine.instance(instance_id), engine.definition(definition_id)
    if target.process_id != instance.process_id:
        abort(404)
    old, new = elements_of(instance.definition_id), elements_of(definition_id)
    known = {element.id for element in new}
    running = {each.element_id for each in engine.history_counts(instance_id) if each.running}
    return Plan(instance, target, [each for each in old if each.id in running or each.id not in known], new)


def _question(plan: Plan) -> Question:
    instance, target = plan.instance, plan.target
    return Question(
        f"Migrate {named(instance)}",
        (
            f"The instance goes on in version {target.version} of {target.name or target.process_id}, "
            f"instead of version {instance.version}.",
            "Each element in which something goes on needs a counterpart of the same kind there. Its variables and its "
            "history stay; what was done is not done again.",
        ),
        f"Migrate to version {target.version}",
        address(instance),
        fields=plan.fields,
        values=plan.values,
        dangerous=True,
    )
