"""The words that may stand in a diagram: those of BPMN here, of both Camunda vocabularies beside it.

A word is compiled, or harmless (it says nothing about how the process runs), or refused with what to use instead.
Words that stand nowhere here are refused too: nothing in a diagram is passed over in silence.
"""

from collections.abc import Mapping

from workflows.diagrams import vocabulary_camunda7 as camunda7
from workflows.diagrams import vocabulary_camunda8 as camunda8
from workflows.diagrams.outline import ACTIVITIES, EVENTS, FLOW_NODES, GATEWAYS, GLOBAL_TASKS, SUBPROCESSES, TASKS

Words = frozenset[str]

EVENT_DEFINITIONS: Words = frozenset({
    "messageEventDefinition", "timerEventDefinition", "signalEventDefinition", "errorEventDefinition",
    "escalationEventDefinition", "conditionalEventDefinition", "linkEventDefinition", "terminateEventDefinition",
    "cancelEventDefinition", "compensateEventDefinition",
})  # fmt: skip

DRAWING: Words = frozenset({
    "documentation", "auditing", "monitoring", "laneSet", "textAnnotation", "group", "category", "categoryValueRef",
    "collaboration", "dataStore", "dataStoreReference", "dataState", "itemDefinition", "interface", "endPoint",
    "partnerEntity", "partnerRole", "resource", "correlationProperty", "relationship", "import", "supports",
    "supportedInterfaceRef", "choreography", "globalConversation", "globalChoreographyTask", "incoming", "outgoing",
})  # fmt: skip
"""BPMN elements that describe or draw. Nothing in them is looked at: pools, lanes and message flows are pictures, and
`incoming` and `outgoing` repeat what the sequence flows say."""

_PEOPLE = "Say who does the task by assignee, candidate users and candidate groups."
REFUSED_ELEMENTS: Mapping[str, str] = {
    "bpmn:resourceRole": _PEOPLE,
    "bpmn:performer": _PEOPLE,
    "bpmn:humanPerformer": _PEOPLE,
    "bpmn:potentialOwner": _PEOPLE,
    "bpmn:rendering": "Give the task a form.",
    "bpmn:correlationSubscription": "Correlate messages by a correlation key or the business key.",
    "bpmn:ioBinding": "Remove it: processes are started by their id.",
    "bpmn:extension": "Remove it: extensions of other tools do not run here.",
    "bpmn:callChoreography": "Draw a process instead of a choreography.",
    "bpmn:subChoreography": "Draw a process instead of a choreography.",
    "bpmn:choreographyTask": "Draw a process instead of a choreography.",
    "bpmn:implicitThrowEvent": "Use it in a complex behavior of a multi-instance activity only.",
    **camunda7.REFUSED_ELEMENTS,
    **camunda8.REFUSED_ELEMENTS,
}
REFUSED_ATTRIBUTES: Mapping[str, str] = {**camunda7.REFUSED_ATTRIBUTES, **camunda8.REFUSED_ATTRIBUTES}
REFUSED_PLACES: Mapping[str, tuple[Words, str]] = {**camunda7.REFUSED_PLACES, **camunda8.REFUSED_PLACES}

HARMLESS_NAMESPACES: Words = frozenset({
    "http://www.w3.org/2001/XMLSchema-instance",
    "http://www.w3.org/XML/1998/namespace",
    "http://camunda.org/schema/modeler/1.0",
    "http://bpmn.io/schema/bpmn/biocolor/1.0",
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
    "http://www.omg.org/spec/BPMN/20100524/DI",
    "http://www.omg.org/spec/DD/20100524/DI",
    "http://www.omg.org/spec/DD/20100524/DC",
})  # fmt: skip
"""Namespaces of colours, shapes, types and the Modeler's own notes."""

