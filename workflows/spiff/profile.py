"""What our core runs and this one refuses: where SpiffWorkflow has nothing to step by, each with the reason."""

from collections.abc import Callable, Iterator

from workflows.diagrams.graph import EventKind, Graph, MultiInstance, Node, Process
from workflows.diagrams.problems import Problem

_MEND = 'Draw it otherwise, or let the core "dams" step this process.'


def refusals(file_name: str, graph: Graph, process: Process) -> Iterator[Problem]:
    """Name every element of a process that SpiffWorkflow can't step."""
    for node in _nodes(graph, process.body.nodes):
        for what in _reasons(node):
            yield Problem(file_name, node.line, node.id, node.name, f"SpiffWorkflow {what}", _MEND)


def _nodes(graph: Graph, names: tuple[str, ...]) -> Iterator[Node]:
    for name in names:
        node = graph.nodes[name]
        yield node
        if node.body is not None:
            yield from _nodes(graph, node.body.nodes)


def _reasons(node: Node) -> Iterator[str]:
    for applies, what in _PROFILE:
        if applies(node):
            yield what


def _event(kind: EventKind) -> Callable[[Node], bool]:
    return lambda node: any(event.kind is kind for event in node.events)


_PROFILE: tuple[tuple[Callable[[Node], bool], str], ...] = (
    (lambda node: node.type == "complexGateway", "has no complex gateway."),
    (
        lambda node: node.type == "adHocSubProcess" and node.ad_hoc is not None and node.ad_hoc.sequential,
        "runs the activities of an ad-hoc sub-process side by side only, not one after the other.",
    ),
    (_event(EventKind.COMPENSATE), "has no compensation."),
    (lambda node: node.for_compensation, "has no compensation."),
    (_event(EventKind.LINK), "has no link events: the path would end there."),
    (lambda node: node.instantiate, "begins no process with a task or gateway."),
    (
        lambda node: node.start_quantity != 1 or node.completion_quantity != 1,
        "knows no start and completion quantities.",
    ),
    (
        lambda node: isinstance(node.loop, MultiInstance) and node.loop.behavior != "All",
        "throws no events when runs of a multi-instance activity end.",
    ),
)
