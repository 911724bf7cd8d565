"""Starting instances, and listing them and their tasks."""

import pytest

from tests.cli.conftest import PROCESS_ID, Installation, Order, Outcome
from workflows.engine import InstanceQuery


def test_an_instance_starts_with_what_the_command_line_gives(installation: Installation, order: Order) -> None:
    given = ["--as", "ana.kovac", "--business-key", "K-1", "--var", "note=two words", "--var", 'level=[1, {"a": null}]']
    started = order("start", PROCESS_ID, *given)
    instance_id = started.out.split()[0]
    assert started == Outcome(0, f"{instance_id} {PROCESS_ID} version 1\n", "")
    with installation.engine() as engine:
        (instance,) = engine.instances(InstanceQuery(business_key="K-1"))
        variables = engine.variables(instance.id)
    assert instance.id == instance_id
    assert (variables["note"], variables["level"]) == ("two words", [1, {"a": None}])


def test_instances_are_listed_by_process_and_state(order: Order) -> None:
    instance_id = order("start", PROCESS_ID, "--business-key", "K-2").out.split()[0]
    listed = order("instances", "--process", PROCESS_ID, "--state", "active")
    (line,) = [line for line in listed.out.splitlines() if line.startswith(instance_id)]
    assert line.endswith(f"{PROCESS_ID} v1  active  K-2")
    assert order("instances", "--state", "failed") == Outcome(0, "0 instances\n", "")
    assert order("tasks", "--instance", instance_id) == Outcome(0, "0 open tasks\n", "")  # its first job waits
    assert order("instances", "--state", "odd").status == 2


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["Process_Nothing"], 1, "There is no process 'Process_Nothing' deployed"),
        ([PROCESS_ID, "--as", "nobody"], 2, "There is no login nobody"),
        ([PROCESS_ID, "--as", "no\x01body"], 2, "There is no login"),
        ([PROCESS_ID, "--var", "x"], 2, "'x' is not NAME=VALUE"),
        ([PROCESS_ID, "--var", "=1"], 2, "'=1' is not NAME=VALUE"),
        ([PROCESS_ID, "--var", "x=NaN"], 1, "finite numbers only"),
        ([PROCESS_ID, "--var", f"x={'[' * 20_000}"], 2, "nested too deep"),
        ([PROCESS_ID, "--var", f"x={'9' * 5_000}"], 2, "a number that is too long"),
        ([PROCESS_ID, "--business-key", "k" * 5_000], 1, "business key"),
    ],
)
def test_a_start_that_is_refused_says_why_and_starts_nothing(
    installation: Installation, order: Order, arguments: list[str], status: int, sentence: str
) -> None:
    with installation.engine() as engine:
        before = len(engine.instances())
        refused = order("start", *arguments)
        assert (refused.status, refused.out) == (status, "")
        assert sentence in refused.err
        assert len(engine.instances()) == before
