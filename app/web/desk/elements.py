"""The elements of a diagram as they are listed beside it, for those who can't, or don't want to, point at them."""

from dataclasses import dataclass

from app.web.services import services
from workflows.pictures import read_picture

_ACTIVITIES = frozenset({"task", "callActivity", "subProcess", "transaction", "adHocSubProcess"})


@dataclass(frozen=True, slots=True)
class Element:
    """An activity, event or gateway; `kind` is its BPMN name."""

    id: str
    name: str
    kind: str

    @property
    def label(self) -> str:
        """What it is called in a sentence."""
        return self.name or self.id


def elements_of(definition_id: str) -> list[Element]:
    """Return the elements that a token can be in, from left to right."""
    file = services().engine.diagram(definition_id)
    shapes = {shape.id: shape for shape in read_picture(file.content, file.name).shapes}
    found = [shape for shape in shapes.values() if _is_flow_node(shape.kind)]
    found.sort(key=lambda shape: (shape.bounds.x, shape.bounds.y))
    return [Element(shape.id, shape.name, shape.kind) for shape in found]


def _is_flow_node(kind: str) -> bool:
    return kind in _ACTIVITIES or kind.endswith(("Task", "Event", "Gateway"))
