"""One flow node at a time: from its element to a `Node` of the graph."""

from dataclasses import dataclass

from workflows.diagrams import camunda7, camunda8
from workflows.diagrams.compilation import Compilation, bare
from workflows.diagrams.data import data_objects
from workflows.diagrams.elements import CAMUNDA, ZEEBE, Element, attribute, child, extension, flag, local
from workflows.diagrams.events import definition_elements, event_definitions, message_definition, signal_payload
from workflows.diagrams.graph import (
    AdHoc,
    Body,
    CallDefinition,
    DecisionDefinition,
    EventDefinition,
    JobDefinition,
    Node,
    ScriptDefinition,
    UserTaskDefinition,
)
from workflows.diagrams.loops import loop_of
from workflows.diagrams.mappings import Mappings, mappings_of, properties_of
from workflows.diagrams.outline import (
    ACTIVITIES,
    EVENTS,
    GLOBAL_TASKS,
    SUBPROCESSES,
    THROW_EVENTS,
    Outline,
    node_elements,
)
from workflows.expressions.dialect import Dialect

_JOB_TASKS = frozenset({"serviceTask", "sendTask", "businessRuleTask"})
_JOB_TASKS_8 = _JOB_TASKS | {"scriptTask"} | THROW_EVENTS


@dataclass(frozen=True, slots=True)
class _Work:
    """What an element does, beyond passing tokens on."""

    job: JobDefinition | None = None
    user_task: UserTaskDefinition | None = None
    script: ScriptDefinition | None = None
    decision: DecisionDefinition | None = None
    call: CallDefinition | None = None


def add_nodes(outline: Outline, container: Element, parent: str, nodes: dict[str, Node]) -> Body:
    """Compile the flow nodes of a process or sub-process into `nodes`; return their body."""
    elements = [element for element in node_elements(container) if element.get("id") not in nodes]
    for element in elements:
        node_id = element.get("id", "")
        body = add_nodes(outline, element, node_id, nodes) if local(element) in SUBPROCESSES else None
        nodes[node_id] = build_node(outline, element, parent, body)
    own = [nodes[element.get("id", "")] for element in elements]
    starts = [node for node in own if node.type == "startEvent"]
    return Body(
        nodes=tuple(node.id for node in own),
        entries=tuple(node.id for node in own if _is_entry(node, any_start=bool(starts))),
        event_starts=tuple(node.id for node in own if _is_event_start(node)),
        event_subprocesses=tuple(node.id for node in own if node.triggered_by_event),
        data_objects=data_objects(container),
    )


def build_node(outline: Outline, element: Element, parent: str, body: Body | None) -> Node:
    """Return the node of one element."""
    compilation = outline.compilation
    node_id, kind = element.get("id", ""), local(element)
    mappings = mappings_of(compilation, element)
    work = _work(compilation, element, mappings)
    default = attribute(element, "default")
    attached_to = attribute(element, "attachedToRef")
    is_event = kind in EVENTS
    payload = signal_payload(compilation, element) if kind in THROW_EVENTS else ()
    return Node(
        id=node_id,
        type=GLOBAL_TASKS.get(kind, kind),
        name=element.get("name", ""),
        line=element.sourceline or 0,
        parent=parent,
        incoming=tuple(outline.incoming[node_id]),
        outgoing=tuple(outline.outgoing[node_id]),
        default=None if default is None else bare(default),
        events=_events(compilation, element),
        parallel_multiple=flag(element, "parallelMultiple"),
        interrupting=flag(element, "cancelActivity" if kind == "boundaryEvent" else "isInterrupting", default=True),
        attached_to=None if not is_event or attached_to is None else bare(attached_to),
        attached=tuple(outline.attached[node_id]),
        compensation_handler=outline.handlers.get(node_id),
        for_compensation=flag(element, "isForCompensation") or node_id in outline.undoing,
        start_quantity=compilation.number(element, "startQuantity", least=1, default=1),
        completion_quantity=compilation.number(element, "completionQuantity", least=1, default=1),
        instantiate=flag(element, "instantiate"),
        event_gateway_parallel=element.get("eventGatewayType") == "Parallel",
        activation_condition=compilation.condition(child(element, "activationCondition"), "activation condition"),
        triggered_by_event=flag(element, "triggeredByEvent"),
        body=body,
        ad_hoc=_ad_hoc(compilation, element) if kind == "adHocSubProcess" else None,
        loop=loop_of(compilation, element),
        job=work.job,
        user_task=work.user_task,
        script=work.script,
        decision=work.decision,
        call=work.call,
        inputs=(*mappings.inputs, *payload),
        outputs=mappings.outputs,
        local_result=compilation.dialect is Dialect.CAMUNDA8 and bool(mappings.outputs),
        async_before=flag(element, "asyncBefore", CAMUNDA) or flag(element, "async", CAMUNDA),
        async_after=flag(element, "asyncAfter", CAMUNDA),
        initiator=attribute(element, "initiator", CAMUNDA),
        properties=_properties(compilation, element),
    )


