"""Expressions that the compiler puts together itself: a variable by its name, lists and maps of expressions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from workflows.expressions.expression import Expression
from workflows.values import JsonValue, to_json


@dataclass(frozen=True, slots=True)
class VariableValue:
    """The value of a variable that a diagram names without an expression; null when it is not set."""

    name: str

    @property
    def source(self) -> str:
        return self.name

    @property
    def language(self) -> str:
        return "variable"

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.name})

    def evaluate(self, variables: Mapping[str, JsonValue], now: datetime) -> JsonValue:  # noqa: ARG002
        """Return the variable's value, or None."""
        return variables.get(self.name)

    def json(self, variables: Mapping[str, JsonValue], now: datetime) -> JsonValue:  # noqa: ARG002
        """Return a copy of the variable's value, or None."""
        return to_json(variables.get(self.name), self.name)


@dataclass(frozen=True, slots=True)
class ListValue:
    """A list whose items are expressions (`camunda:list`)."""

    items: tuple[Expression, ...]

    @property
    def source(self) -> str:
        return f"[{', '.join(item.source for item in self.items)}]"

    @property
    def language(self) -> str:
        return "list"

    @property
    def names(self) -> frozenset[str]:
        return frozenset[str]().union(*(item.names for item in self.items))

    def evaluate(self, variables: Mapping[str, JsonValue], now: datetime) -> list[object]:
        """Return the values of the items."""
        return [item.evaluate(variables, now) for item in self.items]

    def json(self, variables: Mapping[str, JsonValue], now: datetime) -> JsonValue:
        """Return the values of the items as JSON."""
        return [item.json(variables, now) for item in self.items]


@dataclass(frozen=True, slots=True)
class MapValue:
    """An object whose entries are expressions (`camunda:map`)."""

    entries: tuple[tuple[str, Expression], ...]

    @property
    def source(self) -> str:
        return f"{{{', '.join(f'{key}: {value.source}' for key, value in self.entries)}}}"

    @property
    def language(self) -> str:
        return "map"

    @property
    def names(self) -> frozenset[str]:
        return frozenset[str]().union(*(value.names for _, value in self.entries))

    def evaluate(self, variables: Mapping[str, JsonValue], now: datetime) -> dict[str, object]:
        """Return the values of the entries by key."""
        return {key: value.evaluate(variables, now) for key, value in self.entries}

    def json(self, variables: Mapping[str, JsonValue], now: datetime) -> JsonValue:
        """Return the values of the entries as JSON."""
        return {key: value.json(variables, now) for key, value in self.entries}
