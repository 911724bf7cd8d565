"""The drawing in a BPMN file: what Camunda Modeler shows, read from its diagram interchange."""

from dataclasses import replace

from workflows.diagrams.elements import BPMN, Element, attribute, child, children, flag, local
from workflows.diagrams.outline import FLOW_NODES
from workflows.diagrams.reader import read_xml
from workflows.diagrams.report import Report
from workflows.pictures.layout import lay_out
from workflows.pictures.model import Bounds, Edge, Link, Node, Picture, Point, Shape, Trait

_DI = "http://www.omg.org/spec/BPMN/20100524/DI"
_DC = "http://www.omg.org/spec/DD/20100524/DC"
_DD = "http://www.omg.org/spec/DD/20100524/DI"
_DEFINITION = "EventDefinition"
_BETWEEN_PLANES = 80.0


def read_picture(content: bytes, file_name: str = "diagram.bpmn") -> Picture:
    """Return what a file draws; a file without drawing is laid out. `InvalidDiagram` for one that is no XML.

    The file need not be one that can run. Where it has several drawings, as for collapsed sub-processes, they stand
    one below the other.
    """
    report = Report(file_name)
    root = read_xml(content, report)
    report.raise_if_any()
    assert root is not None  # noqa: S101 -- the report has said so
    return _Reading(root).picture()


class _Reading:
    def __init__(self, root: Element) -> None:
        self._root = root
        self._elements = {each.get("id", ""): each for each in root.iter(f"{{{BPMN}}}*") if each.get("id")}

    def picture(self) -> Picture:
        """The whole file."""
        found = Picture((), ())
        for plane in self._root.iter(f"{{{_DI}}}BPMNPlane"):
            found = _below(found, self._plane(plane))
        return found if found.shapes else self._laid_out()

    def _plane(self, plane: Element) -> Picture:
        drawn = [(each, bounds) for each in children(plane, "BPMNShape", of=_DI) if (bounds := _bounds(each))]
        inside = {self._around(each) for each, _ in drawn}
        shapes = [self._shape(each, bounds, inside) for each, bounds in drawn]
        edges = [self._edge(each) for each in children(plane, "BPMNEdge", of=_DI)]
        kept = [shape for shape in shapes if shape is not None]
        return Picture(tuple(kept), tuple(edge for edge in edges if edge is not None))

    def _around(self, shape: Element) -> str:
        element = self._drawn(shape)
        parent = None if element is None else element.getparent()
        return "" if parent is None else parent.get("id", "")

    def _drawn(self, shape: Element) -> Element | None:
        reference = attribute(shape, "bpmnElement") or ""
        return self._elements.get(reference.rpartition(":")[2])

    def _shape(self, shape: Element, bounds: Bounds, inside: set[str]) -> Shape | None:
        element = self._drawn(shape)
        if element is None:
            return None
        kind, traits = local(element), self._traits(element)
        expanded = flag(shape, "isExpanded") or element.get("id", "") in inside
        if kind in {"subProcess", "transaction", "adHocSubProcess"} and not expanded:
            traits.add(Trait.COLLAPSED)
        if kind == "participant" and not attribute(element, "processRef"):
            traits.add(Trait.COLLAPSED)
        if kind in {"participant", "lane"} and not flag(shape, "isHorizontal", default=True):
            traits.add(Trait.VERTICAL)
        label = _bounds(child(shape, "BPMNLabel", of=_DI))
        return Shape(
            element.get("id", ""), self._name(element), kind, bounds, self._event(element), frozenset(traits), label
        )

    def _edge(self, edge: Element) -> Edge | None:
        element = self._drawn(edge)
        points = tuple(_point(each) for each in children(edge, "waypoint", of=_DD))
        if element is None or len(points) < 2:  # noqa: PLR2004 -- a line has two ends
            return None
        label = _bounds(child(edge, "BPMNLabel", of=_DI))
        kind = "association" if "Association" in local(element) else local(element)
        return Edge(element.get("id", ""), self._name(element), kind, points, self._edge_traits(element), label)

    def _edge_traits(self, element: Element) -> frozenset[Trait]:
        source = self._elements.get(attribute(element, "sourceRef") or "")
        traits = set()
        if source is not None and attribute(source, "default") == element.get("id"):
            traits.add(Trait.DEFAULT)
        elif child(element, "conditionExpression") is not None and not (
            source is not None and local(source).endswith("Gateway")
        ):
            traits.add(Trait.CONDITIONAL)
        if local(element).startswith("data") or attribute(element, "associationDirection") in {"One", "Both"}:
            traits.add(Trait.DIRECTED)
        return frozenset(traits)

    def _name(self, element: Element) -> str:
        if local(element) == "textAnnotation":
            note = child(element, "text")
            return "" if note is None else " ".join((note.text or "").split())
        if local(element) == "group":
            value = self._elements.get(attribute(element, "categoryValueRef") or "")
            return "" if value is None else value.get("value", "")
        return " ".join(element.get("name", "").split())

    def _traits(self, element: Element) -> set[Trait]:
        loop = child(element, "standardLoopCharacteristics", "multiInstanceLoopCharacteristics")
        traits = set()
        if loop is not None and local(loop) == "standardLoopCharacteristics":
            traits.add(Trait.LOOP)
        elif loop is not None:
            traits.add(Trait.SEQUENTIAL if flag(loop, "isSequential") else Trait.PARALLEL)
        for name, trait in (
            ("isForCompensation", Trait.COMPENSATION),
            ("triggeredByEvent", Trait.EVENT_SUB_PROCESS),
            ("instantiate", Trait.INSTANTIATING),
        ):
            if flag(element, name):
                traits.add(trait)
        if attribute(element, "eventGatewayType") == "Parallel":
            traits.add(Trait.PARALLEL)
        if not flag(element, "cancelActivity", default=True) or not flag(element, "isInterrupting", default=True):
            traits.add(Trait.NON_INTERRUPTING)
        data = self._elements.get(attribute(element, "dataObjectRef") or "")
        if any(flag(each, "isCollection") for each in (element, data) if each is not None):
            traits.add(Trait.COLLECTION)
        return traits

    def _event(self, element: Element) -> str:
        kinds = [local(each)[: -len(_DEFINITION)] for each in children(element) if local(each).endswith(_DEFINITION)]
        for reference in children(element, "eventDefinitionRef"):
            found = self._elements.get((reference.text or "").strip().rpartition(":")[2])
            kinds.append(local(found)[: -len(_DEFINITION)] if found is not None else "")
        if len(kinds) > 1:
            return "parallelMultiple" if flag(element, "parallelMultiple") else "multiple"
        return kinds[0] if kinds else ""

    def _laid_out(self) -> Picture:
        flow_nodes = [each for each in self._elements.values() if local(each) in FLOW_NODES]
        flows = [each for each in self._elements.values() if local(each) == "sequenceFlow"]
        return lay_out([self._node(each) for each in flow_nodes], [self._link(each) for each in flows])

    def _node(self, element: Element) -> Node:
        parent = element.getparent()
        return Node(
            element.get("id", ""),
            self._name(element),
            local(element),
            self._event(element),
            frozenset(self._traits(element)),
            attached_to=attribute(element, "attachedToRef"),
            parent=None if parent is None else parent.get("id"),
        )

    def _link(self, element: Element) -> Link:
        source, target = attribute(element, "sourceRef") or "", attribute(element, "targetRef") or ""
        return Link(element.get("id", ""), source, target, self._name(element), self._edge_traits(element))


