"""The decisions of one file, and how they are evaluated."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from workflows.decisions.errors import DecisionError
from workflows.decisions.knowledge import Knowledge
from workflows.decisions.logic import Logic, Outcome
from workflows.decisions.result import DecisionResult, EvaluatedDecision
from workflows.decisions.scope import Scope
from workflows.decisions.table import DecisionTable
from workflows.decisions.types import Type, Unfit
from workflows.errors import ExpressionError
from workflows.expressions.dialect import Dialect
from workflows.feel import FeelInput, FeelValue, to_feel
from workflows.feel.frames import Evaluation
from workflows.feel.names import normalise
from workflows.feel.text import to_plain
from workflows.values import JsonValue


@dataclass(frozen=True, slots=True)
class InputData:
    """A variable that a decision requires, by name, with the type that its value must have."""

    name: str
    type: Type | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. `requires` and `knowledge` are ids of decisions and business knowledge models.

    `result_name` is the name of its variable, else its own. `version_tag` is the author's own label and
    `history_time_to_live` in days; both are for the engine that keeps versions and history.
    """

    id: str
    name: str
    result_name: str
    logic: Logic
    line: int = 0
    requires: tuple[str, ...] = ()
    inputs: tuple[InputData, ...] = ()
    knowledge: tuple[str, ...] = ()
    version_tag: str | None = None
    history_time_to_live: int | None = None

    def rows(self, outcome: Outcome) -> tuple[dict[str, FeelValue], ...]:
        """Return the outcome as Camunda 7 has it: of anything but a table, one row with one output."""
        return ({self.result_name: outcome.value},) if outcome.rows is None else outcome.rows

    def names(self, outcome: Outcome, dialect: Dialect) -> dict[str, FeelValue]:
        """Return what the outcome is called in decisions that require it.

        In Camunda 8 it goes by the decision's id and names. In Camunda 7 each output goes by its own name, with
        the list of its values where several rules may count.
        """
        if dialect is Dialect.CAMUNDA8:
            return dict.fromkeys((self.id, normalise(self.name), self.result_name), outcome.value)
        rows = self.rows(outcome)
        if len(rows) == 1 and not self._always_lists():
            return dict(rows[0])
        outputs = dict.fromkeys(name for row in rows for name in row)
        return {name: [row[name] for row in rows if name in row] for name in outputs}

    def _always_lists(self) -> bool:
        return isinstance(self.logic, DecisionTable) and self.logic.policy.several and not self.logic.aggregator


@dataclass(frozen=True, slots=True)
class DecisionGraph:
    """All decisions of one file. `id` and `name` are those of its definitions. Shared by all evaluations."""

    id: str
    name: str
    dialect: Dialect
    decisions: Mapping[str, Decision]
    knowledge: Knowledge

    def evaluate(self, decision_id: str, variables: Mapping[str, JsonValue], now: datetime) -> DecisionResult:
        """Evaluate a decision, and before it once each decision that it requires.

        `now` is the aware time that now() and today() give. Raises `DecisionError` for a decision that is not
        there, a violated hit policy, a value of the wrong type, and every error of an expression.
        """
        if decision_id not in self.decisions:
            known = ", ".join(sorted(self.decisions)) or "none"
            raise DecisionError(decision_id, f"there is no such decision; there is {known}")
        around = Scope(cast("Mapping[str, FeelInput]", variables), now)  # JSON values are FEEL inputs, lists too
        outcomes: dict[str, Outcome] = {}
        for decision in self._in_order(decision_id):
            outcomes[decision.id] = decision.logic.evaluate(self._scope(decision, outcomes, around))
        return self._result(self.decisions[decision_id], outcomes, now)

    def _in_order(self, decision_id: str) -> list[Decision]:
        """Return a decision and all that it requires, each after those that it requires itself."""
        done: dict[str, Decision] = {}
        pending = [decision_id]
        while pending:
            decision = self.decisions[pending[-1]]
            missing = [id_ for id_ in decision.requires if id_ not in done]
            if missing:
                pending.extend(reversed(missing))
            else:
                done.setdefault(pending.pop(), decision)
        return list(done.values())

    def _scope(self, decision: Decision, outcomes: Mapping[str, Outcome], around: Scope) -> Scope:
        """Return what a decision sees: variables, results and functions that it requires.

        In Camunda 7 it also sees the results that were computed for those it requires.
        """
        names: dict[str, FeelInput] = {}
        for data in decision.inputs:
            names.update(_read(decision, data, around.variables))
        for id_ in outcomes if self.dialect is Dialect.CAMUNDA7 else decision.requires:
            names.update(self.decisions[id_].names(outcomes[id_], self.dialect))
        names.update(self.knowledge.functions(decision.knowledge, around))
        return around.binding(names)

    def _result(self, decision: Decision, outcomes: Mapping[str, Outcome], now: datetime) -> DecisionResult:
        outcome = outcomes[decision.id]
        evaluated = [EvaluatedDecision(id_, self.decisions[id_].name, each.rules) for id_, each in outcomes.items()]
        rows = tuple(
            {name: _plain(decision, value, now) for name, value in row.items()} for row in decision.rows(outcome)
        )
        return DecisionResult(decision.id, _plain(decision, outcome.value, now), rows, tuple(evaluated))


def _read(decision: Decision, data: InputData, variables: Mapping[str, FeelInput]) -> dict[str, FeelInput]:
    if data.type is None or data.name not in variables:
        return {}
    try:
        return {data.name: data.type.convert(to_feel(variables[data.name]))}
    except Unfit as unfit:
        raise DecisionError(decision.id, f"the input {data.name!r} does not fit: {unfit}") from None
    except TypeError as unfit:
        raise DecisionError(decision.id, f"the input {data.name!r} can't be used: {unfit}") from None


def _plain(decision: Decision, value: FeelValue, now: datetime) -> JsonValue:
    evaluation = Evaluation(decision.id, {}, now)
    try:
        return to_plain(evaluation, value)
    except ExpressionError as error:
        raise DecisionError(decision.id, error.reason) from None
