"""What is read from the drawing in a file."""

from pathlib import Path

import pytest

from workflows.errors import InvalidDiagram
from workflows.pictures import Bounds, Shape, Trait, read_picture

ROOT = Path(__file__).parents[2]


def drawn(shapes: str, *elements: str) -> bytes:
    """A file with a process of these elements, and shapes of 100 by 80 in a row for these ids."""
    places = "".join(
        f'<di:BPMNShape id="s{number}" bpmnElement="{element}"><dc:Bounds x="{150 * number}" y="10" width="100" '
        f'height="80"/></di:BPMNShape>'
        for number, element in enumerate(elements)
    )
    return f"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
        xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC">
        <process id="p">{shapes}</process>
        <di:BPMNDiagram id="d"><di:BPMNPlane id="pl" bpmnElement="p">{places}</di:BPMNPlane></di:BPMNDiagram>
        </definitions>""".encode()


def shape_of(content: bytes, element: str = "e") -> Shape:
    return next(shape for shape in read_picture(content).shapes if shape.id == element)


def test_the_booking_diagram_is_read_as_it_is_drawn() -> None:
    picture = read_picture((ROOT / "bpmn/dams_appointment.bpmn").read_bytes())
    shapes = {shape.id: shape for shape in picture.shapes}
    edges = {edge.id: edge for edge in picture.edges}
    assert shapes["Task_Specialization"].name == "Doctor's Specialization Form"
    assert shapes["Task_Specialization"].kind == "userTask"
    assert shapes["Event_SlotTaken"].event == "error"
    assert shapes["Event_SlotTaken"].label is not None
    assert Trait.DEFAULT in edges["Flow_Incomplete"].traits
    assert len(edges["Flow_Incomplete"].points) > 2


@pytest.mark.parametrize(
    ("element", "event", "traits"),
    [
        ('<startEvent id="e"><timerEventDefinition/></startEvent>', "timer", set()),
        ('<endEvent id="e"><errorEventDefinition/><signalEventDefinition/></endEvent>', "multiple", set()),
        ('<boundaryEvent id="e" cancelActivity="false"/>', "", {Trait.NON_INTERRUPTING}),
        ('<task id="e"><standardLoopCharacteristics/></task>', "", {Trait.LOOP}),
        (
            '<task id="e"><multiInstanceLoopCharacteristics isSequential="true"/></task>',
            "",
            {Trait.SEQUENTIAL},
        ),
        ('<task id="e" isForCompensation="true"/>', "", {Trait.COMPENSATION}),
        ('<subProcess id="e"/>', "", {Trait.COLLAPSED}),
        ('<subProcess id="e" triggeredByEvent="true"><task id="t"/></subProcess>', "", {Trait.EVENT_SUB_PROCESS}),
    ],
)
def test_what_changes_the_look_of_an_element(element: str, event: str, traits: set[Trait]) -> None:
    shape = shape_of(drawn(element, "e", *(["t"] if 'id="t"' in element else [])))
    assert (shape.event, set(shape.traits)) == (event, traits)


def test_a_file_without_drawing_is_laid_out() -> None:
    flow = '<task id="e"/><task id="t"/><sequenceFlow id="f" sourceRef="e" targetRef="t"/>'
    picture = read_picture(drawn(flow))
    assert [shape.id for shape in picture.shapes] == ["e", "t"]
    assert picture.shapes[0].bounds.right < picture.shapes[1].bounds.x
    assert [edge.id for edge in picture.edges] == ["f"]


def test_several_drawings_stand_one_below_the_other() -> None:
    plane = '<di:BPMNDiagram id="d2"><di:BPMNPlane id="pl2" bpmnElement="e"><di:BPMNShape id="st" bpmnElement="t">'
    bounds = '<dc:Bounds x="0" y="0" width="100" height="80"/></di:BPMNShape></di:BPMNPlane></di:BPMNDiagram>'
    content = drawn('<subProcess id="e"><task id="t"/></subProcess>', "e")
    content = content.replace(b"</definitions>", f"{plane}{bounds}</definitions>".encode())
    upper, lower = shape_of(content), shape_of(content, "t")
    assert upper.bounds == Bounds(0, 10, 100, 80)
    assert lower.bounds.y > upper.bounds.bottom


def test_numbers_that_are_none_spoil_nothing_else() -> None:
    content = drawn('<task id="e"/><task id="t"/>', "e", "t").replace(b'x="0"', b'x="1e999"')
    assert shape_of(content).bounds.x == 0
    assert shape_of(content, "t").bounds.x == 150


def test_a_file_that_is_no_xml_is_refused() -> None:
    with pytest.raises(InvalidDiagram):
        read_picture(b"<definitions>")
