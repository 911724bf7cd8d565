"""Writing SVG: every attribute and every text is escaped here, and nowhere else."""

from xml.sax.saxutils import escape, quoteattr

from workflows.pictures.model import Bounds, Point
from workflows.pictures.text import LINE_HEIGHT

_FORBIDDEN = dict.fromkeys({*range(32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF} - {*map(ord, "\t\n\r")})
"""Characters that no XML may hold."""

_CORNER = 6.0
_ASCENT = 4.0
"""How far below its middle a line of text stands."""


def number(value: float) -> str:
    """Return a number as short as it can be written."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def text(content: str) -> str:
    """Return a text as it may stand in an element."""
    return escape(content.translate(_FORBIDDEN))


def tag(name: str, *content: str, **attributes: object) -> str:
    """Return an element; `content` is markup. An attribute whose name is a word of Python ends with `_`; those that
    are None are left out."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_value(value))}"
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(content)
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"


def rect(bounds: Bounds, radius: float = 0, class_: str = "outline") -> str:
    """Return a rectangle."""
    place = {"x": bounds.x, "y": bounds.y, "width": bounds.width, "height": bounds.height}
    return tag("rect", **place, rx=radius or None, class_=class_)


def icon(path: str, x: float, y: float, *, filled: bool = False) -> str:
    """Return a marker around a point."""
    place = f"translate({number(x)} {number(y)})"
    return tag("path", d=path, transform=place, class_="icon filled" if filled else "icon")


def lines(content: list[str], x: float, y: float, *, anchor: str = "middle") -> str:
    """Return lines of text around the height `y`."""
    first = y - (len(content) - 1) * LINE_HEIGHT / 2 + _ASCENT
    spans = [tag("tspan", text(each), x=x, y=first + LINE_HEIGHT * row) for row, each in enumerate(content)]
    return tag("text", *spans, text_anchor=anchor)


def polyline(points: tuple[Point, ...]) -> str:
    """Return the path through points, its corners rounded."""
    path = [f"M{_point(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        path.append(
            f"L{_point(toward(corner, before, _CORNER))} Q{_point(corner)} {_point(toward(corner, after, _CORNER))}"
        )
    path.append(f"L{_point(points[-1])}")
    return " ".join(path)


def toward(start: Point, end: Point, distance: float) -> Point:
    """Return the point so far from `start` on the way to `end`, and no farther than half of the way."""
    length = span(start, end)
    share = min(distance / length, 0.5) if length else 0.0
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def span(start: Point, end: Point) -> float:
    """Return the distance between two points."""
    return float(((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5)


def _point(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _value(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value).translate(_FORBIDDEN)
