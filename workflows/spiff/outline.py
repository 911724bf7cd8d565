"""The outline of a workflow written in Python: a BPMN file of its tasks and their connections, and the graph of that.

It says what there is, for lists, histories and pictures, and when a spec has changed, so that it is a new version. It
does not say when which connection is taken: that is the spec's own.
"""

from lxml import etree
from SpiffWorkflow.specs import ExclusiveChoice, Join, Merge, MultiChoice, Simple, StartTask, WorkflowSpec
from SpiffWorkflow.specs.base import TaskSpec

from workflows.diagrams.elements import BPMN, CAMUNDA, Element, child, children, flag, local
from workflows.diagrams.graph import Body, Flow, Graph, Node, Process
from workflows.diagrams.reader import read_xml
from workflows.diagrams.report import Place, Report
from workflows.expressions.dialect import Dialect
from workflows.spiff.library import ROOT

SUFFIX = ".workflow"
"""How the name of an outline's file ends."""

KINDS: dict[type[TaskSpec], str] = {
    StartTask: "startEvent",
    Simple: "task",
    ExclusiveChoice: "exclusiveGateway",
    MultiChoice: "inclusiveGateway",
    Join: "parallelGateway",
    Merge: "parallelGateway",
}
"""The kinds of tasks that can be run, and what they look like."""

_STARTABLE = "isStartableInTasklist"
_NAMES = tuple(sorted(set(KINDS.values())))


def is_outline(file_name: str) -> bool:
    """Say whether a file is the outline of a workflow in Python."""
    return file_name.endswith(SUFFIX)


def write_outline(process_id: str, name: str, spec: WorkflowSpec, *, startable: bool) -> bytes:
    """Return the outline of a spec as a file; the same spec always gives the same."""
    spaces = {None: BPMN, "camunda": CAMUNDA}
    root = etree.Element(f"{{{BPMN}}}definitions", nsmap=spaces, id="definitions", targetNamespace="dams")
    process = etree.SubElement(root, f"{{{BPMN}}}process", id=process_id, name=name, isExecutable="true")
    process.set(f"{{{CAMUNDA}}}{_STARTABLE}", str(startable).lower())
    tasks = tasks_of(spec)
    for task in tasks:
        etree.SubElement(process, f"{{{BPMN}}}{KINDS[type(task)]}", id=task.name, name=task.description or task.name)
    for task in tasks:
        for number, target in enumerate(task.outputs, 1):
            flow = f"{task.name}_to_{target.name}_{number}"
            ends = {"sourceRef": task.name, "targetRef": target.name}
            etree.SubElement(process, f"{{{BPMN}}}sequenceFlow", id=flow, attrib=ends)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def read_outline(content: bytes, file_name: str) -> Graph:
    """Return the graph of an outline; `InvalidDiagram` for a file that is none."""
    report = Report(file_name)
    root = read_xml(content, report)
    process = None if root is None else child(root, "process")
    if process is None:
        report.add(Place(), "This is no outline of a workflow in Python.", "Deploy what its `resource()` gives.")
        report.raise_if_any()
        raise AssertionError
    flows = [_flow(each) for each in children(process, "sequenceFlow")]
    process_id = process.get("id", "")
    nodes = {node.id: node for node in (_node(each, process_id, flows) for each in children(process, *_NAMES))}
    starts = tuple(node.id for node in nodes.values() if node.type == "startEvent")
    body = Body(tuple(nodes), entries=starts)
    startable = flag(process, _STARTABLE, CAMUNDA)
    outlined = Process(process_id, process.get("name", ""), body, startable=startable)
    return Graph(Dialect.CAMUNDA7, {process_id: outlined}, nodes)


def _flow(element: Element) -> Flow:
    return Flow(element.get("id", ""), element.get("sourceRef", ""), element.get("targetRef", ""))


def _node(element: Element, process_id: str, flows: list[Flow]) -> Node:
    name = element.get("id", "")
    return Node(
        name,
        local(element),
        element.get("name", ""),
        line=element.sourceline or 0,
        parent=process_id,
        incoming=tuple(flow for flow in flows if flow.target == name),
        outgoing=tuple(flow for flow in flows if flow.source == name),
    )


def tasks_of(spec: WorkflowSpec) -> list[TaskSpec]:
    """Return the tasks of a workflow, in the order in which they were made."""
    return [task for task in spec.task_specs.values() if task.name != ROOT]
