"""The syntax tree of an expression: what `parser` builds and `compiler` turns into closures."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from workflows.feel.values import FeelValue

NODES_A_STEP: Final = 4  # nodes that take about as long as one item of a list


class Node:
    """A part of an expression. `children` are the nodes right below it."""

    __slots__ = ()

    def children(self) -> "tuple[Node, ...]":
        found: list[Node] = []
        names: tuple[str, ...] = self.__slots__
        for name in names:
            value = getattr(self, name)
            if isinstance(value, Node):
                found.append(value)
            elif isinstance(value, tuple):
                found.extend(item for item in value if isinstance(item, Node))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Literal(Node):
    value: FeelValue


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Operation(Node):
    """One operator of a chain and the operand to its right."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """Operators of one precedence, applied from left to right."""

    first: Node
    rest: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Negation(Node):
    operand: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """A disjunction (`decisive` is true) or a conjunction (`decisive` is false) of two operands or more."""

    decisive: bool
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    operand: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Membership(Node):
    """``operand in tests``."""

    operand: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class UnaryComparison(Node):
    """``< 5``: a test of the input, or as a value the range of what passes it."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class UnaryTests(Node):
    tests: tuple[Node, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    operand: Node
    type: "TypeNode"


@dataclass(frozen=True, slots=True)
class Path(Node):
    operand: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    operand: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Invocation(Node):
    function: Node
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class NamedInvocation(Node):
    function: Node
    names: tuple[str, ...]
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextLiteral(Node):
    keys: tuple[str, ...]
    values: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class RangeLiteral(Node):
    start: Node
    end: Node
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iterator(Node):
    """``name in domain``, or ``name in domain..end``."""

    name: str
    domain: Node
    end: Node | None = None


@dataclass(frozen=True, slots=True)
class For(Node):
    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """``some`` (`decisive` is true) or ``every`` (`decisive` is false)."""

    decisive: bool
    iterators: tuple[Iterator, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    name: str
    type: "TypeNode | None" = None


@dataclass(frozen=True, slots=True)
class FunctionDefinition(Node):
    parameters: tuple[Parameter, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class TypeNode(Node):
    """A type by name, with the types it is made of: items, entries (`names`), or parameters and result."""

    name: str
    position: int
    arguments: "tuple[TypeNode, ...]" = ()
    names: tuple[str, ...] = ()


def parts(node: Node) -> Iterable[Node]:
    """Yield `node` and every node below it."""
    pending: list[Node] = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(current.children())


def reads(node: Node, name: str) -> bool:
    """Say whether `name` is read anywhere in `node`."""
    return any(isinstance(part, Name) and part.name == name for part in parts(node))


def price(node: Node) -> int:
    """Return the steps of the budget that one run of `node` costs, loops and calls inside it not counted."""
    return 1 + sum(1 for _ in parts(node)) // NODES_A_STEP
