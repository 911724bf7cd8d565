"""What goes on in one instance: its elements, its variables, and what it waits for."""

import json
import re
from typing import TypedDict

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import MOST
from app.api.camunda.marks import reads
from app.api.camunda.refusals import RestError
from app.api.v2.searching import search
from app.api.v2.shapes import TENANT, written, written_if
from app.web.services import services
from workflows.engine import HistoryEntry, ProcessInstance
from workflows.errors import NotFound

blueprint = Blueprint("v2_elements", __name__, url_prefix="/v2")

_STATES = {"running": "ACTIVE", "completed": "COMPLETED", "cancelled": "TERMINATED"}
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


class ElementItem(TypedDict):
    """One execution of an element as Camunda 8 shows it."""

    elementInstanceKey: str
    processInstanceKey: str
    processDefinitionKey: str
    processDefinitionId: str
    elementId: str
    elementName: str
    type: str
    state: str
    startDate: str
    endDate: str | None
    hasIncident: bool
    tenantId: str


class VariableItem(TypedDict):
    """A variable as Camunda 8 shows it, whose value is JSON text; its scope is the instance, or one running element."""

    variableKey: str
    name: str
    value: str
    isTruncated: bool
    scopeKey: str
    processInstanceKey: str
    tenantId: str


class SubscriptionItem(TypedDict):
    """What waits for a message as Camunda 8 shows it."""

    messageSubscriptionKey: str
    processDefinitionId: str
    processDefinitionKey: str
    processInstanceKey: str
    elementId: str
    messageSubscriptionState: str
    lastUpdatedDate: str
    messageName: str
    correlationKey: str | None
    tenantId: str


@blueprint.post("/element-instances/search")
@reads
def elements() -> ResponseReturnValue:
    """Find the executed elements of an instance, in the order in which they were entered."""
    wanted = search(ElementItem)
    instance = _instance(wanted.text("processInstanceKey") or wanted.text("elementInstanceKey"))
    if instance is None:
        return wanted.answer([])
    failed = {each.element_id for each in services().engine.incidents(instance.id)}
    entries = services().engine.history(instance.id)
    return wanted.answer(_element(instance, each, failed=each.element_id in failed) for each in entries)


@blueprint.get("/element-instances/<element_id>")
@reads
def element(element_id: str) -> ResponseReturnValue:
    """Read one executed element."""
    engine = services().engine
    instance = engine.instance(element_id.partition(":")[0])
    failed = {each.element_id for each in engine.incidents(instance.id)}
    for each in engine.history(instance.id):
        if each.id == element_id:
            return jsonify(_element(instance, each, failed=each.element_id in failed))
    raise RestError(404, f"There is no element instance {element_id}.")


@blueprint.post("/variables/search")
@reads
def variables() -> ResponseReturnValue:
    """Find the variables of an instance and of its running elements, each as whole as it is."""
    wanted = search(VariableItem)
    instance = _instance(wanted.text("processInstanceKey") or wanted.text("scopeKey"))
    if instance is None:
        return wanted.answer([])
    engine = services().engine
    scopes = {instance.id: engine.variables(instance.id), **engine.local_variables(instance.id)}
    return wanted.answer(
        VariableItem(
            variableKey=f"{scope}:{name}",
            name=name,
            value=json.dumps(value, ensure_ascii=False, separators=(",", ":")),
            isTruncated=False,
            scopeKey=scope,
            processInstanceKey=instance.id,
            tenantId=TENANT,
        )
        for scope, variables in scopes.items()
        for name, value in variables.items()
    )


@blueprint.post("/message-subscriptions/search")
@reads
def subscriptions() -> ResponseReturnValue:
    """Find what waits for messages, longest first."""
    wanted = search(SubscriptionItem)
    found = services().engine.message_subscriptions(
        wanted.text("processInstanceKey"), name=wanted.text("messageName"), limit=MOST
    )
    return wanted.answer(
        SubscriptionItem(
            messageSubscriptionKey=each.id,
            processDefinitionId=each.process_id,
            processDefinitionKey=each.definition_id,
            processInstanceKey=each.instance_id,
            elementId=each.element_id,
            messageSubscriptionState="CREATED",
            lastUpdatedDate=written(each.opened_at),
            messageName=each.name,
            correlationKey=each.correlation_key,
            tenantId=TENANT,
        )
        for each in found
    )


def _instance(key: str | None) -> ProcessInstance | None:
    """Return the instance that a search names, None if there is none; 400 if it names none."""
    if key is None:
        raise RestError(400, "Name one instance in the filter: processInstanceKey is missing.")
    try:
        return services().engine.instance(key.partition(":")[0])
    except NotFound:
        return None


def _element(instance: ProcessInstance, entry: HistoryEntry, *, failed: bool) -> ElementItem:
    return {
        "elementInstanceKey": entry.id,
        "processInstanceKey": instance.id,
        "processDefinitionKey": instance.definition_id,
        "processDefinitionId": instance.process_id,
        "elementId": entry.element_id,
        "elementName": entry.name or entry.element_id,
        "type": _WORD.sub("_", entry.type).upper(),
        "state": _STATES[entry.outcome],
        "startDate": written(entry.started_at),
        "endDate": written_if(entry.ended_at),
        "hasIncident": failed and entry.outcome == "running",
        "tenantId": TENANT,
    }
