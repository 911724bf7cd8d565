"""What a broker's records say of the instances of one case."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows.values import Variables
from workflows.zeebe.records import Record


@dataclass(slots=True)
class Instance:
    """One process instance, by its records."""

    key: int
    state: str = "active"
    is_called: bool = False
    entered: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    going_on: dict[int, str] = field(default_factory=dict)
    variables: Variables = field(default_factory=dict)


@dataclass(slots=True)
class Known:
    """What the records say of the instances of one case."""

    definitions: set[int] = field(default_factory=set)
    instances: dict[int, Instance] = field(default_factory=dict)
    tasks: dict[int, Record] = field(default_factory=dict)
    jobs: dict[int, Record] = field(default_factory=dict)
    incidents: dict[int, Record] = field(default_factory=dict)
    waiting: dict[int, Record] = field(default_factory=dict)
    timers: dict[int, Record] = field(default_factory=dict)
    messages: set[int] = field(default_factory=set)

    def note(self, record: Record) -> None:
        """Take in one record."""
        value, intent = record.value, record.intent
        of = value.get("processDefinitionKey")
        match record.kind:
            case "PROCESS_INSTANCE" if of in self.definitions:
                self._note_element(record.key, value, intent)
            case "VARIABLE" if of in self.definitions and value["scopeKey"] == value["processInstanceKey"]:
                self._instance(value).variables[value["name"]] = json.loads(value["value"])
            case "USER_TASK" if of in self.definitions:
                _keep(self.tasks, record, {"CREATED"}, {"COMPLETED", "CANCELED"})
            case "JOB" if of in self.definitions:
                _keep(self.jobs, record, {"CREATED"}, {"COMPLETED", "CANCELED", "ERROR_THROWN"})
            case "INCIDENT" if of in self.definitions:
                _keep(self.incidents, record, {"CREATED"}, {"RESOLVED"})
            case "TIMER" if of in self.definitions:
                _keep(self.timers, record, {"CREATED"}, {"TRIGGERED", "CANCELED"})
            case "PROCESS_MESSAGE_SUBSCRIPTION" if value["processInstanceKey"] in self.instances:
                self._note_subscription(record)
            case "MESSAGE_START_EVENT_SUBSCRIPTION" if intent == "CORRELATED" and of in self.definitions:
                self.messages.add(value["messageKey"])

    def element_of(self, incident: Record) -> str:
        """The element of an incident; that of an error which nothing catches has another name in its record."""
        value = incident.value
        going_on = self.instances[value["processInstanceKey"]].going_on
        return going_on.get(value["elementInstanceKey"], str(value["elementId"]))

    def _instance(self, value: Mapping[str, Any]) -> Instance:
        key = value["processInstanceKey"]
        return self.instances.setdefault(key, Instance(key))

    def _note_element(self, key: int, value: Mapping[str, Any], intent: str) -> None:
        if value["bpmnElementType"] == "SEQUENCE_FLOW" or _is_compensation(value):
            return
        instance = self._instance(value)
        if value["bpmnElementType"] == "PROCESS":
            instance.is_called = value["parentProcessInstanceKey"] > 0
            instance.state = {"ELEMENT_COMPLETED": "completed", "ELEMENT_TERMINATED": "cancelled"}.get(
                intent, instance.state
            )
        elif intent == "ELEMENT_ACTIVATING":
            instance.entered.append(value["elementId"])
            instance.going_on[key] = value["elementId"]
        elif intent == "ELEMENT_COMPLETED":
            instance.going_on.pop(key, None)
        elif intent == "ELEMENT_TERMINATED":
            instance.cancelled.append(instance.going_on.pop(key))

    def _note_subscription(self, record: Record) -> None:
        if record.intent == "CORRELATED":
            self.messages.add(record.value["messageKey"])
        place = record.value["elementInstanceKey"], record.value["messageName"]
        if record.intent == "CREATED":
            self.waiting[hash(place)] = record
        elif record.intent == "DELETED" or (record.intent == "CORRELATED" and record.value["interrupting"]):
            self.waiting.pop(hash(place), None)


def _keep(records: dict[int, Record], record: Record, begin: set[str], end: set[str]) -> None:
    if record.intent in begin:
        records[record.key] = record
    elif record.intent in end:
        records.pop(record.key, None)


def _is_compensation(value: Mapping[str, Any]) -> bool:
    """Whether an element is the event on a compensated activity, which a broker enters and we do not."""
    return (value["bpmnElementType"], value["bpmnEventType"]) == ("BOUNDARY_EVENT", "COMPENSATION")