_BASE: Words = frozenset({"extensionElements"})
_DATA: Words = frozenset({"property", "dataInputAssociation", "dataOutputAssociation"})
_ACTIVITY = _BASE | _DATA | {"ioSpecification", "standardLoopCharacteristics", "multiInstanceLoopCharacteristics"}
_EVENT = _BASE | _DATA | EVENT_DEFINITIONS | {"eventDefinitionRef", "dataInput", "dataOutput", "inputSet", "outputSet"}
_CONTAINER = FLOW_NODES | {"sequenceFlow", "dataObject", "dataObjectReference", "association"}
_EXPRESSIONS: Words = frozenset({
    "conditionExpression", "condition", "loopCondition", "loopCardinality", "completionCondition", "from", "to",
    "activationCondition", "timeDate", "timeDuration", "timeCycle", "transformation",
})  # fmt: skip
_NAMED: Words = frozenset({"id", "name"})
_ITEM: Words = frozenset({"id", "name", "itemSubjectRef", "isCollection"})
_NODE: Words = _NAMED
_ACTIVITY_ATTRIBUTES = _NODE | {"default", "isForCompensation", "startQuantity", "completionQuantity"}
_ROOTS: Words = EVENT_DEFINITIONS | frozenset(GLOBAL_TASKS) | {"process", "message", "signal", "error", "escalation"}

CHILDREN: Mapping[str, Words] = {
    "definitions": _BASE | _ROOTS,
    "process": _BASE | _CONTAINER | {"property", "ioSpecification"},
    **dict.fromkeys(TASKS | {"callActivity"}, _ACTIVITY),
    **dict.fromkeys(SUBPROCESSES, _ACTIVITY | _CONTAINER),
    **dict.fromkeys(EVENTS, _EVENT),
    **dict.fromkeys(GATEWAYS, _BASE),
    **dict.fromkeys(GLOBAL_TASKS, _BASE | {"ioSpecification"}),
    **dict.fromkeys(EVENT_DEFINITIONS, _BASE),
    "scriptTask": _ACTIVITY | {"script"},
    "globalScriptTask": _BASE | {"ioSpecification", "script"},
    "adHocSubProcess": _ACTIVITY | _CONTAINER | {"completionCondition"},
    "complexGateway": _BASE | {"activationCondition"},
    "sequenceFlow": _BASE | {"conditionExpression"},
    "timerEventDefinition": _BASE | {"timeDate", "timeDuration", "timeCycle"},
    "conditionalEventDefinition": _BASE | {"condition"},
    "messageEventDefinition": _BASE | {"operationRef"},
    "linkEventDefinition": _BASE | {"source", "target"},
    "standardLoopCharacteristics": _BASE | {"loopCondition"},
    "multiInstanceLoopCharacteristics": _BASE
    | {"loopCardinality", "loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem"}
    | {"completionCondition", "complexBehaviorDefinition"},
    "complexBehaviorDefinition": _BASE | {"condition", "event"},
    "event": _EVENT,
    "ioSpecification": _BASE | {"dataInput", "dataOutput", "inputSet", "outputSet"},
    "dataInputAssociation": _BASE | {"sourceRef", "targetRef", "transformation", "assignment"},
    "dataOutputAssociation": _BASE | {"sourceRef", "targetRef", "transformation", "assignment"},
    "assignment": _BASE | {"from", "to"},
    "inputSet": _BASE | {"dataInputRefs", "optionalInputRefs", "whileExecutingInputRefs", "outputSetRefs"},
    "outputSet": _BASE | {"dataOutputRefs", "optionalOutputRefs", "whileExecutingOutputRefs", "inputSetRefs"},
}
"""Which BPMN elements may stand in which, drawings apart. Elements that are not listed hold `extensionElements`."""

