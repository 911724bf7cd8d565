"""Moving an instance to another definition."""

from collections.abc import Mapping

from pyzeebe.proto import gateway_pb2 as messages

from workflows.diagrams.graph import Node
from workflows.embedded import EmbeddedEngine
from workflows.embedded.migrating import described, refuse_unknown
from workflows.errors import Conflict, InvalidInput
from workflows.zeebe.answers import conflict_if_gone
from workflows.zeebe.gateway import Gateway
from workflows.zeebe.modification import running
from workflows.zeebe.waiting import until


def migrate(
    gateway: Gateway, store: EmbeddedEngine, instance_id: str, definition_id: str, mapping: Mapping[str, str]
) -> str:
    """Move an instance, and wait until the store knows; what runs needs a counterpart of its type.

    Return what the audit says of it.
    """
    current = store.instance(instance_id).definition_id
    if current == definition_id:
        raise Conflict(f"The process instance {instance_id!r} is of this definition already.")
    old, new = store.mirror.definition(current), store.mirror.definition(definition_id)
    refuse_unknown(old, new, mapping)
    pairs = _pairs(old.graph.nodes, new.graph.nodes, mapping)
    lost = sorted({each.element_id for each in running(store, instance_id) if each.element_id not in pairs})
    if lost:
        raise InvalidInput(f"Name a counterpart in the other definition for {', '.join(lost)}.")
    plan = messages.MigrateProcessInstanceRequest.MigrationPlan(
        targetProcessDefinitionKey=int(str(store.mirror.key(definition_id))),
        mappingInstructions=[
            messages.MigrateProcessInstanceRequest.MappingInstruction(sourceElementId=name, targetElementId=other)
            for name, other in pairs.items()
        ],
    )
    request = messages.MigrateProcessInstanceRequest(processInstanceKey=int(instance_id), migrationPlan=plan)
    with conflict_if_gone(f"The process instance {instance_id!r} has ended."):
        gateway.call("MigrateProcessInstance", request)
    until(lambda: store.instance(instance_id).definition_id == definition_id)
    return described(old, new, mapping)


def _pairs(source: Mapping[str, Node], target: Mapping[str, Node], mapping: Mapping[str, str]) -> dict[str, str]:
    """Every element that has a counterpart, so that reminders and other events of what runs go on too."""
    pairs = {name: mapping.get(name, name) for name in source}
    return {name: other for name, other in pairs.items() if other in target and target[other].type == source[name].type}
