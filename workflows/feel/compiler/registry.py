"""How a node becomes a closure, and what is known about names while it does."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias, TypeVar

from workflows.errors import ExpressionError
from workflows.feel.frames import Frame
from workflows.feel.tree import Node
from workflows.feel.values import FeelValue

Run: TypeAlias = Callable[[Frame], FeelValue]


@dataclass(frozen=True, slots=True)
class Lexical:
    """The names bound around a node, and what the whole expression reads from outside.

    `dynamic` is true inside a filter, where an item's own entries are names too: then a name is looked up in the
    frames even when nothing binds it in the source.
    """

    source: str
    bound: frozenset[str] = frozenset()
    dynamic: bool = False
    free: set[str] = field(default_factory=set)

    def binding(self, *names: str) -> "Lexical":
        """Return what is known below a node that binds `names`."""
        return replace(self, bound=self.bound.union(names))

    def filtering(self) -> "Lexical":
        """Return what is known inside a filter."""
        return replace(self.binding("item"), dynamic=True)

    def error(self, reason: str, position: int | None = None) -> ExpressionError:
        """Return the error of this expression, to be raised."""
        return ExpressionError(self.source, reason, position)


_N = TypeVar("_N", bound=Node)
_N_contra = TypeVar("_N_contra", bound=Node, contravariant=True)


class Compile(Protocol[_N_contra]):
    """Turns one kind of node into a closure."""

    def __call__(self, node: _N_contra, lexical: Lexical, /) -> Run: ...


_COMPILERS: dict[type[Node], Callable[..., Run]] = {}


def compiles(kind: type[_N]) -> Callable[[Compile[_N]], Compile[_N]]:
    """Register the decorated function for nodes of `kind`."""

    def register(function: Compile[_N]) -> Compile[_N]:
        _COMPILERS[kind] = function
        return function

    return register


def compile_node(node: Node, lexical: Lexical) -> Run:
    """Return the closure that evaluates `node` in a frame."""
    return _COMPILERS[type(node)](node, lexical)


def compile_all(nodes: tuple[Node, ...], lexical: Lexical) -> list[Run]:
    """Return the closures of several nodes."""
    return [compile_node(node, lexical) for node in nodes]
