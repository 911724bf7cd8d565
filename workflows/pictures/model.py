"""What a picture shows, wherever it comes from: shapes with their places, and the edges between them.

Lengths are those of BPMN DI, one unit a pixel; x grows to the right, y downwards. A picture comes from the drawing in a
BPMN file (`reader`) or is laid out from nodes and links (`layout`).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Trait(StrEnum):
    """What changes the look of a shape of the same kind."""

    THROWING = "throwing"
    NON_INTERRUPTING = "non-interrupting"
    PARALLEL = "parallel"
    SEQUENTIAL = "sequential"
    LOOP = "loop"
    COMPENSATION = "compensation"
    COLLAPSED = "collapsed"
    EVENT_SUB_PROCESS = "event-sub-process"
    INSTANTIATING = "instantiating"
    VERTICAL = "vertical"
    COLLECTION = "collection"
    CONDITIONAL = "conditional"
    DEFAULT = "default"
    DIRECTED = "directed"


@dataclass(frozen=True, slots=True)
class Bounds:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of the right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of the lower side."""
        return self.y + self.height

    @property
    def center(self) -> "Point":
        """The point in the middle."""
        return self.x + self.width / 2, self.y + self.height / 2


Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A node, pool, lane or artifact. `kind` is its BPMN name, like `userTask`; `event` what an event waits for or
    throws, like `timer` (`multiple` for several). `label` is where its name stands, if its drawing says so."""

    id: str
    name: str
    kind: str
    bounds: Bounds
    event: str = ""
    traits: frozenset[Trait] = frozenset()
    label: Bounds | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A flow or association by its points; `kind` is its BPMN name, like `sequenceFlow`."""

    id: str
    name: str
    kind: str
    points: tuple[Point, ...]
    traits: frozenset[Trait] = frozenset()
    label: Bounds | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """Shapes, the outer ones before what they contain, and edges."""

    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """Something to be laid out: see `Shape`. A boundary event is `attached_to` its activity; `parent` is the id of the
    sub-process that it is in."""

    id: str
    name: str
    kind: str
    event: str = ""
    traits: frozenset[Trait] = frozenset()
    attached_to: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A sequence flow to be laid out, between two nodes by their ids."""

    id: str
    source: str
    target: str
    name: str = ""
    traits: frozenset[Trait] = frozenset()
