"""The skeleton of the executable processes in a file: which nodes there are, and what connects them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from workflows.diagrams.compilation import Compilation, bare
from workflows.diagrams.elements import Element, attribute, child, children, local
from workflows.diagrams.events import definition_elements
from workflows.diagrams.graph import Flow

TASKS = frozenset({
    "task", "userTask", "serviceTask", "scriptTask", "sendTask", "receiveTask", "manualTask", "businessRuleTask",
})  # fmt: skip
SUBPROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
ACTIVITIES = TASKS | SUBPROCESSES | {"callActivity"}
GATEWAYS = frozenset({
    "exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway",
})  # fmt: skip
CATCH_EVENTS = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent"})
THROW_EVENTS = frozenset({"intermediateThrowEvent", "endEvent"})
EVENTS = CATCH_EVENTS | THROW_EVENTS
FLOW_NODES = ACTIVITIES | GATEWAYS | EVENTS
CONTAINERS = SUBPROCESSES | {"process"}
GLOBAL_TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}


@dataclass(slots=True)
class Outline:
    """Flow nodes by id, and their flows, boundary events and compensation handlers, by node id."""

    compilation: Compilation
    processes: list[Element] = field(default_factory=list)
    nodes: dict[str, Element] = field(default_factory=dict)
    incoming: defaultdict[str, list[Flow]] = field(default_factory=lambda: defaultdict(list))
    outgoing: defaultdict[str, list[Flow]] = field(default_factory=lambda: defaultdict(list))
    flow_elements: dict[str, Element] = field(default_factory=dict)
    attached: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    handlers: dict[str, str] = field(default_factory=dict)
    undoing: set[str] = field(default_factory=set)


def outline_of(compilation: Compilation) -> Outline:
    """Return the skeleton of all executable processes; what does not connect goes to the report."""
    outline = Outline(compilation)
    outline.processes = [element for element in children(compilation.root, "process") if is_executable(element)]
    containers = [container for process in outline.processes for container in _containers(process)]
    for container in containers:
        for element in children(container, *FLOW_NODES):
            _add_node(outline, element)
    for container in containers:
        for element in children(container, "sequenceFlow"):
            _add_flow(outline, element)
        _add_links(outline, container)
        _add_boundary_events(outline, container)
    return outline


def is_executable(process: Element) -> bool:
    """Whether a process is meant to run; the default of a process that does not say."""
    return (attribute(process, "isExecutable") or "true").lower() in {"true", "1"}


def node_elements(container: Element) -> Iterator[Element]:
    """Yield the flow nodes of a process or sub-process that have an id."""
    return (element for element in children(container, *FLOW_NODES) if element.get("id"))


def _containers(container: Element) -> Iterator[Element]:
    yield container
    for inner in children(container, *SUBPROCESSES):
        if inner.get("id"):
            yield from _containers(inner)


def _add_node(outline: Outline, element: Element) -> None:
    element_id = attribute(element, "id")
    if element_id is None:
        what = f"A {local(element)} has no id."
        outline.compilation.problem(element, what, "Give it an id that nothing else in the file has.")
    else:
        outline.nodes.setdefault(element_id, element)


def _add_flow(outline: Outline, element: Element) -> None:
    flow_id = attribute(element, "id")
    if flow_id is None:
        what = "A sequence flow has no id."
        outline.compilation.problem(element, what, "Give it an id that nothing else in the file has.")
    source, target = _end(outline, element, "sourceRef"), _end(outline, element, "targetRef")
    condition = child(element, "conditionExpression")
    compiled = outline.compilation.condition(condition, "condition of the flow")
    if source is None or target is None or flow_id is None or flow_id in outline.flow_elements:
        return
    if outline.nodes[source].getparent() is not outline.nodes[target].getparent():
        what = f"The flow crosses the border of a sub-process, from {source} to {target}."
        outline.compilation.problem(element, what, "Connect elements of the same process or sub-process.")
        return
    outline.flow_elements[flow_id] = element
    _connect(outline, Flow(flow_id, source, target, compiled, element.get("name", "")))


def _end(outline: Outline, element: Element, name: str) -> str | None:
    reference = attribute(element, name)
    end = None if reference is None else bare(reference)
    side = "begins" if name == "sourceRef" else "ends"
    if end is None:
        outline.compilation.problem(element, f"The flow {side} nowhere.", f"Set its {name}, or remove the flow.")
        return None
    if end not in outline.nodes:
        what = f"The flow {side} at {end!r}, which is no element of a process that runs."
        outline.compilation.problem(element, what, "Connect it to an element of its own process.")
        return None
    return end


def _connect(outline: Outline, flow: Flow) -> None:
    outline.outgoing[flow.source].append(flow)
    outline.incoming[flow.target].append(flow)


def _add_links(outline: Outline, container: Element) -> None:
    """A link is a sequence flow that is not drawn: from each throwing link event to the catching one of its name."""
    catching: dict[str, str] = {}
    for event in children(container, "intermediateCatchEvent"):
        name = _link_name(outline, event)
        if name is not None and name in catching:
            what = f"The link {name!r} is caught by two events."
            outline.compilation.problem(event, what, "Keep one catching link event of this name.")
        elif name is not None and event.get("id"):
            catching[name] = event.get("id", "")
    for event in children(container, "intermediateThrowEvent"):
        name = _link_name(outline, event)
        if name is None:
            continue
        if name not in catching:
            what = f"The link {name!r} leads nowhere."
            outline.compilation.problem(event, what, "Add a catching link event of the same name beside it.")
        elif event.get("id"):
            _connect(outline, Flow(f"{event.get('id')}~{catching[name]}", event.get("id", ""), catching[name]))


def _link_name(outline: Outline, event: Element) -> str | None:
    definitions = definition_elements(outline.compilation, event)
    names = [attribute(found, "name") for found in definitions if local(found) == "linkEventDefinition"]
    return names[0] if names else None


def _add_boundary_events(outline: Outline, container: Element) -> None:
    associated = _associated(container)
    for event in children(container, "boundaryEvent"):
        host = bare(event.get("attachedToRef", ""))
        found = outline.nodes.get(host)
        if found is None or local(found) not in ACTIVITIES or found.getparent() is not container:
            what = f"The boundary event stands on {host!r}, which is no activity beside it." if host else ""
            mend = "Attach it to an activity."
            outline.compilation.problem(event, what or "The boundary event stands on no activity.", mend)
        elif event.get("id"):
            outline.attached[host].append(event.get("id", ""))
            _add_handler(outline, event, host, associated[event.get("id", "")])


def _associated(container: Element) -> defaultdict[str, list[str]]:
    """Return the ids that associations connect with each id."""
    associated = defaultdict[str, list[str]](list)
    for association in children(container, "association"):
        source, target = (bare(association.get(name, "")) for name in ("sourceRef", "targetRef"))
        associated[source].append(target)
        associated[target].append(source)
    return associated


def _add_handler(outline: Outline, event: Element, host: str, associated: list[str]) -> None:
    """A compensation event is connected to its handler by an association, drawn in either direction."""
    definitions = definition_elements(outline.compilation, event)
    if not any(local(found) == "compensateEventDefinition" for found in definitions):
        return
    handlers = [end for end in associated if _is_activity(outline, end)]
    if len(handlers) == 1:
        outline.handlers[host] = handlers[0]
        outline.undoing.add(handlers[0])
    else:
        what = "The compensation event has no handler." if not handlers else "It has more than one handler."
        outline.compilation.problem(event, what, "Connect it by an association to the one activity that undoes.")


def _is_activity(outline: Outline, element_id: str) -> bool:
    element = outline.nodes.get(element_id)
    return element is not None and local(element) in ACTIVITIES
