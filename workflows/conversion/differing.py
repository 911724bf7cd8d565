"""What a broker would take, and do otherwise than Camunda 7: refused, so that nobody finds out while it runs."""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

from workflows.conversion.conversion import Conversion
from workflows.conversion.events import THROWERS
from workflows.diagrams.graph import EventDefinition, EventKind, Graph, Node
from workflows.expressions.expression import Expression


def refuse_differing(conversion: Conversion) -> None:
    """Refuse each element of the drawing that would give another trace on a broker."""
    for node in conversion.graph.nodes.values():
        for what, mend in _differences(node, conversion.graph):
            conversion.refuse(conversion.elements[node.id], what, mend)


def _differences(node: Node, graph: Graph) -> Iterator[tuple[str, str]]:
    for event in node.events:
        throws = _THROWN if node.type in THROWERS else _CAUGHT
        for kind, differs, what, mend in throws:
            if event.kind is kind and differs(node, event, graph):
                yield what, mend


def _undoes_several(node: Node, event: EventDefinition, graph: Graph) -> bool:
    """Whether a compensation may have more than one handler to begin: those of several activities, or of one that was
    done several times."""
    scope = graph.nodes.get(node.parent)
    parent = scope.parent if scope is not None and scope.triggered_by_event else node.parent
    undone = [
        each
        for each in graph.nodes.values()
        if each.compensation_handler is not None
        and (event.activity_ref == each.id or (event.activity_ref is None and _is_inside(each, parent, graph)))
    ]
    again = any(each.id in _behind(each, graph) for one in undone for each in (one, *_around(one, graph)))
    runs = any(around.loop is not None for one in undone for around in _around(one, graph))
    return again or runs or any(_may_both_be_done(*pair, graph) for pair in combinations(undone, 2))


def _may_both_be_done(one: Node, other: Node, graph: Graph) -> bool:
    if one.parent != other.parent or other.id in _behind(one, graph) or one.id in _behind(other, graph):
        return True
    splits = (node for node in graph.nodes.values() if _goes_several_ways(node, graph))
    return any({one.id, other.id} <= _behind(split, graph) for split in splits)


def _goes_several_ways(node: Node, graph: Graph) -> bool:
    several = len(node.outgoing) > 1 and node.type not in {"exclusiveGateway", "eventBasedGateway"}
    return several or any(not graph.nodes[name].interrupting for name in node.attached)


def _behind(node: Node, graph: Graph) -> set[str]:
    """Return the nodes that a token can come to from a node; it is one of them in a circle only."""
    found: set[str] = set()
    todo = [node]
    while todo:
        one = todo.pop()
        followers = {flow.target for flow in one.outgoing} | set(one.attached)
        todo += [graph.nodes[name] for name in followers - found]
        found |= followers
    return found


def _ends_its_thrower(node: Node, event: EventDefinition, graph: Graph) -> bool:
    """Whether a signal is caught at the border of an activity that it is thrown inside."""
    return any(_is_named_alike(event, other) for other in _catchers_around(node, EventKind.SIGNAL, graph))


def _finds_no_catcher(node: Node, event: EventDefinition, graph: Graph) -> bool:
    """Whether an error is thrown out of an interrupting event sub-process, to somebody who would catch it."""
    around = list(_around(node, graph))
    handlers = [index for index, scope in enumerate(around) if _interrupts(scope, graph)]
    if not handlers:
        return False
    inner = around[: handlers[0]]
    caught = [found for found in _attached(inner, graph) if _catches(found, event)]
    return not caught and any(_catches(each, event) for each in _catchers_around(node, EventKind.ERROR, graph))


def _also_starts(node: Node, event: EventDefinition, graph: Graph) -> bool:
    """Whether an instance waits for a message that begins others too."""
    starts = [name for process in graph.processes.values() for name in process.body.event_starts]
    return node.id not in starts and any(
        _is_named_alike(event, other) for name in starts for other in graph.nodes[name].events
    )


def _catchers_around(node: Node, kind: EventKind, graph: Graph) -> Iterator[EventDefinition]:
    """Yield what is caught around a node, at the border of an activity or by an event sub-process beside it."""
    around = list(_around(node, graph))
    yield from (event for event in _attached(around, graph) if event.kind is kind)
    inside = {node.id, *(scope.id for scope in around)}
    parents = {node.parent, *(scope.parent for scope in around)}
    for handler in graph.nodes.values():
        if handler.triggered_by_event and handler.parent in parents and handler.id not in inside:
            for start in handler.body.event_starts if handler.body is not None else ():
                yield from (event for event in graph.nodes[start].events if event.kind is kind)


def _attached(nodes: Iterable[Node], graph: Graph) -> Iterator[EventDefinition]:
    for node in nodes:
        for name in node.attached:
            yield from graph.nodes[name].events


def _around(node: Node, graph: Graph) -> Iterator[Node]:
    """Yield the sub-processes that a node stands in, the inner ones first."""
    parent = graph.nodes.get(node.parent)
    if parent is not None:
        yield parent
        yield from _around(parent, graph)


def _is_inside(node: Node, scope: str, graph: Graph) -> bool:
    return node.parent == scope or any(around.parent == scope for around in _around(node, graph))


def _interrupts(scope: Node, graph: Graph) -> bool:
    starts = scope.body.event_starts if scope.triggered_by_event and scope.body is not None else ()
    return any(graph.nodes[start].interrupting for start in starts)


def _catches(catcher: EventDefinition, thrown: EventDefinition) -> bool:
    return catcher.kind is thrown.kind and (catcher.code is None or _alike(catcher.code, thrown.code))


def _is_named_alike(one: EventDefinition, other: EventDefinition) -> bool:
    return one.kind is other.kind and _alike(one.name, other.name)


def _alike(one: Expression | None, other: Expression | None) -> bool:
    return one is not None and other is not None and one.source == other.source


_Rule = tuple[EventKind, Callable[[Node, EventDefinition, Graph], bool], str, str]
_THROWN: tuple[_Rule, ...] = (
    (
        EventKind.COMPENSATE,
        _undoes_several,
        "Camunda 8 begins everything that undoes something at once, Camunda 7 one after the other, the last first.",
        "Throw one event after the other, each for one activity that is done once.",
    ),
    (
        EventKind.SIGNAL,
        _ends_its_thrower,
        "In Camunda 8 the process goes on behind the event before the signal is caught around it.",
        "Leave the sub-process by an error or escalation, or throw the signal behind it.",
    ),
    (
        EventKind.ERROR,
        _finds_no_catcher,
        "In Camunda 8 no error gets out of an event sub-process that has interrupted what it stands in.",
        "End the event sub-process normally, and decide behind the sub-process around it where to go.",
    ),
)
_CAUGHT: tuple[_Rule, ...] = (
    (
        EventKind.MESSAGE,
        _also_starts,
        "Camunda 8 gives a message to an instance that waits for it, and begins another one with it.",
        "Give the message that is waited for another name than the one that begins a process.",
    ),
)
