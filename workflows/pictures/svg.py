"""A picture as SVG: no script, everything escaped, each element with a title that says what it is."""

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from workflows.pictures.edges import edge_markup, middle
from workflows.pictures.markup import lines, number, tag, text
from workflows.pictures.model import Bounds, Edge, Picture, Point, Shape, Trait
from workflows.pictures.shapes import is_frame, outline
from workflows.pictures.text import LINE_HEIGHT, wrap

_MARGIN = 20.0
_LABEL_WIDTH = 96.0
_BORDER_LABEL_WIDTH = 52.0
_LABEL_LINES = 4


class Mark(StrEnum):
    """What a picture can say about an element; each is a class of its markup, with a look in `STYLE`."""

    COVERED = "covered"
    MISSED = "missed"
    ACTIVE = "active"
    INCIDENT = "incident"


@cache
def style() -> str:
    """Return the style sheet that pictures need."""
    return Path(__file__).with_name("style.css").read_text(encoding="utf-8")


def draw(
    picture: Picture,
    *,
    title: str,
    marks: Mapping[str, Collection[Mark]] | None = None,
    notes: Mapping[str, str] | None = None,
    with_style: bool = True,
) -> str:
    """Return the picture as an SVG element, which may stand alone or in a page.

    `marks` and `notes` are by element id; a note is added to the title that is shown when one points at the element.
    A page whose policy forbids styles in it leaves out `with_style` and serves `style()` as a file.
    """
    drawing = _Drawing(marks or {}, notes or {})
    bounds = _around(picture)
    frames = [shape for shape in picture.shapes if is_frame(shape)]
    boundaries = [shape for shape in picture.shapes if shape.kind == "boundaryEvent"]
    others = [shape for shape in picture.shapes if not is_frame(shape) and shape.kind != "boundaryEvent"]
    parts = [
        tag("title", text(title)),
        tag("style", text(style())) if with_style else "",
        *(drawing.shape(shape) for shape in frames),
        *(drawing.edge(edge) for edge in picture.edges),
        *(drawing.shape(shape) for shape in (*others, *boundaries)),
    ]
    return tag(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=" ".join(number(value) for value in (bounds.x, bounds.y, bounds.width, bounds.height)),
        width=bounds.width,
        height=bounds.height,
        class_="diagram",
        role="img",
    )


class _Drawing:
    def __init__(self, marks: Mapping[str, Collection[Mark]], notes: Mapping[str, str]) -> None:
        self._marks = marks
        self._notes = notes

    def shape(self, shape: Shape) -> str:
        """One shape with its name."""
        classes = ["shape", shape.kind]
        if shape.kind.endswith("Event"):
            classes.append("event")
        if is_frame(shape):
            classes.append("frame")
        return self._group(classes, shape.id, shape.name, shape.kind, outline(shape), _shape_label(shape))

    def edge(self, edge: Edge) -> str:
        """One edge with its name."""
        return self._group(["edge", edge.kind], edge.id, edge.name, edge.kind, edge_markup(edge), _edge_label(edge))

    def _group(self, classes: list[str], element_id: str, name: str, kind: str, *content: str) -> str:
        marks = sorted(self._marks.get(element_id, ()))
        said = f"{_words(kind)}: {name or element_id}" + "".join(f", {mark}" for mark in marks)
        if element_id in self._notes:
            said += f" ({self._notes[element_id]})"
        names = " ".join([*classes, *marks])
        return tag("g", tag("title", text(said)), *content, class_=names, data_element=element_id)


def _words(kind: str) -> str:
    """`userTask` as people say it."""
    spaced = re.sub("(?<=[a-z])(?=[A-Z])", " ", kind)
    return spaced[:1].upper() + spaced[1:].lower()


