"""The markup of pictures: well-formed, escaped, marked, and readable without eyes."""

from pathlib import Path

import pytest
from lxml import etree

from workflows.pictures import Link, Mark, Node, draw, lay_out, read_picture, style

ROOT = Path(__file__).parents[2]
DIAGRAMS = [*sorted((ROOT / "bpmn").glob("*.bpmn")), *sorted((ROOT / "tests/conformance/cases").rglob("*.bpmn"))]
SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<script>alert(1)</script> & \"'>\x00\x1b"


def groups(markup: str) -> dict[str, etree._Element]:
    """The groups of elements by element id."""
    root = etree.fromstring(markup.encode())
    return {str(each.get("data-element")): each for each in root.iter(f"{SVG}g") if each.get("data-element")}


def title_of(element: etree._Element) -> str:
    return element.findtext(f"{SVG}title") or ""


@pytest.mark.parametrize("folder", sorted({path.parent for path in DIAGRAMS}), ids=lambda path: path.name)
def test_every_diagram_of_this_house_is_drawn_whole(folder: Path) -> None:
    for path in (each for each in DIAGRAMS if each.parent == folder):
        picture = read_picture(path.read_bytes(), path.name)
        found = groups(draw(picture, title=path.name))
        assert set(found) == {shape.id for shape in picture.shapes} | {edge.id for edge in picture.edges}
        for element in found.values():
            assert len(element) > 1, "a title and a figure"


def test_names_are_escaped_and_nothing_is_a_script() -> None:
    nodes = [Node("a", NASTY, "userTask"), Node(NASTY, NASTY, "endEvent")]
    markup = draw(
        lay_out(nodes, [Link("f", "a", NASTY, NASTY)]), title=NASTY, notes={"a": NASTY}, marks={"a": [Mark.ACTIVE]}
    )
    root = etree.fromstring(markup.encode())
    assert not list(root.iter(f"{SVG}script"))
    assert "<script" not in markup
    assert title_of(root) == NASTY[:-2]
    assert title_of(groups(markup)["a"]).endswith(f"active ({NASTY[:-2]})")


def test_a_picture_says_what_it_is_and_what_is_marked() -> None:
    picture = lay_out([Node("pay", "Pay", "serviceTask"), Node("end", "", "endEvent")], [Link("f", "pay", "end")])
    markup = draw(picture, title="Payment", marks={"pay": [Mark.COVERED, Mark.INCIDENT]}, notes={"pay": "3 times"})
    root = etree.fromstring(markup.encode())
    assert root.get("role") == "img"
    assert title_of(root) == "Payment"
    pay = groups(markup)["pay"]
    assert title_of(pay) == "Service task: Pay, covered, incident (3 times)"
    assert {"serviceTask", "covered", "incident"} <= set(str(pay.get("class")).split())
    assert title_of(groups(markup)["f"]) == "Sequence flow: f"


def test_the_style_sheet_is_in_the_picture_or_served_beside_it() -> None:
    picture = lay_out([Node("pay", "Pay", "task")], [])
    with_style, without = draw(picture, title="x"), draw(picture, title="x", with_style=False)
    assert etree.fromstring(with_style.encode()).findtext(f"{SVG}style") == style()
    assert "style" not in without
    assert all(f".{mark}" in style() for mark in Mark)


def test_long_names_stay_inside_their_shapes() -> None:
    name = "Very long names of tasks are cut at the end and " * 5
    markup = draw(lay_out([Node("a", name, "task")], []), title="x")
    lines = [each.text or "" for each in groups(markup)["a"].iter(f"{SVG}tspan")]
    assert 1 < len(lines) <= 4
    assert lines[-1].endswith("…")
