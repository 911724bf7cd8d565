"""What a decision comes to, in the shape of either engine."""

from dataclasses import dataclass

from workflows.decisions.errors import DecisionError
from workflows.values import JsonValue


@dataclass(frozen=True, slots=True)
class EvaluatedDecision:
    """One decision of an evaluation, for the audit: which of its rules matched."""

    decision_id: str
    name: str
    matched_rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """The result of a decision.

    `output` is what Zeebe gives: of one output its value, of several a dict by output name, a list of these for
    COLLECT, RULE ORDER and OUTPUT ORDER, null when no rule matches. `rows` is what Camunda 7 gives: one dict of
    outputs for each rule that counts. `evaluated` are the decisions in the order in which they were evaluated,
    the one that was asked for last.
    """

    decision_id: str
    output: JsonValue
    rows: tuple[dict[str, JsonValue], ...]
    evaluated: tuple[EvaluatedDecision, ...]

    @property
    def matched_rules(self) -> tuple[str, ...]:
        """The ids of the rules of this decision that matched, required decisions left out."""
        return self.evaluated[-1].matched_rules


def map_result(result: DecisionResult, mapping: str | None) -> JsonValue:
    """Return a result as Camunda 7's `mapDecisionResult` says; None is its default, `resultList`.

    - `singleEntry`: the value of the only output of the only rule; null without a rule;
    - `singleResult`: the outputs of the only rule as a dict; null without a rule;
    - `collectEntries`: the values of the only output of every rule, as a list;
    - `resultList`: the outputs of every rule, as a list of dicts.

    Raises `DecisionError` where the result does not have that shape.
    """
    rows = [dict(row) for row in result.rows]
    if mapping in (None, "resultList"):
        return list[JsonValue](rows)
    if mapping == "collectEntries":
        return _entries(result)
    if mapping not in ("singleEntry", "singleResult"):
        known = "singleEntry, singleResult, collectEntries or resultList"
        raise DecisionError(result.decision_id, f"there is no result mapping {mapping!r}; use {known}")
    if len(rows) > 1:
        use = "collectEntries" if mapping == "singleEntry" else "resultList"
        raise _unfit(result, mapping, f"{len(rows)} rules gave a result; map it with {use}")
    if not rows:
        return None
    return _only_entry(result, rows[0]) if mapping == "singleEntry" else dict(rows[0])


def _only_entry(result: DecisionResult, row: dict[str, JsonValue]) -> JsonValue:
    if len(row) > 1:
        raise _unfit(result, "singleEntry", f"it has the outputs {', '.join(row)}; map it with singleResult")
    return next(iter(row.values()), None)


def _entries(result: DecisionResult) -> JsonValue:
    names = list(dict.fromkeys(name for row in result.rows for name in row))
    if len(names) > 1:
        raise _unfit(result, "collectEntries", f"it has the outputs {', '.join(names)}; map it with resultList")
    return [row[name] for row in result.rows for name in names if name in row]


def _unfit(result: DecisionResult, mapping: str, reason: str) -> DecisionError:
    return DecisionError(result.decision_id, f"its result can't be mapped with {mapping}: {reason}")
