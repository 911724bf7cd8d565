"""Decision logic other than tables: literal expressions, contexts, lists, relations and invocations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from workflows.decisions.errors import Origin, error_at, unevaluated
from workflows.decisions.hit_policies import Row
from workflows.decisions.scope import Scope
from workflows.decisions.types import Type, Unfit, shown
from workflows.errors import ExpressionError
from workflows.feel import FeelExpression, FeelFunction, FeelUnaryTests, FeelValue
from workflows.feel.frames import Evaluation


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a logic comes to. `rows` and `rules` are those of a decision table: its outputs, and what matched."""

    value: FeelValue
    rows: tuple[Row, ...] | None = None
    rules: tuple[str, ...] = ()


class Logic(Protocol):
    """A compiled boxed expression, shared by all evaluations."""

    def evaluate(self, scope: Scope) -> Outcome:
        """Return the outcome over the names of `scope`, or raise `DecisionError`."""
        ...


@dataclass(frozen=True, slots=True)
class Cell:
    """A FEEL expression at its place in the file, with the type that its value must have."""

    expression: FeelExpression
    origin: Origin
    type: Type | None = None

    def evaluate(self, scope: Scope) -> Outcome:
        return Outcome(self.value(scope))

    def value(self, scope: Scope) -> FeelValue:
        """Return the value, or raise `DecisionError` with the place."""
        scope.limits.check(self.origin)
        try:
            value = self.expression.evaluate(scope.variables, scope.now)
        except ExpressionError as error:
            raise unevaluated(self.origin, error) from None
        return fit(self.type, value, self.origin)


@dataclass(frozen=True, slots=True)
class Tests:
    """Unary tests at their place in the file."""

    tests: FeelUnaryTests
    origin: Origin

    def accept(self, value: FeelValue, scope: Scope) -> bool:
        """Say whether `value` passes."""
        scope.limits.check(self.origin)
        try:
            return self.tests.matches(value, scope.variables, scope.now)
        except ExpressionError as error:
            raise unevaluated(self.origin, error) from None

    def require(self, value: FeelValue, scope: Scope, origin: Origin) -> None:
        """Raise `DecisionError` at `origin` when `value` is not one of these allowed values; null always is."""
        if value is not None and not self.accept(value, scope):
            raise error_at(origin, f"{shown(value)} is not among the allowed values {self.tests.source.strip()}")


@dataclass(frozen=True, slots=True)
class Context:
    """Named entries, each of which sees those before it; with a `result`, the context comes to that instead."""

    entries: tuple[tuple[str, Logic], ...]
    result: Logic | None = None

    def evaluate(self, scope: Scope) -> Outcome:
        values: dict[str, FeelValue] = {}
        for name, logic in self.entries:
            values[name] = logic.evaluate(scope.binding(values)).value
        return Outcome(values) if self.result is None else Outcome(self.result.evaluate(scope.binding(values)).value)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of logics."""

    items: tuple[Logic, ...]

    def evaluate(self, scope: Scope) -> Outcome:
        return Outcome([item.evaluate(scope).value for item in self.items])


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of logics under named columns: a list of contexts."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Logic, ...], ...]

    def evaluate(self, scope: Scope) -> Outcome:
        return Outcome(
            [
                {name: logic.evaluate(scope).value for name, logic in zip(self.columns, row, strict=True)}
                for row in self.rows
            ]
        )


@dataclass(frozen=True, slots=True)
class Typed:
    """A logic whose value must have a type."""

    logic: Logic
    type: Type
    origin: Origin

    def evaluate(self, scope: Scope) -> Outcome:
        outcome = self.logic.evaluate(scope)
        return Outcome(fit(self.type, outcome.value, self.origin), outcome.rows, outcome.rules)


@dataclass(frozen=True, slots=True)
class Invocation:
    """A function, by an expression that gives it, called with one logic for each parameter."""

    function: Cell
    bindings: Mapping[str, Logic]

    def evaluate(self, scope: Scope) -> Outcome:
        function = self.function.value(scope)
        if not isinstance(function, FeelFunction):
            raise error_at(self.function.origin, f"{self.function.expression.source.strip()!r} is no function here")
        arguments = {name: logic.evaluate(scope).value for name, logic in self.bindings.items()}
        evaluation = Evaluation(self.function.expression.source, scope.variables, scope.now)
        try:
            return Outcome(function.call_named(evaluation, arguments))
        except ExpressionError as error:
            raise unevaluated(self.function.origin, error) from None


def fit(type_: Type | None, value: FeelValue, origin: Origin) -> FeelValue:
    """Return `value` as `type_`, if there is one; raise `DecisionError` at `origin` if it does not fit."""
    if type_ is None:
        return value
    try:
        return type_.convert(value)
    except Unfit as unfit:
        raise error_at(origin, str(unfit)) from None