ATTRIBUTES: Mapping[str, Words] = {
    "definitions": _NAMED | {"targetNamespace", "expressionLanguage", "typeLanguage", "exporter", "exporterVersion"},
    "process": _NAMED | {"isExecutable", "isClosed", "processType", "definitionalCollaborationRef"},
    **dict.fromkeys(ACTIVITIES, _ACTIVITY_ATTRIBUTES),
    **dict.fromkeys(EVENTS, _NODE),
    **dict.fromkeys(GATEWAYS, _NODE | {"gatewayDirection"}),
    **dict.fromkeys(EVENT_DEFINITIONS, _NAMED),
    **dict.fromkeys(("serviceTask", "sendTask"), _ACTIVITY_ATTRIBUTES | {"implementation", "operationRef"}),
    **dict.fromkeys(("userTask", "businessRuleTask"), _ACTIVITY_ATTRIBUTES | {"implementation"}),
    **dict.fromkeys(GLOBAL_TASKS, _NAMED | {"implementation", "scriptLanguage"}),
    "sendTask": _ACTIVITY_ATTRIBUTES | {"implementation", "operationRef", "messageRef"},
    "receiveTask": _ACTIVITY_ATTRIBUTES | {"implementation", "operationRef", "messageRef", "instantiate"},
    "scriptTask": _ACTIVITY_ATTRIBUTES | {"scriptFormat"},
    "callActivity": _ACTIVITY_ATTRIBUTES | {"calledElement"},
    "subProcess": _ACTIVITY_ATTRIBUTES | {"triggeredByEvent"},
    "transaction": _ACTIVITY_ATTRIBUTES | {"triggeredByEvent", "protocol", "method"},
    "adHocSubProcess": _ACTIVITY_ATTRIBUTES | {"triggeredByEvent", "ordering", "cancelRemainingInstances"},
    "startEvent": _NODE | {"isInterrupting", "parallelMultiple"},
    "intermediateCatchEvent": _NODE | {"parallelMultiple"},
    "boundaryEvent": _NODE | {"attachedToRef", "cancelActivity", "parallelMultiple"},
    **dict.fromkeys(
        ("exclusiveGateway", "inclusiveGateway", "complexGateway"), _NODE | {"gatewayDirection", "default"}
    ),
    "eventBasedGateway": _NODE | {"gatewayDirection", "instantiate", "eventGatewayType"},
    "sequenceFlow": _NAMED | {"sourceRef", "targetRef", "isImmediate"},
    "message": _NAMED | {"itemRef"},
    "signal": _NAMED | {"structureRef"},
    "error": _NAMED | {"structureRef", "errorCode"},
    "escalation": _NAMED | {"structureRef", "escalationCode"},
    "messageEventDefinition": _NAMED | {"messageRef", "operationRef"},
    "signalEventDefinition": _NAMED | {"signalRef"},
    "errorEventDefinition": _NAMED | {"errorRef"},
    "escalationEventDefinition": _NAMED | {"escalationRef"},
    "compensateEventDefinition": _NAMED | {"activityRef", "waitForCompletion"},
    **dict.fromkeys(_EXPRESSIONS, frozenset({"id", "language", "evaluatesToTypeRef"})),
    "standardLoopCharacteristics": frozenset({"id", "testBefore", "loopMaximum"}),
    "multiInstanceLoopCharacteristics": frozenset(
        {
            "id",
            "isSequential",
            "behavior",
            "oneBehaviorEventRef",
            "noneBehaviorEventRef",
        }
    ),
    **dict.fromkeys(("dataInput", "dataOutput", "property", "dataObject", "inputDataItem", "outputDataItem"), _ITEM),
    "dataObjectReference": _ITEM | {"dataObjectRef"},
    "association": frozenset({"id", "associationDirection", "sourceRef", "targetRef"}),
    "inputSet": _NAMED,
    "outputSet": _NAMED,
    "event": _NAMED,
    "extensionElements": frozenset(),
}
"""The BPMN attributes of each element; elements that are not listed have only `id`."""

PLACES: Mapping[str, Words] = {**camunda7.PLACES, **camunda8.PLACES}
"""In the `extensionElements` of which BPMN elements an extension element may stand; `*` is any of them."""

EXTENSION_CHILDREN: Mapping[str, Words] = {**camunda7.CHILDREN, **camunda8.CHILDREN}
EXTENSION_ATTRIBUTES: Mapping[str, Words] = {**camunda7.ELEMENT_ATTRIBUTES, **camunda8.ELEMENT_ATTRIBUTES}
FOREIGN_ATTRIBUTES: Mapping[str, Words] = {**camunda7.ATTRIBUTES, **camunda8.ATTRIBUTES}
"""Which elements an attribute of an extension vocabulary may stand on; `*` is any element."""


def may_contain(parent: str, child: str) -> bool:
    """Whether the BPMN element `child` may stand in the BPMN element `parent`, by local names."""
    return child in CHILDREN.get(parent, _BASE)


def may_extend(element: str, extension: str) -> bool:
    """Whether an extension element, as `camunda:formData`, may extend the BPMN element `element`."""
    places = PLACES.get(extension, frozenset())
    return element in places or "*" in places


def may_have(element: str, attribute: str) -> bool:
    """Whether an element may have an attribute: `userTask` and `camunda:assignee`, `camunda:in` and `source`."""
    if ":" in attribute:
        places = FOREIGN_ATTRIBUTES.get(attribute, frozenset())
        return element in places or "*" in places
    if ":" in element:
        return attribute in EXTENSION_ATTRIBUTES.get(element, frozenset())
    return attribute in ATTRIBUTES.get(element, frozenset({"id"}))
