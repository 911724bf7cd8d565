"""Choosing what steps the instances of a process."""

from tests.cli.conftest import Order
from tests.conformance.case import CASES

FORK = str(CASES / "gateways" / "parallel_fork_and_join.bpmn")
COMPENSATION = str(CASES / "compensation" / "throw_for_all.bpmn")


def test_a_core_is_chosen_by_an_option_or_a_setting_and_another_one_is_a_new_version(order: Order) -> None:
    chosen = '{"parallel_fork_and_join": "spiff"}'
    said = [
        order("deploy", "--core", "spiff", FORK),
        order("deploy", FORK, CORES=chosen),
        order("deploy", FORK),
        order("deploy", FORK, CORES=chosen),
    ]
    assert [outcome.out.split(" (")[0] for outcome in said] == [
        f"parallel_fork_and_join version {version}" for version in (1, 1, 2, 3)
    ]


def test_the_linter_knows_what_each_core_can_run(order: Order) -> None:
    assert order("lint", COMPENSATION).status == 0
    refused = order("lint", "--core", "spiff", COMPENSATION)
    assert refused.status == 1
    assert "SpiffWorkflow has no compensation." in refused.out
    assert order("lint", COMPENSATION, CORES='{"*": "spiff"}') == refused
    assert order("lint", "--core", "camunda", COMPENSATION).status == 2
