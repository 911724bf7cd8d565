"""Nodes that nobody has drawn get places without overlaps, and links ways that begin and end at them."""

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.pictures import Bounds, Edge, Link, Node, Picture, lay_out, read_picture

CASES = Path(__file__).parents[1] / "conformance" / "cases"
DIAGRAMS = sorted(CASES.rglob("*.bpmn"))
KINDS = ("task", "startEvent", "exclusiveGateway")


def overlap(one: Bounds, other: Bounds) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


def contains(outer: Bounds, inner: Bounds) -> bool:
    within = outer.x < inner.x and inner.right < outer.right
    return within and outer.y < inner.y and inner.bottom < outer.bottom


def check_shapes(picture: Picture) -> None:
    """Shapes are apart, or one inside the other, or a boundary event on a border."""
    free = [shape for shape in picture.shapes if shape.kind != "boundaryEvent"]
    for one, other in combinations(free, 2):
        apart = not overlap(one.bounds, other.bounds)
        assert apart or contains(one.bounds, other.bounds) or contains(other.bounds, one.bounds), (one, other)


def touches(edge: Edge, end: int, bounds: Bounds) -> bool:
    x, y = edge.points[end]
    return bounds.x <= x <= bounds.right and bounds.y <= y <= bounds.bottom


@given(
    count=st.integers(1, 9),
    pairs=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=14),
    borders=st.dictionaries(st.integers(0, 8), st.integers(0, 9), max_size=3),
)
@settings(max_examples=100, deadline=None)
def test_any_graph_is_laid_out(count: int, pairs: list[tuple[int, int]], borders: dict[int, int]) -> None:
    nodes = [
        Node(str(number), f"Node {number}", "boundaryEvent", attached_to=str(borders[number]))
        if number in borders
        else Node(str(number), f"Node {number}", KINDS[number % 3])
        for number in range(count)
    ]
    links = [Link(f"f{at}", str(one), str(other)) for at, (one, other) in enumerate(pairs) if max(one, other) < count]
    picture = lay_out(nodes, links)
    bounds = {shape.id: shape.bounds for shape in picture.shapes}
    assert set(bounds) == {node.id for node in nodes}
    check_shapes(picture)
    ends = {link.id: link for link in links}
    assert {edge.id for edge in picture.edges} == set(ends)
    for edge in picture.edges:
        assert touches(edge, 0, bounds[ends[edge.id].source])
        assert touches(edge, -1, bounds[ends[edge.id].target])


@pytest.mark.parametrize("folder", sorted({path.parent for path in DIAGRAMS}), ids=lambda path: path.name)
def test_diagrams_without_drawing_are_laid_out_without_overlaps(folder: Path) -> None:
    for path in folder.glob("*.bpmn"):
        picture = read_picture(path.read_bytes(), path.name)
        assert picture.shapes, path
        check_shapes(picture)


def test_flows_lead_to_the_right_and_only_loops_back() -> None:
    nodes = [Node(name, name, "task") for name in "abc"]
    links = [Link("ab", "a", "b"), Link("bc", "b", "c"), Link("ca", "c", "a")]
    picture = lay_out(nodes, links)
    assert [shape.bounds.x for shape in picture.shapes] == sorted(shape.bounds.x for shape in picture.shapes)
    ways = {edge.id: edge.points for edge in picture.edges}
    assert ways["ab"][0][0] < ways["ab"][-1][0]
    assert ways["ca"][0][0] > ways["ca"][-1][0]


def test_a_boundary_event_stands_on_its_activity_and_its_way_begins_below() -> None:
    nodes = [
        Node("a", "a", "task"),
        Node("late", "", "boundaryEvent", "timer", attached_to="a"),
        Node("b", "b", "task"),
    ]
    picture = lay_out(nodes, [Link("f", "late", "b")])
    bounds = {shape.id: shape.bounds for shape in picture.shapes}
    assert bounds["late"].y < bounds["a"].bottom < bounds["late"].bottom
    assert picture.edges[0].points[0] == (bounds["late"].center[0], bounds["late"].bottom)


def test_nothing_gives_an_empty_picture() -> None:
    assert lay_out([], []) == Picture((), ())
