"""The way of a file from one dialect to the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflows.conversion.conversion import Conversion
from workflows.conversion.differing import refuse_differing
from workflows.conversion.events import write_events, write_message_job
from workflows.conversion.loops import write_multi_instance
from workflows.conversion.mappings import write_mappings
from workflows.conversion.processes import (
    inline_definitions,
    write_data,
    write_flows,
    write_initiator,
    write_process,
    write_properties,
)
from workflows.conversion.setting import variables_set_by
from workflows.conversion.tasks import write_call, write_decision, write_job, write_script, write_user_task
from workflows.conversion.writing import platformed, serialised, without_camunda7
from workflows.diagrams import Problem, compile_diagram
from workflows.diagrams.compilation import index
from workflows.diagrams.elements import Element
from workflows.diagrams.forms.model import Form
from workflows.diagrams.graph import Graph, MultiInstance, Node
from workflows.diagrams.reader import read_xml
from workflows.diagrams.report import Report
from workflows.expressions.dialect import Dialect

NO_FORMS: Mapping[str, Form] = {}


@dataclass(frozen=True, slots=True)
class Converted:
    """A Camunda 8 diagram, the form files that it refers to by name, and what it does not say any more."""

    bpmn: bytes
    forms: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()


def to_camunda8(content: bytes, file_name: str, *, forms: Mapping[str, Form] = NO_FORMS) -> Converted:
    """Translate a diagram; `forms` are those it may refer to, by id. In a Camunda 8 one, conditions are written
    anew where more than one may hold, which flows touch an element, and who publishes messages that it throws.

    Raise `InvalidDiagram` with everything that can't run at all, or that has no meaning in Camunda 8.
    """
    graph = compile_diagram(content, file_name, forms=forms)
    root = read_xml(content, Report(file_name))
    if root is None:
        raise AssertionError("what has been compiled can be read")
    conversion = _begun(root, graph, file_name)
    if graph.dialect is Dialect.CAMUNDA7:
        refuse_differing(conversion)
        _write(conversion)
    for node in graph.nodes.values():
        write_message_job(conversion, conversion.elements[node.id], node)
        write_flows(conversion, conversion.elements[node.id], node)
    conversion.refusals.raise_if_any()
    without_camunda7(conversion.root)
    return Converted(serialised(platformed(conversion.root)), conversion.forms, conversion.notes.sorted())


def _begun(root: Element, graph: Graph, file_name: str) -> Conversion:
    elements = dict(index(root, Report(file_name)))
    inline_definitions(root, elements)
    return Conversion(root, graph, elements, Report(file_name), Report(file_name), variables_set_by(graph))


def _write(conversion: Conversion) -> None:
    for process in conversion.graph.processes.values():
        element = conversion.elements[process.id]
        write_process(conversion, element, process)
        write_data(conversion, element, process.body)
    for node in conversion.graph.nodes.values():
        element = conversion.elements[node.id]
        _write_work(conversion, element, node)
        write_events(conversion, element, node)
        if isinstance(node.loop, MultiInstance):
            write_multi_instance(conversion, element, node, node.loop)
        if node.body is not None:
            write_data(conversion, element, node.body)
        write_initiator(conversion, element)
        write_properties(element, node)


def _write_work(conversion: Conversion, element: Element, node: Node) -> None:
    if node.job is not None:
        write_job(conversion, element, node.job)
    if node.user_task is not None:
        write_user_task(conversion, element, node, node.user_task)
    if node.script is not None:
        write_script(conversion, element, node.script)
    if node.decision is not None:
        write_decision(conversion, element, node.decision)
    write_mappings(conversion, element, node)
    if node.call is not None:
        write_call(conversion, element, node.call)