def _is_entry(node: Node, *, any_start: bool) -> bool:
    if any_start:
        return node.type == "startEvent" and not node.events
    free = not node.incoming and node.type not in {"boundaryEvent", "intermediateCatchEvent"}
    return free and not (node.triggered_by_event or node.for_compensation or node.instantiate)


def _is_event_start(node: Node) -> bool:
    return node.instantiate if node.type != "startEvent" else bool(node.events)


def _events(compilation: Compilation, element: Element) -> tuple[EventDefinition, ...]:
    if local(element) in EVENTS:
        return event_definitions(compilation, element)
    if local(element) in {"sendTask", "receiveTask"}:
        message = message_definition(compilation, element)
        return () if message is None else (message,)
    return ()


def _work(compilation: Compilation, element: Element, mappings: Mappings) -> _Work:
    kind = GLOBAL_TASKS.get(local(element), local(element))
    if compilation.dialect is Dialect.CAMUNDA8:
        return _camunda8_work(compilation, element, kind, mappings)
    return _camunda7_work(compilation, element, kind)


def _camunda7_work(compilation: Compilation, element: Element, kind: str) -> _Work:
    if kind in _JOB_TASKS:
        decision = camunda7.decision(compilation, element) if kind == "businessRuleTask" else None
        return _Work(job=camunda7.job(compilation, element), decision=decision)
    if kind in THROW_EVENTS:
        return _Work(job=_message_job(compilation, element))
    if kind == "userTask" or (kind == "startEvent" and _has_camunda7_form(element)):
        return _Work(user_task=camunda7.user_task(compilation, element))
    if kind == "scriptTask":
        return _Work(script=camunda7.script(compilation, element))
    if kind == "callActivity":
        return _Work(call=camunda7.call(compilation, element))
    return _Work()


def _camunda8_work(compilation: Compilation, element: Element, kind: str, mappings: Mappings) -> _Work:
    job = camunda8.job(compilation, element) if kind in _JOB_TASKS_8 else None
    if kind == "businessRuleTask":
        return _Work(job=job, decision=camunda8.decision(compilation, element))
    if kind == "scriptTask":
        return _Work(job=job, script=camunda8.script(compilation, element))
    if kind == "callActivity":
        return _Work(call=camunda8.call(compilation, element, mappings))
    if kind == "userTask" or (kind == "startEvent" and extension(element, "formDefinition", of=ZEEBE) is not None):
        return _Work(user_task=camunda8.user_task(compilation, element))
    return _Work(job=job)


def _has_camunda7_form(element: Element) -> bool:
    keys = ("formKey", "formRef")
    return extension(element, "formData", of=CAMUNDA) is not None or any(
        attribute(element, key, CAMUNDA) for key in keys
    )


def _message_job(compilation: Compilation, element: Element) -> JobDefinition | None:
    """Camunda 7 names the topic of a thrown message at its event definition."""
    for definition in definition_elements(compilation, element):
        if local(definition) == "messageEventDefinition":
            return camunda7.job(compilation, element, definition)
    return None


def _ad_hoc(compilation: Compilation, element: Element) -> AdHoc:
    found = extension(element, "adHoc", of=ZEEBE)
    return AdHoc(
        sequential=element.get("ordering") == "Sequential",
        completion_condition=compilation.condition(child(element, "completionCondition"), "completion condition"),
        cancel_remaining=flag(element, "cancelRemainingInstances", default=True),
        active_elements=None if found is None else compilation.attribute(found, "activeElementsCollection"),
    )


def _properties(compilation: Compilation, element: Element) -> dict[str, str]:
    properties = properties_of(element)
    if compilation.dialect is Dialect.CAMUNDA8 and local(element) in ACTIVITIES:
        return {**properties, **camunda8.headers(element)}
    return properties
