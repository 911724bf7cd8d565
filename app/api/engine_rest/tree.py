"""What runs in an instance, as Camunda's tree of activity instances."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from workflows.engine import HistoryEntry, Incident, ProcessInstance


def activity_tree(
    instance: ProcessInstance, name: str, history: Sequence[HistoryEntry], incidents: Sequence[Incident]
) -> dict[str, Any]:
    """Return the root, which stands for the process, with all that runs below it."""
    inside: defaultdict[str | None, list[HistoryEntry]] = defaultdict(list)
    for entry in history:
        if entry.outcome == "running":
            inside[entry.parent_id].append(entry)
    failed: defaultdict[str, list[Incident]] = defaultdict(list)
    for incident in incidents:
        failed[incident.element_id].append(incident)

    def node(entry: HistoryEntry, parent: str) -> dict[str, Any]:
        return {
            **_node(instance, entry.name),
            "id": entry.id,
            "parentActivityInstanceId": parent,
            "activityId": entry.element_id,
            "activityType": entry.type,
            "childActivityInstances": [node(child, entry.id) for child in inside[entry.id]],
            "incidentIds": [each.id for each in failed[entry.element_id]],
            "incidents": [{"id": each.id, "activityId": each.element_id} for each in failed[entry.element_id]],
        }

    return {
        **_node(instance, name),
        "id": instance.id,
        "parentActivityInstanceId": None,
        "activityId": instance.definition_id,
        "activityType": "processDefinition",
        "childActivityInstances": [node(child, instance.id) for child in inside[None]],
        "incidentIds": [],
        "incidents": [],
    }


def _node(instance: ProcessInstance, name: str) -> dict[str, Any]:
    return {
        "processInstanceId": instance.id,
        "processDefinitionId": instance.definition_id,
        "childTransitionInstances": [],
        "executionIds": [instance.id],
        "activityName": name or None,
        "name": name or None,
    }
