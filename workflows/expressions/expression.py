"""What every compiled expression looks like, whichever language it was written in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from workflows.errors import ExpressionError
from workflows.values import JsonValue, to_json


class Expression(Protocol):
    """An expression, read at deployment, that can be evaluated any number of times, from any thread.

    `source` is its text, `language` one of "literal", "juel", "bare", "feel".
    `names` are the variables that it may read.
    """

    @property
    def source(self) -> str: ...

    @property
    def language(self) -> str: ...

    @property
    def names(self) -> frozenset[str]: ...

    def evaluate(self, variables: Mapping[str, JsonValue], now: datetime) -> object:
        """Return the value over `variables` at the time `now` (with a time zone), or raise `ExpressionError`.

        The value may be richer than JSON (Decimals, dates, durations) and may share lists and dicts with `variables`:
        to compare and compute with, not to keep.
        """
        ...

    def json(self, variables: Mapping[str, JsonValue], now: datetime) -> JsonValue:
        """Return the value as a fresh process variable, or raise `ExpressionError`."""
        ...


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant in the place of an expression; it reads no variable."""

    value: JsonValue

    @property
    def source(self) -> str:
        return self.value if isinstance(self.value, str) else json.dumps(self.value)

    @property
    def language(self) -> str:
        return "literal"

    @property
    def names(self) -> frozenset[str]:
        return frozenset()

    def evaluate(self, variables: Mapping[str, JsonValue], now: datetime) -> JsonValue:  # noqa: ARG002
        return self.value

    def json(self, variables: Mapping[str, JsonValue], now: datetime) -> JsonValue:  # noqa: ARG002
        return to_json(self.value)


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression that has become a closure over the variables; it does not ask for the time."""

    source: str
    language: str
    names: frozenset[str]
    _closure: Callable[[Mapping[str, JsonValue]], object] = field(repr=False, compare=False)

    def evaluate(self, variables: Mapping[str, JsonValue], now: datetime) -> object:  # noqa: ARG002
        return self._closure(variables)

    def json(self, variables: Mapping[str, JsonValue], now: datetime) -> JsonValue:
        return to_json(self.evaluate(variables, now))


def holds(condition: Expression, variables: Mapping[str, JsonValue], now: datetime) -> bool:
    """Return whether `condition` holds; anything but true or false is an `ExpressionError`, as in Camunda."""
    value = condition.evaluate(variables, now)
    if isinstance(value, bool):
        return value
    kind = "null" if value is None else f"a {type(value).__name__}"
    raise ExpressionError(condition.source, f"a condition must be true or false; this is {kind}")