def _below(upper: Picture, lower: Picture) -> Picture:
    """Two drawings as one."""
    if not upper.shapes or not lower.shapes:
        return lower if lower.shapes else upper
    first = min(shape.bounds.y for shape in lower.shapes)
    down = max(shape.bounds.bottom for shape in upper.shapes) + _BETWEEN_PLANES - first
    shapes = tuple(
        replace(shape, bounds=_lower(shape.bounds, down), label=shape.label and _lower(shape.label, down))
        for shape in lower.shapes
    )
    edges = tuple(
        replace(
            edge, points=tuple((x, y + down) for x, y in edge.points), label=edge.label and _lower(edge.label, down)
        )
        for edge in lower.edges
    )
    return Picture((*upper.shapes, *shapes), (*upper.edges, *edges))


def _lower(bounds: Bounds, down: float) -> Bounds:
    return replace(bounds, y=bounds.y + down)


def _bounds(holder: Element | None) -> Bounds | None:
    found = None if holder is None else child(holder, "Bounds", of=_DC)
    if found is None:
        return None
    return Bounds(*(_number(found, name) for name in ("x", "y", "width", "height")))


def _point(waypoint: Element) -> Point:
    return _number(waypoint, "x"), _number(waypoint, "y")


def _number(element: Element, name: str) -> float:
    """A length, 0 where the file says nothing of use: a wrong number spoils a picture and nothing else."""
    try:
        value = float(element.get(name, "0"))
    except ValueError:
        return 0.0
    return value if abs(value) < 1e6 else 0.0  # noqa: PLR2004 -- neither infinite nor nonsense
