"""Hit policies: which of the rules that match count, and what their outputs come to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias

from workflows.decisions.types import shown
from workflows.feel import FeelValue
from workflows.feel.comparison import kind, same
from workflows.feel.frames import Evaluation
from workflows.feel.numbers import CONTEXT, finite

Row: TypeAlias = dict[str, FeelValue]

_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)  # a comparison reads no clock


class HitPolicy(StrEnum):
    """The hit policies of DMN, by their names in the file."""

    UNIQUE = "UNIQUE"
    FIRST = "FIRST"
    PRIORITY = "PRIORITY"
    ANY = "ANY"
    COLLECT = "COLLECT"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"

    @property
    def by_priority(self) -> bool:
        """Whether the order of the allowed output values decides."""
        return self in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)

    @property
    def several(self) -> bool:
        """Whether the result is a list."""
        return self in (HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER)


class Aggregator(StrEnum):
    """What COLLECT makes of its list, by the names in the file."""

    SUM = "SUM"
    COUNT = "COUNT"
    MIN = "MIN"
    MAX = "MAX"


class Violated(Exception):
    """The rules that match do not fit the hit policy; the text says why."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matches, and its outputs."""

    rule: str
    row: Row


def select(policy: HitPolicy, hits: Sequence[Hit], priorities: Mapping[str, Sequence[FeelValue]]) -> list[Hit]:
    """Return the hits that count, in the order of the result; raise `Violated`.

    `priorities` holds, by output name, the allowed values from the most to the least important.
    """
    if policy is HitPolicy.UNIQUE and len(hits) > 1:
        raise Violated(f"{_rules(hits)} match, but the hit policy UNIQUE allows one rule to match")
    if policy is HitPolicy.ANY:
        different = next((hit for hit in hits[1:] if not equal(hit.row, hits[0].row)), None)
        if different:
            raise Violated(f"{_rules([hits[0], different])} match with different outputs, which ANY does not allow")
    ordered = sorted(hits, key=lambda hit: _rank(hit, priorities)) if policy.by_priority else list(hits)
    return ordered if policy.several else ordered[:1]


def aggregate(aggregator: Aggregator, values: Sequence[FeelValue]) -> FeelValue:
    """Return what the outputs of one column come to, null when there are none; raise `Violated`."""
    if aggregator is Aggregator.COUNT:
        return Decimal(len(values))
    numbers = [value for value in values if isinstance(value, Decimal)]
    if len(numbers) < len(values):
        other = next(value for value in values if not isinstance(value, Decimal))
        raise Violated(f"{aggregator} adds up and compares numbers only; {shown(other)} is a {kind(other)}")
    return _AGGREGATES[aggregator](numbers) if numbers else None


def equal(left: FeelValue, right: FeelValue) -> bool:
    """Say whether two values are equal, as FEEL's `=` would."""
    return same(Evaluation("=", {}, _ANY_TIME), left, right)


def _total(numbers: Sequence[Decimal]) -> FeelValue:
    total = Decimal(0)
    for number in numbers:
        total = CONTEXT.add(total, number)
    return finite(total)


_AGGREGATES: dict[Aggregator, Callable[[Sequence[Decimal]], FeelValue]] = {
    Aggregator.SUM: _total,
    Aggregator.MIN: min,
    Aggregator.MAX: max,
}


def _rank(hit: Hit, priorities: Mapping[str, Sequence[FeelValue]]) -> list[int]:
    """Return the place of a hit's outputs among the allowed values; what is not allowed comes last."""
    ranks = []
    for name, values in priorities.items():
        output = hit.row.get(name)
        ranks.append(next((rank for rank, value in enumerate(values) if equal(value, output)), len(values)))
    return ranks


def _rules(hits: Sequence[Hit]) -> str:
    names = [hit.rule for hit in hits]
    return f"rules {', '.join(names[:-1])} and {names[-1]}"
