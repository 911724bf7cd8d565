"""What a rule looks at and what it answers with."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from workflows.diagrams.elements import Element
from workflows.diagrams.graph import Body, Graph, Node
from workflows.diagrams.outline import Outline
from workflows.expressions.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake at the element with this id: what is wrong, and how to mend it."""

    element: str
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A graph together with the elements that it comes from."""

    outline: Outline
    graph: Graph

    @property
    def dialect(self) -> Dialect:
        """Whose extensions the diagram uses."""
        return self.graph.dialect

    @property
    def elements(self) -> Mapping[str, Element]:
        """The elements of the file by id."""
        return self.outline.compilation.elements

    def nodes(self, *types: str) -> Iterator[Node]:
        """Yield the nodes of these types, all nodes without types."""
        return (node for node in self.graph.nodes.values() if not types or node.type in types)

    def bodies(self) -> Iterator[tuple[str, Body]]:
        """Yield the body of each process and sub-process with the id of its owner."""
        for process in self.graph.processes.values():
            yield process.id, process.body
        for node in self.graph.nodes.values():
            if node.body is not None:
                yield node.id, node.body

    def is_top_level(self, node: Node) -> bool:
        """Whether a node stands in a process itself, in none of its sub-processes."""
        return node.parent in self.graph.processes

    def parent(self, node: Node) -> Node | None:
        """Return the sub-process around a node."""
        return None if self.is_top_level(node) else self.graph.nodes.get(node.parent)


Rule: TypeAlias = Callable[[Subject], Iterator[Finding]]
