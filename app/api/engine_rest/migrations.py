"""Moving instances to another version: a plan is made, looked at, and carried out."""

from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import Asked, in_body
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import RestError
from app.api.engine_rest.instances import running
from app.web.identity import the_user
from app.web.services import services
from workflows.pictures import read_picture

blueprint = Blueprint("engine_rest_migration", __name__, url_prefix="/engine-rest/migration")


@blueprint.post("/generate")
@reads
def generate() -> ResponseReturnValue:
    """Make a plan: elements that both versions have under one id and as one kind stay themselves."""
    body = in_body()
    source, target = _definitions(body)
    kinds, others = _elements(source), _elements(target)
    return jsonify(
        {
            "sourceProcessDefinitionId": source,
            "targetProcessDefinitionId": target,
            "instructions": [
                {
                    "sourceActivityIds": [element],
                    "targetActivityIds": [element],
                    "updateEventTrigger": body.flag("updateEventTriggers"),
                }
                for element, kind in kinds.items()
                if others.get(element) == kind
            ],
            "variables": None,
        }
    )


@blueprint.post("/validate")
@reads
def validate() -> ResponseReturnValue:
    """Say what is wrong with the instructions of a plan."""
    body = in_body()
    source, target = _definitions(body)
    kinds, others = _elements(source), _elements(target)
    reports = []
    for instruction, (old, new) in zip(body.objects("instructions"), _mapping(body).items(), strict=False):
        failures = [
            f"{what} activity '{element}' does not exist"
            for what, element, known in (("Source", old, kinds), ("Target", new, others))
            if element not in known
        ]
        if not failures and kinds[old] != others[new]:
            failures = [f"Activities have incompatible types ({kinds[old]} is not compatible with {others[new]})"]
        if failures:
            reports.append({"instruction": dict(instruction.members), "failures": failures})
    return jsonify({"instructionReports": reports, "variableReports": {}})


@blueprint.post("/execute")
@runs
def execute() -> ResponseReturnValue:
    """Carry a plan out: each instance moves whole, or stays as it was and ends the rest."""
    body = in_body()
    plan = body.object("migrationPlan")
    source, target = _definitions(plan)
    mapping = _mapping(plan)
    if body.has("processInstanceQuery"):
        raise RestError(400, "Name the instances by processInstanceIds here.")
    named = body.texts("processInstanceIds")
    if not named:
        raise RestError(400, "processInstanceIds is empty: there is nothing to migrate.")
    found = [running(each) for each in dict.fromkeys(named)]
    for instance in found:
        if instance.definition_id != source:
            said = f"The process instance {instance.id} is not one of the plan's source {source}."
            raise RestError(400, said, "MigratingProcessInstanceValidationException")
    changed = {old: new for old, new in mapping.items() if old != new}
    for instance in found:
        services().engine.migrate(instance.id, target, mapping=changed, by=the_user().id)
    return "", 204


def _definitions(plan: Asked) -> tuple[str, str]:
    engine = services().engine
    names = ("sourceProcessDefinitionId", "targetProcessDefinitionId")
    source, target = (engine.definition(plan.required(name)).id for name in names)
    return source, target


def _mapping(plan: Asked) -> dict[str, str]:
    found: dict[str, str] = {}
    for instruction in plan.objects("instructions"):
        old, new = instruction.texts("sourceActivityIds"), instruction.texts("targetActivityIds")
        if len(old) != 1 or len(new) != 1:
            raise RestError(400, "An instruction needs one sourceActivityId and one targetActivityId.")
        found[old[0]] = new[0]
    return found


def _elements(definition_id: str) -> dict[str, Any]:
    """Return the kinds of the elements of a diagram, by their ids."""
    file = services().engine.diagram(definition_id)
    return {shape.id: shape.kind for shape in read_picture(file.content, file.name).shapes}
