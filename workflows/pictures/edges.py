"""Each kind of edge as SVG, without its name."""

from itertools import pairwise

from workflows.pictures.markup import number, polyline, span, tag, toward
from workflows.pictures.model import Edge, Point, Trait

_HEAD_LENGTH, _HEAD_WIDTH = 10.0, 4.2
_DIAMOND = 7.0


def edge_markup(edge: Edge) -> str:
    """Return the line of an edge with what stands at its ends."""
    if len(edge.points) < 2:  # noqa: PLR2004 -- a line has two ends
        return ""
    start, second = edge.points[:2]
    before, end = edge.points[-2:]
    headed = edge.kind in {"sequenceFlow", "messageFlow"} or Trait.DIRECTED in edge.traits
    neck = toward(end, before, _HEAD_LENGTH - 2) if headed else end
    parts = [tag("path", d=polyline((*edge.points[:-1], neck)), class_="way")]
    if headed:
        parts.append(tag("polygon", points=_triangle(before, end), class_="head"))
    if edge.kind == "messageFlow":
        parts.append(tag("circle", cx=start[0], cy=start[1], r=4.0, class_="tail"))
    elif Trait.CONDITIONAL in edge.traits:
        parts.append(tag("polygon", points=_diamond(start, second), class_="tail"))
    elif Trait.DEFAULT in edge.traits:
        parts.append(tag("path", d=_slash(start, second), class_="slash"))
    return "".join(parts)


def middle(points: tuple[Point, ...]) -> Point:
    """Return the middle of the longest stretch, where a name has most room."""
    start, end = max(pairwise(points), key=lambda ends: span(*ends))
    return (start[0] + end[0]) / 2, (start[1] + end[1]) / 2


def _triangle(before: Point, end: Point) -> str:
    along, across = _directions(before, end)
    base = (end[0] - along[0] * _HEAD_LENGTH, end[1] - along[1] * _HEAD_LENGTH)
    return _points(end, _moved(base, across, _HEAD_WIDTH), _moved(base, across, -_HEAD_WIDTH))


def _diamond(start: Point, second: Point) -> str:
    along, across = _directions(start, second)
    waist = _moved(start, along, _DIAMOND)
    return _points(start, _moved(waist, across, 4.5), _moved(start, along, 2 * _DIAMOND), _moved(waist, across, -4.5))


def _slash(start: Point, second: Point) -> str:
    along, across = _directions(start, second)
    low = _moved(_moved(start, along, 7), across, 5)
    high = _moved(_moved(start, along, 13), across, -5)
    return f"M{number(low[0])} {number(low[1])} L{number(high[0])} {number(high[1])}"


def _directions(start: Point, end: Point) -> tuple[Point, Point]:
    """The unit vectors along the way from `start` to `end`, and across it."""
    length = span(start, end) or 1.0
    along = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    return along, (-along[1], along[0])


def _moved(point: Point, direction: Point, distance: float) -> Point:
    return point[0] + direction[0] * distance, point[1] + direction[1] * distance


def _points(*points: Point) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)
