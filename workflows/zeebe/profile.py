"""What our dialects run and a Zeebe 8.6 broker does not, each with the reason; and diagrams as the broker takes them.

The broker itself refuses most of it, but names neither lines nor what to draw instead; and some it takes and passes
over in silence.
"""

from collections.abc import Callable, Iterator, Mapping

from workflows.conversion import Converted, to_camunda8
from workflows.diagrams import Graph, Problem, compile_diagram
from workflows.diagrams.forms.model import Form
from workflows.diagrams.graph import Body, EventKind, MultiInstance, Node, StandardLoop
from workflows.errors import InvalidDiagram

NO_FORMS: Mapping[str, Form] = {}

_MEND = "Draw it otherwise, or let the embedded engine run this process."
_DECIDING = frozenset({"exclusiveGateway", "inclusiveGateway"})
_ESCALATING = frozenset({"subProcess", "callActivity"})
_EVENTS = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent", "intermediateThrowEvent", "endEvent"})
_THROWERS = frozenset({"intermediateThrowEvent", "endEvent"})
_IDLE = frozenset({"task", "manualTask"})
_MISSING = {
    "complexGateway": "has no complex gateway.",
    "adHocSubProcess": "has no ad-hoc sub-process.",
    "transaction": "has no transaction.",
}


def portable(content: bytes, file_name: str, forms: Mapping[str, Form] = NO_FORMS) -> Converted:
    """Return a diagram as the broker takes it, translated if it is a Camunda 7 one; `forms` are those it may refer to.

    Raise `InvalidDiagram` with everything in it that Zeebe can't run.
    """
    graph = compile_diagram(content, file_name, forms=forms)
    problems = list(refusals(file_name, graph))
    try:
        converted = to_camunda8(content, file_name, forms=forms)
    except InvalidDiagram as error:
        raise InvalidDiagram(tuple(sorted({*problems, *error.problems}))) from error
    if problems:
        raise InvalidDiagram(tuple(sorted(problems)))
    return converted


def refusals(file_name: str, graph: Graph) -> Iterator[Problem]:
    """Name every element that Zeebe can't run."""
    for process in graph.processes.values():
        for what in _body_reasons(process.body, graph, starts="at least one start event"):
            yield Problem(file_name, 0, process.id, process.name, f"Zeebe {what}", "Begin with a start event.")
    for node in graph.nodes.values():
        for what in _reasons(node, graph):
            yield Problem(file_name, node.line, node.id, node.name, f"Zeebe {what}", _MEND)


def _reasons(node: Node, graph: Graph) -> Iterator[str]:
    if node.type in _MISSING:
        yield _MISSING[node.type]
    for applies, what in _PROFILE:
        if applies(node, graph):
            yield what
    if node.body is not None and node.type == "subProcess":
        yield from _body_reasons(node.body, graph, starts="exactly one start event in a sub-process")


def _body_reasons(body: Body, graph: Graph, starts: str) -> Iterator[str]:
    if not any(graph.nodes[name].type == "startEvent" for name in body.nodes):
        yield f"needs {starts}."


_Rule = Callable[[Node, Graph], bool]


def _event(*kinds: EventKind) -> _Rule:
    return lambda node, _: any(event.kind in kinds for event in node.events)


def _on(node: Node, graph: Graph) -> str:
    return "" if node.attached_to is None else graph.nodes[node.attached_to].type


def _waits_for_a_task(node: Node, graph: Graph) -> bool:
    followers = (graph.nodes[flow.target].type for flow in node.outgoing)
    return node.type == "eventBasedGateway" and any(kind != "intermediateCatchEvent" for kind in followers)


def _decides_beside_a_gateway(node: Node, _: Graph) -> bool:
    conditions = any(flow.condition is not None for flow in node.outgoing)
    return node.type not in _DECIDING and (conditions or node.default is not None)


