"""The vocabulary of Camunda 8: `http://camunda.org/schema/zeebe/1.0`."""

from collections.abc import Mapping

from workflows.diagrams.outline import EVENTS, FLOW_NODES, SUBPROCESSES, TASKS, THROW_EVENTS

Words = frozenset[str]

_JOBS: Words = frozenset({"serviceTask", "businessRuleTask", "scriptTask", "sendTask"}) | THROW_EVENTS
_MAPPED: Words = TASKS | EVENTS | SUBPROCESSES | {"callActivity"}
_ROOTS: Words = frozenset({"error", "escalation", "message", "signal"})
_TEMPLATED: Words = FLOW_NODES | _ROOTS | {"process", "collaboration", "sequenceFlow"}

ATTRIBUTES: Mapping[str, Words] = {
    # harmless: what the Modeler notes down about element templates, whose outcome stands in the diagram itself
    "zeebe:modelerTemplate": _TEMPLATED,
    "zeebe:modelerTemplateVersion": _TEMPLATED,
    "zeebe:modelerTemplateIcon": _TEMPLATED,
}
REFUSED_ATTRIBUTES: Mapping[str, str] = {
    "zeebe:retryCounter": "Say how often a job is tried by the retries of its task definition.",
    "zeebe:calledElement processIdExpression": "Write the expression into processId, with a leading =.",
    "zeebe:adHoc outputCollection": "Let each activity write its own variables.",
    "zeebe:adHoc outputElement": "Let each activity write its own variables.",
}

PLACES: Mapping[str, Words] = {
    "zeebe:properties": frozenset({"*"}),
    "zeebe:ioMapping": _MAPPED,
    "zeebe:taskDefinition": _JOBS,
    "zeebe:taskHeaders": _JOBS | {"userTask"},
    "zeebe:jobPriorityDefinition": _JOBS | {"process"},
    "zeebe:subscription": frozenset({"message"}),
    "zeebe:loopCharacteristics": frozenset({"multiInstanceLoopCharacteristics"}),
    "zeebe:calledElement": frozenset({"callActivity"}),
    "zeebe:calledDecision": frozenset({"businessRuleTask"}),
    "zeebe:script": frozenset({"scriptTask"}),
    "zeebe:userTaskForm": frozenset({"process"}),
    "zeebe:formDefinition": frozenset({"userTask", "startEvent"}),
    "zeebe:userTask": frozenset({"userTask"}),
    "zeebe:assignmentDefinition": frozenset({"userTask"}),
    "zeebe:priorityDefinition": frozenset({"userTask"}),
    "zeebe:taskSchedule": frozenset({"userTask"}),
    "zeebe:versionTag": frozenset({"process"}),
    "zeebe:adHoc": frozenset({"adHocSubProcess"}),
    "zeebe:conditionalFilter": frozenset({"conditionalEventDefinition"}),
}

REFUSED_PLACES: Mapping[str, tuple[Words, str]] = {
    "zeebe:taskDefinition": (frozenset({"adHocSubProcess"}), "Name the elements to run by activeElementsCollection."),
    "zeebe:taskHeaders": (frozenset({"adHocSubProcess"}), "Put the headers on the tasks inside."),
    "zeebe:jobPriorityDefinition": (frozenset({"adHocSubProcess"}), "Put the priority on the tasks inside."),
}
"""Elements on which an extension element has no effect here, with what to do instead."""

_LISTENER = "Draw a task before or after the element instead."
REFUSED_ELEMENTS: Mapping[str, str] = {
    "zeebe:executionListeners": _LISTENER,
    "zeebe:taskListeners": _LISTENER,
    "zeebe:linkedResources": "Hand the resource's name to the handler as a task header.",
    "zeebe:linkedResource": "Hand the resource's name to the handler as a task header.",
    "zeebe:agentDefinition": "Agents need Camunda's own runtime. Use a job type whose handler does the work.",
}

CHILDREN: Mapping[str, Words] = {
    "zeebe:properties": frozenset({"zeebe:property"}),
    "zeebe:ioMapping": frozenset({"zeebe:input", "zeebe:output"}),
    "zeebe:taskHeaders": frozenset({"zeebe:header"}),
}
_BOUND: Words = frozenset({"bindingType", "versionTag"})
_CONFIGURED: Words = frozenset({"modelerConfigurationTemplate", "modelerConfigurationName"})
ELEMENT_ATTRIBUTES: Mapping[str, Words] = {
    "zeebe:property": _CONFIGURED | {"name", "value"},
    "zeebe:input": _CONFIGURED | {"source", "target"},
    "zeebe:output": frozenset({"source", "target"}),
    "zeebe:taskDefinition": frozenset({"type", "retries"}),
    "zeebe:header": frozenset({"id", "key", "value"}),
    "zeebe:jobPriorityDefinition": frozenset({"priority"}),
    "zeebe:subscription": frozenset({"correlationKey"}),
    "zeebe:loopCharacteristics": frozenset({"inputCollection", "inputElement", "outputCollection", "outputElement"}),
    "zeebe:calledElement": _BOUND
    | {"processId", "propagateAllChildVariables", "propagateAllParentVariables", "businessId"},
    "zeebe:calledDecision": _BOUND | {"decisionId", "resultVariable"},
    "zeebe:script": frozenset({"expression", "resultVariable"}),
    "zeebe:userTaskForm": frozenset({"id"}),
    "zeebe:formDefinition": _BOUND | {"formKey", "formId", "externalReference"},
    "zeebe:assignmentDefinition": frozenset({"assignee", "candidateGroups", "candidateUsers"}),
    "zeebe:priorityDefinition": frozenset({"priority"}),
    "zeebe:taskSchedule": frozenset({"dueDate", "followUpDate"}),
    "zeebe:versionTag": frozenset({"value"}),
    "zeebe:adHoc": frozenset({"activeElementsCollection"}),
    "zeebe:conditionalFilter": frozenset({"variableNames", "variableEvents"}),
}
