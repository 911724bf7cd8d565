"""Rules for sequence flows: what they may connect, where they need conditions, what they reach."""

from collections.abc import Iterator

from workflows.diagrams.graph import Body, EventKind, Flow, Node
from workflows.diagrams.rules.finding import Finding, Rule, Subject

_UNENTERED = {"startEvent": "a start event", "boundaryEvent": "a boundary event"}
_DECIDING = ("exclusiveGateway", "inclusiveGateway")
_UNCONDITIONAL = {
    "parallelGateway": "A parallel gateway takes all its flows.",
    "eventBasedGateway": "Behind an event-based gateway the event decides.",
}


def conditions_of_decisions(subject: Subject) -> Iterator[Finding]:
    """A gateway that decides needs a condition on each flow but its default."""
    for node in subject.nodes(*_DECIDING):
        drawn = _drawn(subject, node.outgoing)
        for flow in drawn if len(drawn) > 1 else ():
            if flow.condition is None and flow.id != node.default:
                mend = "Write a condition on it, or make it the default flow."
                yield Finding(flow.id, f"The flow out of the {node.type} {node.id} has no condition.", mend)


def conditions_without_effect(subject: Subject) -> Iterator[Finding]:
    """A condition stands only where something asks for it."""
    for node in subject.nodes():
        for flow in _drawn(subject, node.outgoing):
            if flow.condition is None:
                continue
            if node.type in _UNCONDITIONAL:
                yield Finding(
                    flow.id, f"{_UNCONDITIONAL[node.type]} This one has a condition.", "Remove the condition."
                )
            elif flow.id == node.default:
                what = "The default flow has a condition, but it is taken when no other condition holds."
                yield Finding(flow.id, what, "Remove the condition, or choose another default.")


def default_flows(subject: Subject) -> Iterator[Finding]:
    """A default flow leaves its element."""
    for node in subject.nodes():
        if node.default is not None and all(flow.id != node.default for flow in node.outgoing):
            what = f"The default flow {node.default!r} does not leave this {node.type}."
            yield Finding(node.id, what, "Choose one of its outgoing flows, or remove the default.")


def flows_at_the_ends(subject: Subject) -> Iterator[Finding]:
    """Nothing leads to what begins by itself, and nothing leaves what ends."""
    for node in subject.nodes():
        if _drawn(subject, node.incoming) and (name := _without_entry(node)):
            yield Finding(node.id, f"A flow leads to {name}, which nothing may lead to.", "Remove the flow.")
        if _drawn(subject, node.outgoing) and (name := _without_exit(node)):
            yield Finding(node.id, f"A flow leaves {name}, which nothing may follow.", "Remove the flow.")


def unreachable_elements(subject: Subject) -> Iterator[Finding]:
    """Every element is reached from where its process or sub-process begins; the first of a lost path is named."""
    for _, body in subject.bodies():
        nodes, own = subject.graph.nodes, frozenset(body.nodes)
        reached: set[str] = set()
        _reach(subject, own, _roots(subject, body), reached)
        lost = [name for name in body.nodes if name not in reached]
        lost.sort(key=lambda name: bool(nodes[name].incoming) or nodes[name].attached_to is not None)
        for name in lost:
            if name in reached:
                continue
            _reach(subject, own, (name,), reached)
            yield Finding(name, f"No path leads to this {nodes[name].type}.", "Connect it, or remove it.")


def _drawn(subject: Subject, flows: tuple[Flow, ...]) -> tuple[Flow, ...]:
    return tuple(flow for flow in flows if flow.id in subject.outline.flow_elements)


def _without_entry(node: Node) -> str:
    """Return what to call a node that nothing may lead to, the empty string for any other."""
    if node.instantiate:
        return "an element that begins the process"
    if node.type == "intermediateCatchEvent" and _is(node, EventKind.LINK):
        return "a catching link event"
    return _UNENTERED.get(node.type, "") or _beside_the_flow(node)


def _without_exit(node: Node) -> str:
    """Return what to call a node that nothing may follow, the empty string for any other."""
    if node.type == "boundaryEvent" and _is(node, EventKind.COMPENSATE):
        return "a compensation event"
    if node.type == "intermediateThrowEvent" and _is(node, EventKind.LINK):
        return "a throwing link event"
    return "an end event" if node.type == "endEvent" else _beside_the_flow(node)


def _is(node: Node, kind: EventKind) -> bool:
    return any(event.kind is kind for event in node.events)


def _beside_the_flow(node: Node) -> str:
    if node.triggered_by_event:
        return "an event sub-process"
    return "a compensation handler" if node.for_compensation else ""


def _roots(subject: Subject, body: Body) -> tuple[str, ...]:
    handlers = (name for name in body.nodes if subject.graph.nodes[name].for_compensation)
    return (*body.entries, *body.event_starts, *body.event_subprocesses, *handlers)


def _reach(subject: Subject, own: frozenset[str], roots: tuple[str, ...], reached: set[str]) -> None:
    """Add to `reached` each of a body's `own` nodes that a path leads to from `roots`."""
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name not in reached and name in own:
            reached.add(name)
            node = subject.graph.nodes[name]
            todo += [flow.target for flow in node.outgoing]
            todo += node.attached


RULES: tuple[Rule, ...] = (
    conditions_of_decisions,
    conditions_without_effect,
    default_flows,
    flows_at_the_ends,
    unreachable_elements,
)
