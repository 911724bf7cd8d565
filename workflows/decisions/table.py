"""Decision tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from workflows.decisions.errors import Origin, error_at
from workflows.decisions.hit_policies import Aggregator, Hit, HitPolicy, Row, Violated, aggregate, select
from workflows.decisions.logic import Cell, Outcome, Tests
from workflows.decisions.scope import Scope
from workflows.expressions.dialect import Dialect
from workflows.feel import FeelValue

DEFAULT_ALIAS = "cellInput"  # Camunda's name for the input in its own entries, beside FEEL's `?`


@dataclass(frozen=True, slots=True)
class Input:
    """An input column. Without an expression nothing is asked, and every entry of the column is empty.

    `alias` is the name by which entries may call the input; it is bound only where `aliased` says one does.
    """

    expression: Cell | None
    origin: Origin
    allowed: Tests | None = None
    alias: str = DEFAULT_ALIAS
    aliased: bool = False

    def read(self, scope: Scope) -> "Asked":
        """Return the input over `scope`, and the scope of its entries."""
        value = self.expression.value(scope) if self.expression else None
        if self.allowed:
            self.allowed.require(value, scope, self.origin)
        return Asked(value, scope.binding({self.alias: value}) if self.aliased else scope)


@dataclass(frozen=True, slots=True)
class Asked:
    """The value of an input, and what its entries see."""

    value: FeelValue
    scope: Scope


@dataclass(frozen=True, slots=True)
class Output:
    """An output column; `priorities` are its allowed values as constants, for the policies that rank by them."""

    name: str
    allowed: Tests | None = None
    default: Cell | None = None
    priorities: tuple[FeelValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: one test for each input, None where it is empty, and one expression for each output."""

    id: str
    tests: tuple[Tests | None, ...]
    outputs: tuple[Cell | None, ...]

    def matches(self, inputs: Sequence[Asked]) -> bool:
        """Say whether every input passes its test."""
        return all(
            test is None or test.accept(asked.value, asked.scope)
            for test, asked in zip(self.tests, inputs, strict=True)
        )


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A decision table; `dialect` settles what Camunda 7 and Zeebe do differently with empty outputs."""

    origin: Origin
    dialect: Dialect
    policy: HitPolicy
    aggregator: Aggregator | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    priorities: Mapping[str, tuple[FeelValue, ...]] = field(default_factory=dict)

    def evaluate(self, scope: Scope) -> Outcome:
        """Return the value in Zeebe's shape, the rows in Camunda 7's, and the rules that matched."""
        hits = self._hits(scope)
        if not hits:
            return self._default(scope)
        rules = tuple(hit.rule for hit in hits)
        try:
            rows = tuple(hit.row for hit in select(self.policy, hits, self.priorities))
            if self.aggregator:
                return self._aggregated(self.aggregator, rows, rules)
        except Violated as violated:
            raise error_at(self.origin, str(violated)) from None
        values = [self._value(row) for row in rows]
        return Outcome(values if self.policy.several else values[0], rows, rules)

    def _hits(self, scope: Scope) -> list[Hit]:
        inputs = [column.read(scope) for column in self.inputs]
        hits = []
        for rule in self.rules:
            if rule.matches(inputs):
                hits.append(Hit(rule.id, self._row(rule, scope)))
                if self.policy is HitPolicy.FIRST:
                    break
        return hits

    def _row(self, rule: Rule, scope: Scope) -> Row:
        """Return the outputs of a rule; in Camunda 7 an empty entry gives no output, in Zeebe null."""
        row: Row = {}
        for output, cell in zip(self.outputs, rule.outputs, strict=True):
            if cell is None:
                if self.dialect is Dialect.CAMUNDA8:
                    row[output.name] = None
                continue
            row[output.name] = value = cell.value(scope)
            if output.allowed:
                output.allowed.require(value, scope, cell.origin)
        return row

    def _value(self, row: Row) -> FeelValue:
        return row.get(self.outputs[0].name) if len(self.outputs) == 1 else dict(row)

    def _aggregated(self, aggregator: Aggregator, rows: tuple[Row, ...], rules: tuple[str, ...]) -> Outcome:
        name = self.outputs[0].name
        value = aggregate(aggregator, [row[name] for row in rows if name in row])
        return Outcome(value, () if value is None else ({name: value},), rules)

    def _default(self, scope: Scope) -> Outcome:
        """Return what no rule comes to: the default outputs, else null; Camunda 7 counts no rules as 0."""
        if any(output.default for output in self.outputs):
            row: Row = {output.name: output.default.value(scope) if output.default else None for output in self.outputs}
            return Outcome(self._value(row), (row,))
        if self.aggregator is Aggregator.COUNT and self.dialect is Dialect.CAMUNDA7:
            return Outcome(Decimal(0), ({self.outputs[0].name: Decimal(0)},))
        return Outcome(None, ())
