"""Every Camunda 7 drawing of the repository is translated for a broker, or refused with its reason in a table."""

import pytest

from tests.conversion.drawings import Drawing, camunda7_drawings, table
from workflows.diagrams import compile_diagram, compile_form
from workflows.diagrams.reader import read_xml
from workflows.diagrams.report import Report
from workflows.errors import InvalidDiagram
from workflows.expressions.dialect import Dialect
from workflows.zeebe.profile import portable

_DRAWINGS = camunda7_drawings()
_REFUSED = table("refused.txt")
_DI = "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNDiagram"


@pytest.mark.parametrize("drawing", _DRAWINGS, ids=lambda drawing: drawing.name)
def test_a_drawing_is_translated_or_refused_with_the_reason_in_the_table(drawing: Drawing) -> None:
    content, name = drawing.path.read_bytes(), drawing.path.name
    reason = _REFUSED.get(drawing.name)
    if reason is not None:
        with pytest.raises(InvalidDiagram) as caught:
            portable(content, name, drawing.forms)
        assert reason in str(caught.value)
        assert all(problem.element and problem.mend for problem in caught.value.problems)
        return
    converted = portable(content, name, drawing.forms)
    forms = {form.id: form for form in (compile_form(file, name) for name, file in converted.forms.items())}
    graph = compile_diagram(converted.bpmn, name, forms=forms)
    before = compile_diagram(content, name, forms=drawing.forms)
    assert graph.dialect is Dialect.CAMUNDA8
    assert b"camunda.org/schema/1.0" not in converted.bpmn
    assert {node.id: (node.type, node.name) for node in graph.nodes.values()} == {
        node.id: (node.type, node.name) for node in before.nodes.values()
    }
    assert _pictures(converted.bpmn) == _pictures(content)


def test_the_table_names_no_drawing_that_is_not_there() -> None:
    assert _REFUSED.keys() <= {drawing.name for drawing in _DRAWINGS}


def _pictures(content: bytes) -> list[tuple[str, dict[str, str]]]:
    """Return the elements of the drawing itself, with their attributes, in their order."""
    root = read_xml(content, Report(""))
    assert root is not None
    return [
        (str(element.tag), {str(name): str(value) for name, value in element.attrib.items()})
        for picture in root.iter(_DI)
        for element in picture.iter("*")
    ]