def _shape_label(shape: Shape) -> str:
    if not shape.name:
        return ""
    bounds = shape.bounds
    if shape.kind in {"participant", "lane"}:
        return _title_bar(shape)
    if shape.kind == "textAnnotation":
        content = wrap(shape.name, bounds.width - 16, int(bounds.height // LINE_HEIGHT) or 1)
        return lines(content, bounds.x + 8, bounds.center[1], anchor="start")
    if is_frame(shape):
        return lines(wrap(shape.name, bounds.width - 20, 1), bounds.center[0], bounds.y + 14)
    if _is_activity(shape):
        most = max(1, int((bounds.height - 12) // LINE_HEIGHT))
        return lines(wrap(shape.name, bounds.width - 10, most), *bounds.center)
    return _label_below(shape)


def _label_below(shape: Shape) -> str:
    bounds = shape.bounds
    if shape.kind == "boundaryEvent" and shape.label is None:  # its flow begins below it
        content = wrap(shape.name, _BORDER_LABEL_WIDTH, _LABEL_LINES)
        return _halo(lines(content, bounds.x - 2, bounds.bottom + len(content) * LINE_HEIGHT / 2, anchor="end"))
    return _outside(shape.name, shape.label, (bounds.center[0], bounds.bottom + 7))


def _is_activity(shape: Shape) -> bool:
    return shape.kind.endswith(("Task", "Activity")) or shape.kind in {
        "task",
        "subProcess",
        "transaction",
        "adHocSubProcess",
    }


def _title_bar(shape: Shape) -> str:
    bounds = shape.bounds
    if Trait.COLLAPSED in shape.traits:
        return lines(wrap(shape.name, bounds.width - 20, 3), *bounds.center)
    if Trait.VERTICAL in shape.traits:
        return lines(wrap(shape.name, bounds.width - 10, 2), bounds.center[0], bounds.y + 15)
    x, y = bounds.x + 15, bounds.center[1]
    turned = lines(wrap(shape.name, bounds.height - 10, 2), x, y)
    return tag("g", turned, transform=f"rotate(-90 {number(x)} {number(y)})")


def _edge_label(edge: Edge) -> str:
    if not edge.name:
        return ""
    x, y = middle(edge.points)
    return _outside(edge.name, edge.label, (x, y - LINE_HEIGHT - 3))


def _outside(name: str, label: Bounds | None, below: Point) -> str:
    """A name outside of what it belongs to: where the drawing has it, else centred below a point."""
    if label is not None:
        content = wrap(name, max(label.width + 14, _LABEL_WIDTH), _LABEL_LINES)
        x, y = label.center
    else:
        content = wrap(name, _LABEL_WIDTH, _LABEL_LINES)
        x, y = below[0], below[1] + len(content) * LINE_HEIGHT / 2
    return _halo(lines(content, x, y))


def _halo(name: str) -> str:
    return tag("g", name, class_="outside")


def _around(picture: Picture) -> Bounds:
    """The rectangle that holds everything."""
    boxes = [shape.bounds for shape in picture.shapes]
    boxes += [shape.label for shape in picture.shapes if shape.label is not None]
    boxes += [edge.label for edge in picture.edges if edge.label is not None]
    boxes += [
        Bounds(shape.bounds.center[0] - _LABEL_WIDTH / 2, shape.bounds.bottom, _LABEL_WIDTH, _room(shape.name))
        for shape in picture.shapes
        if shape.label is None and shape.name and shape.kind.endswith(("Event", "Gateway"))
    ]
    boxes += [Bounds(x, y, 0, 0) for edge in picture.edges for x, y in edge.points]
    if not boxes:
        return Bounds(0, 0, 2 * _MARGIN, 2 * _MARGIN)
    left, top = min(box.x for box in boxes) - _MARGIN, min(box.y for box in boxes) - _MARGIN
    right, bottom = max(box.right for box in boxes) + _MARGIN, max(box.bottom for box in boxes) + _MARGIN
    return Bounds(left, top, right - left, bottom - top)


def _room(name: str) -> float:
    return 7 + len(wrap(name, _LABEL_WIDTH, _LABEL_LINES)) * LINE_HEIGHT
