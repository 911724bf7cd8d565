"""Each kind of shape as SVG, without its name."""

from collections.abc import Callable

from workflows.pictures import icons
from workflows.pictures.markup import icon, number, rect, tag
from workflows.pictures.model import Bounds, Shape, Trait

SUB_PROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
FRAMES = SUB_PROCESSES | {"participant", "lane", "group"}
"""Kinds that may stand around other shapes."""

_GAP = 3.0
_TITLE_BAR = 30.0
_MARKER_STEP = 18.0
_MARKER_ORDER = (Trait.COLLAPSED, Trait.LOOP, Trait.PARALLEL, Trait.SEQUENTIAL, Trait.COMPENSATION)


def outline(shape: Shape) -> str:
    """Return the figure of a shape with its markers."""
    kind = shape.kind
    if kind.endswith("Event"):
        return _event(shape)
    if kind.endswith("Gateway"):
        return _gateway(shape)
    return _FIGURES.get(kind, _activity)(shape)


def is_frame(shape: Shape) -> bool:
    """Whether other shapes stand inside this one, so that its name belongs to its upper edge."""
    return shape.kind in FRAMES and Trait.COLLAPSED not in shape.traits


def _event(shape: Shape) -> str:
    x, y = shape.bounds.center
    radius = min(shape.bounds.width, shape.bounds.height) / 2
    dashed = " dashed" if Trait.NON_INTERRUPTING in shape.traits else ""
    thick = " thick" if shape.kind == "endEvent" else ""
    parts = [tag("circle", cx=x, cy=y, r=radius, class_=f"outline{thick}{dashed}")]
    if shape.kind not in {"startEvent", "endEvent"}:
        parts.append(tag("circle", cx=x, cy=y, r=radius - _GAP, class_=f"icon{dashed}"))
    throwing = shape.kind in {"endEvent", "intermediateThrowEvent"}
    if shape.event == "message" and throwing:
        parts.append(icon(icons.SEALED_MESSAGE, x, y, filled=True))
    elif shape.event in icons.EVENTS:
        parts.append(icon(icons.EVENTS[shape.event], x, y, filled=throwing and shape.event != "conditional"))
    return "".join(parts)


def _gateway(shape: Shape) -> str:
    bounds = shape.bounds
    x, y = bounds.center
    corners = ((x, bounds.y), (bounds.right, y), (x, bounds.bottom), (bounds.x, y))
    points = " ".join(f"{number(left)},{number(top)}" for left, top in corners)
    path = icons.GATEWAYS.get(shape.kind, "")
    if shape.kind == "eventBasedGateway" and Trait.INSTANTIATING in shape.traits:
        parallel = Trait.PARALLEL in shape.traits
        path = icons.INSTANTIATING_PARALLEL_GATEWAY if parallel else icons.INSTANTIATING_GATEWAY
    filled = shape.kind in {"exclusiveGateway", "parallelGateway"}
    bold = "" if shape.kind != "inclusiveGateway" else tag("circle", cx=x, cy=y, r=10.0, class_="icon thick")
    return tag("polygon", points=points, class_="outline") + (bold or icon(path, x, y, filled=filled))


def _activity(shape: Shape) -> str:
    bounds = shape.bounds
    thick = " thick" if shape.kind == "callActivity" else ""
    dotted = " dotted" if Trait.EVENT_SUB_PROCESS in shape.traits else ""
    parts = [rect(bounds, 10, f"outline{thick}{dotted}")]
    if shape.kind == "transaction":
        inner = Bounds(bounds.x + _GAP, bounds.y + _GAP, bounds.width - 2 * _GAP, bounds.height - 2 * _GAP)
        parts.append(rect(inner, 8, "icon"))
    if shape.kind in icons.TASKS:
        filled = shape.kind == "sendTask"
        parts.append(icon(icons.TASKS[shape.kind], bounds.x + 15, bounds.y + 15, filled=filled))
    markers = [icons.MARKERS[trait.value] for trait in _MARKER_ORDER if trait in shape.traits]
    if shape.kind == "adHocSubProcess":
        markers.append(icons.MARKERS["adHoc"])
    first = bounds.center[0] - (len(markers) - 1) * _MARKER_STEP / 2
    parts += [icon(path, first + _MARKER_STEP * place, bounds.bottom - 11) for place, path in enumerate(markers)]
    return "".join(parts)


def _pool(shape: Shape) -> str:
    bounds = shape.bounds
    if Trait.COLLAPSED in shape.traits:
        return rect(bounds)
    if Trait.VERTICAL in shape.traits:
        bar = Bounds(bounds.x, bounds.y, bounds.width, _TITLE_BAR)
    else:
        bar = Bounds(bounds.x, bounds.y, _TITLE_BAR, bounds.height)
    return rect(bounds) + rect(bar, 0, "icon")


def _group(shape: Shape) -> str:
    return rect(shape.bounds, 10, "open dashdotted")


def _annotation(shape: Shape) -> str:
    bounds = shape.bounds
    bracket = f"M{number(bounds.x + 10)} {number(bounds.y)} H{number(bounds.x)} V{number(bounds.bottom)}"
    return tag("path", d=f"{bracket} H{number(bounds.x + 10)}", class_="open")


def _document(shape: Shape) -> str:
    bounds, fold = shape.bounds, min(12.0, shape.bounds.width / 3)
    left, top, right, bottom = (number(value) for value in (bounds.x, bounds.y, bounds.right, bounds.bottom))
    inner, edge = number(bounds.right - fold), number(bounds.y + fold)
    page = tag("path", d=f"M{left} {top} H{inner} L{right} {edge} V{bottom} H{left} Z", class_="outline")
    corner = tag("path", d=f"M{inner} {top} V{edge} H{right}", class_="icon")
    several = icons.MARKERS["parallel"] if Trait.COLLECTION in shape.traits else ""
    return page + corner + (icon(several, bounds.center[0], bounds.bottom - 9) if several else "")


def _store(shape: Shape) -> str:
    bounds = shape.bounds
    width, curve = bounds.width, bounds.height / 8
    x, y, low = number(bounds.x), number(bounds.y + curve), number(bounds.bottom - curve)
    arc = f"{number(width / 2)} {number(curve)} 0 0"
    body = f"M{x} {y} A{arc} 1 {number(bounds.right)} {y} V{low} A{arc} 1 {x} {low} Z"
    lid = f"M{x} {y} A{arc} 0 {number(bounds.right)} {y}"
    return tag("path", d=body, class_="outline") + tag("path", d=lid, class_="icon")


_FIGURES: dict[str, Callable[[Shape], str]] = {
    "participant": _pool,
    "lane": _pool,
    "group": _group,
    "textAnnotation": _annotation,
    "dataObjectReference": _document,
    "dataInput": _document,
    "dataOutput": _document,
    "dataStoreReference": _store,
}
