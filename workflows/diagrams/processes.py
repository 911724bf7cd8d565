"""The processes of a file."""

import re

from workflows.diagrams.compilation import Compilation
from workflows.diagrams.elements import CAMUNDA, ZEEBE, Element, attribute, children, extension, flag, place
from workflows.diagrams.graph import Body, Graph, Node, Process
from workflows.diagrams.nodes import add_nodes, build_node
from workflows.diagrams.outline import GLOBAL_TASKS, Outline

_DAYS = re.compile(r"(?:P(?=\d))?(\d{1,6})D?")


def graph_of(outline: Outline) -> Graph:
    """Return the graph of all executable processes of a file."""
    compilation = outline.compilation
    nodes: dict[str, Node] = {}
    processes: dict[str, Process] = {}
    for element in outline.processes:
        process_id = element.get("id", "")
        body = add_nodes(outline, element, process_id, nodes)
        if attribute(element, "id") is None:
            compilation.problem(element, "A process has no id.", "Give it one: it is started by its id.")
        elif process_id not in processes:
            processes[process_id] = _process(compilation, element, body)
    for element in children(compilation.root, *GLOBAL_TASKS):
        process_id = element.get("id", "")
        nodes[process_id] = build_node(outline, element, process_id, None)
        processes[process_id] = Process(process_id, element.get("name", ""), Body((process_id,), (process_id,)))
    if not processes:
        what = "The file has no process that runs."
        compilation.report.add(place(compilation.root), what, "Draw one, and set it executable.")
    return Graph(compilation.dialect, processes, nodes)


def _process(compilation: Compilation, element: Element, body: Body) -> Process:
    tag = extension(element, "versionTag", of=ZEEBE)
    return Process(
        id=element.get("id", ""),
        name=element.get("name", ""),
        body=body,
        version_tag=attribute(element, "versionTag", CAMUNDA) or (None if tag is None else attribute(tag, "value")),
        history_time_to_live=_days(compilation, element),
        candidate_starters=_names(element, "candidateStarterUsers"),
        candidate_starter_groups=_names(element, "candidateStarterGroups"),
        startable=flag(element, "isStartableInTasklist", CAMUNDA, default=True),
    )


def _days(compilation: Compilation, element: Element) -> int | None:
    text = attribute(element, "historyTimeToLive", CAMUNDA)
    if text is None:
        return None
    found = _DAYS.fullmatch(text)
    if found is None:
        compilation.problem(element, f"The history time to live is {text!r}.", "Write days, such as 180 or P180D.")
        return None
    return int(found[1])


def _names(element: Element, name: str) -> tuple[str, ...]:
    text = attribute(element, name, CAMUNDA) or ""
    return tuple(part.strip() for part in text.split(",") if part.strip())
