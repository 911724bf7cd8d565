"""The vocabulary of Camunda 7: `http://camunda.org/schema/1.0/bpmn`."""

from collections.abc import Mapping

from workflows.diagrams.outline import EVENTS, FLOW_NODES, GATEWAYS, SUBPROCESSES, TASKS

Words = frozenset[str]

_JOBS: Words = frozenset({"serviceTask", "sendTask", "businessRuleTask", "messageEventDefinition"})
_FORMS: Words = frozenset({"startEvent", "userTask"})
_ASYNC: Words = FLOW_NODES | {"multiInstanceLoopCharacteristics"}
_MAPPED: Words = TASKS | EVENTS | SUBPROCESSES | {"callActivity"}
_PROCESS: Words = frozenset({"process"})


def _on(places: Words, names: str) -> dict[str, Words]:
    return {f"camunda:{name}": places for name in names.split()}


ATTRIBUTES: Mapping[str, Words] = {
    # compiled
    **_on(_ASYNC, "asyncBefore asyncAfter"),
    **_on(_ASYNC | {"signalEventDefinition"}, "async"),
    **_on(_JOBS, "type topic"),
    **_on(_JOBS | _PROCESS, "taskPriority"),
    **_on(_JOBS | {"scriptTask"}, "resultVariable"),
    **_on(_FORMS, "formKey formRef formRefBinding formRefVersion"),
    **_on(frozenset({"userTask"}), "assignee candidateUsers candidateGroups dueDate followUpDate priority"),
    **_on(frozenset({"businessRuleTask"}), "decisionRef decisionRefBinding decisionRefVersion mapDecisionResult"),
    **_on(frozenset({"businessRuleTask"}), "decisionRefVersionTag"),
    **_on(frozenset({"callActivity"}), "calledElementBinding calledElementVersion calledElementVersionTag"),
    **_on(_PROCESS, "candidateStarterGroups candidateStarterUsers versionTag historyTimeToLive isStartableInTasklist"),
    **_on(frozenset({"startEvent"}), "initiator"),
    **_on(frozenset({"multiInstanceLoopCharacteristics"}), "collection elementVariable"),
    **_on(frozenset({"errorEventDefinition"}), "errorCodeVariable errorMessageVariable"),
    **_on(frozenset({"error"}), "errorMessage"),
    **_on(frozenset({"escalationEventDefinition"}), "escalationCodeVariable"),
    **_on(frozenset({"conditionalEventDefinition"}), "variableName variableEvents"),
    # harmless: how Camunda's own job executor orders its work, and what the Modeler notes down for itself
    **_on(_ASYNC, "exclusive"),
    **_on(_ASYNC | _PROCESS, "jobPriority"),
    **_on(FLOW_NODES | {"process", "collaboration", "sequenceFlow"}, "modelerTemplate modelerTemplateVersion"),
    **_on(frozenset({"definitions"}), "diagramRelationId"),
}
"""Attributes on BPMN elements."""

_EXTERNAL = "It needs a JVM. Make it an external task (type external and a topic), whose handler does the work."
_SCRIPT_FILE = "Write the script into the diagram itself."
_TENANT = "Remove it: there are no tenants here."
_CASE = "Cases (CMMN) do not run here. Call a process by calledElement."
_VARIABLES = "It needs a JVM. Name the variables by camunda:in and camunda:out."
REFUSED_ATTRIBUTES: Mapping[str, str] = {
    "camunda:script resource": _SCRIPT_FILE,
    "camunda:out businessKey": "Remove it: a called process gives back no business key.",
    "camunda:value value": "Write the value between the tags.",
    "camunda:class": _EXTERNAL,
    "camunda:delegateExpression": _EXTERNAL,
    "camunda:expression": _EXTERNAL,
    "camunda:resource": _SCRIPT_FILE,
    "camunda:formHandlerClass": "It needs a JVM. Use formData or a form reference.",
    "camunda:calledElementTenantId": _TENANT,
    "camunda:decisionRefTenantId": _TENANT,
    "camunda:caseRef": _CASE,
    "camunda:caseBinding": _CASE,
    "camunda:caseVersion": _CASE,
    "camunda:caseTenantId": _CASE,
    "camunda:variableMappingClass": _VARIABLES,
    "camunda:variableMappingDelegateExpression": _VARIABLES,
}

PLACES: Mapping[str, Words] = {
    "camunda:properties": frozenset({"*"}),
    "camunda:formData": _FORMS,
    "camunda:inputOutput": _MAPPED,
    "camunda:failedJobRetryTimeCycle": _ASYNC,
    "camunda:in": frozenset({"callActivity", "signalEventDefinition"}),
    "camunda:out": frozenset({"callActivity"}),
}

REFUSED_PLACES: Mapping[str, tuple[Words, str]] = {
    "camunda:inputOutput": (GATEWAYS, "Put the mappings on the element before or after the gateway."),
}
"""Elements on which an extension element has no effect, with what to do instead."""

_LISTENER = "Draw a task before or after the element instead, or let an external task's handler do it."
REFUSED_ELEMENTS: Mapping[str, str] = {
    "camunda:connector": _EXTERNAL,
    "camunda:field": _EXTERNAL,
    "camunda:executionListener": _LISTENER,
    "camunda:taskListener": _LISTENER,
    "camunda:formProperty": "Use camunda:formData with form fields.",
    "camunda:potentialStarter": "Use candidateStarterUsers and candidateStarterGroups.",
    "camunda:errorEventDefinition": "Let the handler answer with a BPMN error of this code.",
}

_VALUES: Words = frozenset({"camunda:list", "camunda:map", "camunda:script"})
CHILDREN: Mapping[str, Words] = {
    "camunda:properties": frozenset({"camunda:property"}),
    "camunda:formData": frozenset({"camunda:formField"}),
    "camunda:formField": frozenset({"camunda:properties", "camunda:validation", "camunda:value"}),
    "camunda:validation": frozenset({"camunda:constraint"}),
    "camunda:inputOutput": frozenset({"camunda:inputParameter", "camunda:outputParameter"}),
    "camunda:inputParameter": _VALUES,
    "camunda:outputParameter": _VALUES,
    "camunda:list": _VALUES | {"camunda:value"},
    "camunda:map": frozenset({"camunda:entry"}),
    "camunda:entry": _VALUES,
}
ELEMENT_ATTRIBUTES: Mapping[str, Words] = {
    "camunda:property": frozenset({"id", "name", "value"}),
    "camunda:formData": frozenset({"businessKey"}),
    "camunda:formField": frozenset({"id", "label", "type", "datePattern", "defaultValue"}),
    "camunda:constraint": frozenset({"name", "config"}),
    "camunda:value": frozenset({"id", "name"}),
    "camunda:inputParameter": frozenset({"name"}),
    "camunda:outputParameter": frozenset({"name"}),
    "camunda:entry": frozenset({"key"}),
    "camunda:script": frozenset({"scriptFormat"}),
    "camunda:in": frozenset({"source", "sourceExpression", "target", "businessKey", "local", "variables"}),
    "camunda:out": frozenset({"source", "sourceExpression", "target", "local", "variables"}),
}
