"""Every hit policy and aggregator, in both dialects, on one table of three rules.

Rule 1 asks 10 of children, rule 2 asks 20 of the insured, rule 3 asks 5 of insured people from 65.
"""

import pytest

from tests.decisions.drawing import compiled, decide, read, table
from workflows.decisions import DecisionError, DecisionGraph
from workflows.values import JsonValue

OLD = {"age": 70, "insured": True}
CHILD = {"age": 7, "insured": True}
NOBODY = {"age": 40, "insured": False}


@pytest.fixture(scope="module", params=["hit-policies-camunda7.dmn", "hit-policies-camunda8.dmn"])
def fees(request: pytest.FixtureRequest) -> DecisionGraph:
    return read(str(request.param))


@pytest.mark.parametrize(
    ("decision", "patient", "output", "matched"),
    [
        ("fee_unique", {"age": 40, "insured": True}, 20, [2]),
        ("fee_first", OLD, 20, [2]),
        ("fee_first", CHILD, 10, [1]),
        ("fee_priority", OLD, 5, [2, 3]),
        ("fee_priority", CHILD, 10, [1, 2]),
        ("fee_any", {"age": 40, "insured": True}, 20, [2]),
        ("fee_collect", OLD, [20, 5], [2, 3]),
        ("fee_collect", {"age": 7, "insured": False}, [10], [1]),
        ("fee_collect_sum", OLD, 25, [2, 3]),
        ("fee_collect_min", OLD, 5, [2, 3]),
        ("fee_collect_max", OLD, 20, [2, 3]),
        ("fee_collect_count", OLD, 2, [2, 3]),
        ("fee_rule_order", OLD, [20, 5], [2, 3]),
        ("fee_output_order", OLD, [5, 20], [2, 3]),
        ("fee_output_order", CHILD, [10, 20], [1, 2]),
    ],
)
def test_policy_selects_among_the_rules_that_match(
    fees: DecisionGraph, decision: str, patient: dict[str, JsonValue], output: JsonValue, matched: list[int]
) -> None:
    result = decide(fees, decision, **patient)
    assert result.output == output
    assert result.matched_rules == tuple(f"{decision}_rule_{number}" for number in matched)


@pytest.mark.parametrize("decision", ["fee_unique", "fee_any"])
def test_policy_for_one_result_is_violated_by_two(fees: DecisionGraph, decision: str) -> None:
    with pytest.raises(DecisionError, match=rf"rules {decision}_rule_2 and {decision}_rule_3 match") as raised:
        decide(fees, decision, **OLD)
    assert raised.value.decision == decision
    assert "line" in str(raised.value)


def test_any_accepts_rules_with_equal_outputs() -> None:
    graph = compiled(table([(["> 1"], ["2"]), (["> 2"], ["1 + 1.0"])], policy="ANY"))
    result = decide(graph, x=3)
    assert (result.output, result.matched_rules) == (2, ("r1", "r2"))


@pytest.mark.parametrize(
    "policy", ["unique", "first", "priority", "any", "collect", "collect_sum", "rule_order", "output_order"]
)
def test_no_rule_that_matches_gives_null_and_no_rows(fees: DecisionGraph, policy: str) -> None:
    result = decide(fees, f"fee_{policy}", **NOBODY)
    assert (result.output, result.rows, result.matched_rules) == (None, (), ())


def test_count_of_no_rules_is_zero_in_camunda_7_and_null_in_camunda_8() -> None:
    assert decide(read("hit-policies-camunda7.dmn"), "fee_collect_count", **NOBODY).output == 0
    assert decide(read("hit-policies-camunda8.dmn"), "fee_collect_count", **NOBODY).output is None


@pytest.mark.parametrize("aggregation", ["SUM", "MIN", "MAX"])
def test_aggregators_of_numbers_refuse_texts(aggregation: str) -> None:
    graph = compiled(table([([""], ["1"]), ([""], ['"two"'])], policy="COLLECT", more=f'aggregation="{aggregation}"'))
    with pytest.raises(DecisionError, match=r"numbers only; 'two' is a string"):
        decide(graph, x=1)


def test_count_counts_outputs_of_any_type() -> None:
    graph = compiled(table([([""], ["1"]), ([""], ['"two"'])], policy="COLLECT", more='aggregation="COUNT"'))
    assert decide(graph, x=1).output == 2


def test_priorities_of_several_outputs_rank_from_left_to_right() -> None:
    rules = [(["-"], ['"low"', '"high"']), (["-"], ['"high"', '"low"']), (["-"], ['"high"', '"high"'])]
    graph = compiled(table(rules, outputs=("risk", "harm"), policy="OUTPUT ORDER", allowed=("", '"high", "low"')))
    result = decide(graph, x=1)
    assert result.output == [
        {"risk": "high", "harm": "high"},
        {"risk": "high", "harm": "low"},
        {"risk": "low", "harm": "high"},
    ]


def test_rules_of_equal_priority_keep_the_order_of_the_table() -> None:
    rules = [(["-"], ['"low"', "1"]), (["-"], ['"high"', "2"]), (["-"], ['"high"', "3"])]
    body = table(rules, outputs=("risk", "n"), policy="PRIORITY").replace(
        '<output name="risk">', '<output name="risk"><outputValues><text>"high","low"</text></outputValues>'
    )
    assert decide(compiled(body), x=1).output == {"risk": "high", "n": 2}
