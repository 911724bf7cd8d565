"""FEEL types: what ``instance of`` asks, and what parameters accept (DMN 1.5, 10.3.2.9)."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from workflows.feel.comparison import kind
from workflows.feel.tree import TypeNode
from workflows.feel.values import FeelFunction, FeelValue, Range

_SIMPLE = frozenset([
    "Any", "Null", "number", "string", "boolean", "date", "time", "date and time", "days and time duration",
    "years and months duration", "list", "context", "range", "function",
])  # fmt: skip
# How Camunda writes some of them, and DMN's XML.
_ALIASES = {
    "any": "Any", "null": "Null", "date time": "date and time", "dateTime": "date and time",
    "day-time-duration": "days and time duration", "dayTimeDuration": "days and time duration",
    "year-month-duration": "years and months duration", "yearMonthDuration": "years and months duration",
}  # fmt: skip


class FeelType(ABC):
    """A type of FEEL values."""

    @abstractmethod
    def accepts(self, value: FeelValue) -> bool:
        """Say whether `value`, which is not null, is of this type."""

    def coerce(self, value: FeelValue) -> FeelValue:
        """Return `value` as this type: itself, the one item of a list, or null where it does not conform."""
        if value is None or self.accepts(value):
            return value
        if isinstance(value, list) and len(value) == 1 and value[0] is not None and self.accepts(value[0]):
            return value[0]
        return [value] if self.accepts([value]) else None


@dataclass(frozen=True, slots=True)
class SimpleType(FeelType):
    name: str

    def accepts(self, value: FeelValue) -> bool:
        return self.name in ("Any", kind(value))


@dataclass(frozen=True, slots=True)
class ListType(FeelType):
    item: FeelType

    def accepts(self, value: FeelValue) -> bool:
        return isinstance(value, list) and all(item is None or self.item.accepts(item) for item in value)


@dataclass(frozen=True, slots=True)
class RangeType(FeelType):
    limit: FeelType

    def accepts(self, value: FeelValue) -> bool:
        return isinstance(value, Range) and all(
            limit is None or self.limit.accepts(limit) for limit in (value.start, value.end)
        )


@dataclass(frozen=True, slots=True)
class ContextType(FeelType):
    """Contexts with at least these entries; an entry may be null, and further ones may be there."""

    entries: tuple[tuple[str, FeelType], ...]

    def accepts(self, value: FeelValue) -> bool:
        return isinstance(value, dict) and all(
            key in value and (value[key] is None or type_.accepts(value[key])) for key, type_ in self.entries
        )


@dataclass(frozen=True, slots=True)
class FunctionType(FeelType):
    """Functions with this number of parameters; FEEL values carry no types of parameters and results."""

    parameters: int

    def accepts(self, value: FeelValue) -> bool:
        return isinstance(value, FeelFunction) and len(value.parameters) == self.parameters


def build_type(node: TypeNode, error: Callable[[str, int], Exception]) -> FeelType:
    """Return the type that `node` names; raise what `error(reason, position)` gives when there is none."""
    arguments = tuple(build_type(argument, error) for argument in node.arguments)
    if node.names:
        return _context(node, arguments, error)
    if node.name == "function" and arguments:
        return FunctionType(len(arguments) - 1)
    if not arguments:
        name = _ALIASES.get(node.name, node.name)
        if name not in _SIMPLE:
            raise error(f"there is no type named {node.name!r}", node.position)
        return SimpleType(name)
    if node.name not in ("list", "range") or len(arguments) != 1:
        raise error(f"{node.name!r} is not a type with types inside: list<...>, range<...>", node.position)
    return ListType(arguments[0]) if node.name == "list" else RangeType(arguments[0])


def _context(node: TypeNode, arguments: tuple[FeelType, ...], error: Callable[[str, int], Exception]) -> FeelType:
    if node.name != "context":
        raise error(f"{node.name!r} is not a type with entries: context<...>", node.position)
    return ContextType(tuple(zip(node.names, arguments, strict=True)))