def _is_undone_from_outside(node: Node, graph: Graph) -> bool:
    """Whether a sub-process has compensation handlers, and what triggers them stands outside."""
    if node.type != "subProcess" or node.triggered_by_event:
        return False
    inside = [inner for inner in graph.nodes.values() if _is_in(inner, node, graph)]
    throws = (
        each for each in graph.nodes.values() if each.type in _THROWERS and _event(EventKind.COMPENSATE)(each, graph)
    )
    return any(inner.compensation_handler for inner in inside) and any(each not in inside for each in throws)


def _is_nested_handler(node: Node, graph: Graph) -> bool:
    around = graph.nodes.get(node.parent)
    return node.triggered_by_event and around is not None and around.triggered_by_event


def _is_in(node: Node, outer: Node, graph: Graph) -> bool:
    parent = graph.nodes.get(node.parent)
    return parent is not None and (parent.id == outer.id or _is_in(parent, outer, graph))


def _forgets_a_branch(node: Node, graph: Graph) -> bool:
    """Whether a token may leave the way to an inclusive join after a split: the join is tried when tokens arrive."""
    if node.type != "inclusiveGateway" or len(node.incoming) < 2:  # noqa: PLR2004 - it joins nothing
        return False
    before = frozenset[str]().union(*map(graph.upstream, node.incoming)) - {node.id}
    split = {name for name in before if len(graph.nodes[name].outgoing) > 1 and _splits(graph.nodes[name])}
    behind = {name for name in before if split & frozenset().union(*map(graph.upstream, graph.nodes[name].incoming))}
    return any(_leaves(graph.nodes[name], before | {node.id}, graph) for name in behind)


def _splits(node: Node) -> bool:
    return node.type not in {"exclusiveGateway", "eventBasedGateway"}


def _leaves(node: Node, way: frozenset[str], graph: Graph) -> bool:
    followers = [flow.target for flow in node.outgoing]
    followers += [name for name in node.attached if graph.nodes[name].interrupting]
    return any(name not in way for name in followers)


_PROFILE: tuple[tuple[_Rule, str], ...] = (
    (_event(EventKind.CONDITIONAL), "has no conditional events."),
    (_event(EventKind.CANCEL), "has no cancel events."),
    (lambda node, _: node.type in _EVENTS and len(node.events) > 1, "has no events of several kinds at once."),
    (
        lambda node, graph: node.type == "startEvent" and _event(EventKind.COMPENSATE)(node, graph),
        "has no compensation event sub-processes.",
    ),
    (
        lambda node, _: any(not event.wait_for_completion for event in node.events),
        "always waits for the compensation that an event throws.",
    ),
    (
        lambda node, graph: (
            node.type == "boundaryEvent"
            and _event(EventKind.ESCALATION)(node, graph)
            and _on(node, graph) not in _ESCALATING
        ),
        "catches escalations on sub-processes and call activities only.",
    ),
    (_forgets_a_branch, "waits for ever at an inclusive join for a branch that has left the way to it."),
    (_is_nested_handler, "never triggers an event sub-process inside an event sub-process."),
    (
        lambda node, _: node.compensation_handler is not None and node.loop is not None,
        "undoes a multi-instance activity once, not each of its runs.",
    ),
    (_is_undone_from_outside, "can't undo what is inside a finished sub-process: its instance is stuck then."),
    (lambda node, _: node.type in _IDLE and bool(node.outputs), "passes over the outputs of tasks that do nothing."),
    (_decides_beside_a_gateway, "has conditions on the flows of exclusive and inclusive gateways only."),
    (_waits_for_a_task, "has only catching events behind an event-based gateway, no receive tasks."),
    (lambda node, _: node.instantiate, "begins no process with a task or gateway."),
    (lambda node, _: node.event_gateway_parallel, "has no parallel event-based gateway."),
    (lambda node, _: isinstance(node.loop, StandardLoop), "has no standard loops; a multi-instance activity runs."),
    (
        lambda node, _: isinstance(node.loop, MultiInstance) and node.loop.behavior != "All",
        "throws no events when runs of a multi-instance activity end.",
    ),
    (
        lambda node, _: node.start_quantity != 1 or node.completion_quantity != 1,
        "knows no start and completion quantities.",
    ),
)
