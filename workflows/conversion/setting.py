"""The variables that a drawing sets itself, whoever starts it and whatever its handlers answer."""

from collections.abc import Iterator

from workflows.diagrams.graph import Graph, MultiInstance, Node
from workflows.diagrams.mappings import targets


def variables_set_by(graph: Graph) -> frozenset[str]:
    """Return their names."""
    names: set[str] = {name for node in graph.nodes.values() for name in _set_by(node) if name is not None}
    bodies = [process.body for process in graph.processes.values()]
    bodies += [node.body for node in graph.nodes.values() if node.body is not None]
    return frozenset(names.union(*(body.data_objects for body in bodies)))


def _set_by(node: Node) -> Iterator[str | None]:
    yield from targets((*node.inputs, *node.outputs))
    if node.script is not None:
        yield node.script.result_variable
    if node.decision is not None:
        yield node.decision.result_variable
    if node.call is not None:
        yield from targets(node.call.outputs)
    if isinstance(node.loop, MultiInstance):
        yield node.loop.element_variable
