"""One instance: where it stands on its diagram, what it knows, what it did, and what was done to it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from app.clinic import people
from app.clinic.models import Role
from app.web.access import only
from app.web.desk.actions import named
from app.web.desk.changes import tell_changes
from app.web.desk.diagrams import diagram_of
from app.web.desk.marks import Marks, marks_of
from app.web.desk.paging import page_of
from app.web.services import services
from workflows.engine import (
    ElementCounts,
    HistoryEntry,
    Incident,
    InstanceQuery,
    ProcessDefinition,
    ProcessInstance,
)
from workflows.operations import Operation, VariableChange
from workflows.values import Variables

instance = Blueprint("instance", __name__, url_prefix="/<instance_id>")

MOST = 100
"""How many executions of elements, those that go on now among them, and changes of variables a page shows: the last."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the engine tells of an instance: counted, and the last of it, as there may be very much.

    `changes` are the last ones, one more than a page shows if there are more.
    """

    instance: ProcessInstance
    counts: list[ElementCounts]
    history: list[HistoryEntry]
    running: list[HistoryEntry]
    incidents: list[Incident]
    variables: Variables
    changes: list[VariableChange]
    operations: list[Operation]
    called: list[ProcessInstance]

    @property
    def marks(self) -> Marks:
        """What its diagram shows."""
        return marks_of(self.counts, self.incidents)

    @property
    def names(self) -> dict[str, str]:
        """What the elements that it has entered are called, by their ids."""
        return {each.element_id: each.name or each.element_id for each in self.counts}

    @property
    def entered(self) -> int:
        """How many executions of elements there were."""
        return entered(self.counts)

    @property
    def fingerprint(self) -> str:
        """Text that is another one when something of the instance has changed."""
        return hashlib.sha256(repr(self).encode("utf-8", "backslashreplace")).hexdigest()[:32]


def entered(counts: Iterable[ElementCounts]) -> int:
    """Return how many executions of elements these are."""
    return sum(each.running + each.completed + each.cancelled for each in counts)


def facts_of(instance_id: str) -> Facts:
    """Return what the engine knows of an instance; raise `NotFound`."""
    engine = services().engine
    return Facts(
        engine.instance(instance_id),
        engine.history_counts(instance_id),
        engine.history(instance_id, last=MOST),
        engine.history(instance_id, running=True, last=MOST),
        engine.incidents(instance_id, limit=MOST),
        engine.variables(instance_id),
        engine.variable_history(instance_id, last=MOST + 1),
        engine.operations(instance_id),
        engine.instances(InstanceQuery(parent_id=instance_id, descending=False)),
    )


@instance.get("")
@only(Role.ADMINISTRATOR)
def show(instance_id: str) -> ResponseReturnValue:
    """Show an instance."""
    facts = facts_of(instance_id)
    engine = services().engine
    definition = engine.definition(facts.instance.definition_id)
    return render_template(
        "desk/instances/instance.html",
        facts=facts,
        instance=facts.instance,
        definition=definition,
        names=facts.names,
        asked=engine.decisions_asked(definition.id),
        diagram=diagram_of(definition, facts.marks.for_picture()),
        versions=_other_versions(definition),
        people=_people_in(facts),
        most=MOST,
    )


@instance.get("/history")
@only(Role.ADMINISTRATOR)
def timeline(instance_id: str) -> ResponseReturnValue:
    """Show all that an instance did, a page at a time, the last of it first."""
    engine = services().engine
    found, total = engine.instance(instance_id), entered(engine.history_counts(instance_id))
    return render_template(
        "desk/instances/history.html",
        instance=found,
        heading=f"Timeline of {named(found)}",
        asked=engine.decisions_asked(found.definition_id),
        found=page_of(
            total,
            request.args.get("page", 1, type=int),
            lambda offset: engine.history(instance_id, last=MOST, offset=offset)[::-1],
            MOST,
        ),
    )


@instance.get("/changes")
@only(Role.ADMINISTRATOR)
def changes(instance_id: str) -> Response:
    """Tell a page whenever something of the instance has changed; it looks for itself what that is."""
    return tell_changes({f"instance:{instance_id}"}, lambda: facts_of(instance_id).fingerprint)


def _other_versions(definition: ProcessDefinition) -> list[ProcessDefinition]:
    versions = services().engine.definitions(definition.process_id, latest=False)
    return [each for each in versions if each.id != definition.id]


def _people_in(facts: Facts) -> dict[str, str]:
    """User names by the ids of logins that the audit has; a program may have given other ids."""
    ids = {facts.instance.started_by, *(operation.done_by for operation in facts.operations)}
    with services().database.read() as session:
        return people.usernames(session, login_ids=[each for each in ids if each])
