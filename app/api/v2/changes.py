"""Changing by hand what runs: an instance is modified, moved to another version, or gets other variables."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import Asked, in_body
from app.api.camunda.marks import runs
from app.api.camunda.refusals import RestError
from app.web.identity import the_user
from app.web.services import services
from workflows.values import Variables

blueprint = Blueprint("v2_changes", __name__, url_prefix="/v2")


@blueprint.post("/process-instances/<instance_id>/modification")
@runs
def modify(instance_id: str) -> ResponseReturnValue:
    """End what runs in some elements, and start at others."""
    asked = in_body()
    given: Variables = {}
    started: list[str] = []
    for instruction in asked.objects("activateInstructions"):
        started.append(instruction.required("elementId"))
        for written in instruction.objects("variableInstructions"):
            if written.text("scopeId"):
                raise RestError(400, "A modification sets variables of the process here: leave scopeId out.")
            given |= written.object("variables").members
    ended = [
        each.text("elementInstanceKey") or each.required("elementId") for each in asked.objects("terminateInstructions")
    ]
    services().engine.modify(instance_id, cancel=ended, start=started, variables=given, by=the_user().id)
    return Response(status=204)


@blueprint.post("/process-instances/<instance_id>/migration")
@runs
def migrate(instance_id: str) -> ResponseReturnValue:
    """Move an instance to another definition; elements without an instruction keep their ids."""
    asked = in_body()
    mapping = dict(map(_pair, asked.objects("mappingInstructions")))
    target = asked.required("targetProcessDefinitionKey")
    services().engine.migrate(instance_id, target, mapping=mapping, by=the_user().id)
    return Response(status=204)


@blueprint.put("/element-instances/<scope_id>/variables")
@runs
def set_variables(scope_id: str) -> ResponseReturnValue:
    """Set variables of an instance, or as one of its running elements sees them; with `local`, of that alone."""
    asked = in_body()
    instance_id, _, number = scope_id.partition(":")
    services().engine.set_variables(
        instance_id,
        asked.object("variables").members,
        scope=scope_id if number else None,
        local=bool(number) and asked.flag("local"),
        by=the_user().id,
    )
    return Response(status=204)


def _pair(instruction: Asked) -> tuple[str, str]:
    return instruction.required("sourceElementId"), instruction.required("targetElementId")
