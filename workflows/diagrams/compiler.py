"""From the bytes of a `.bpmn` file to its process graph, or to all that is wrong with it."""

from collections.abc import Mapping

from workflows.diagrams.compilation import Compilation, form_elements_of, index
from workflows.diagrams.elements import BPMN, local, namespace, place
from workflows.diagrams.forms.model import Form
from workflows.diagrams.graph import Graph
from workflows.diagrams.outline import outline_of
from workflows.diagrams.platform import dialect_of
from workflows.diagrams.problems import Problem
from workflows.diagrams.processes import graph_of
from workflows.diagrams.reader import read_xml
from workflows.diagrams.report import Report
from workflows.diagrams.rules import validate
from workflows.diagrams.strictness import check_vocabulary
from workflows.errors import InvalidDiagram

NO_FORMS: Mapping[str, Form] = {}


def compile_diagram(content: bytes, file_name: str, *, forms: Mapping[str, Form] = NO_FORMS) -> Graph:
    """Compile a diagram; `forms` are the forms it may refer to, by id. Raise `InvalidDiagram` with every problem."""
    report = Report(file_name)
    graph = _compile(content, report, forms)
    if graph is None or report.problems:
        raise InvalidDiagram(report.sorted())
    return graph


def lint(content: bytes, file_name: str, forms: Mapping[str, Form] = NO_FORMS) -> tuple[Problem, ...]:
    """Return everything that is wrong with a diagram, in the order of the file."""
    report = Report(file_name)
    _compile(content, report, forms)
    return report.sorted()


def _compile(content: bytes, report: Report, forms: Mapping[str, Form]) -> Graph | None:
    root = read_xml(content, report)
    if root is None:
        return None
    if namespace(root) != BPMN or local(root) != "definitions":
        report.add(place(root), "The file is no BPMN diagram.", "Save a BPMN diagram with Camunda Modeler.")
        return None
    dialect = dialect_of(root, report)
    compilation = Compilation(root, dialect, report, forms, index(root, report), form_elements_of(root))
    check_vocabulary(compilation)
    outline = outline_of(compilation)
    graph = graph_of(outline)
    validate(outline, graph)
    return graph
