"""What every engine promises about instances."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from workflows.engine import InstanceOrder, InstanceQuery, InstanceState
from workflows.errors import Conflict, InvalidInput, NotFound
from workflows.values import Variables

from .subject import Scenario, eventually


def test_an_instance_knows_how_it_began(scenario: Scenario) -> None:
    scenario.deploy("review")
    started = scenario.engine.start("review", {"reviewer": "ann"}, business_key="A-1", by="7")
    assert (started.process_id, started.business_key, started.started_by) == ("review", "A-1", "7")
    assert started.state is InstanceState.ACTIVE
    eventually(lambda: scenario.engine.instance(started.id) == started)


def test_variables_come_back_as_they_went_in(scenario: Scenario) -> None:
    scenario.deploy("review")
    values: Variables = {
        "reviewer": "ann",
        "n": None,
        "yes": True,
        "big": 12345678901,
        "part": 0.5,
        "text": "ä\n😀",
        "list": [1, [2], {}],
        "map": {"a b": {"c": []}},
    }
    started = scenario.engine.start("review", values)
    eventually(lambda: scenario.engine.variables(started.id) == values)


def test_instances_are_found_by_every_criterion(scenario: Scenario) -> None:
    scenario.deploy("review", "order")
    review = scenario.engine.start("review", {"reviewer": "ann"}, business_key="A-1", by="7")
    scenario.subject.pass_time(timedelta(seconds=1))
    order = scenario.engine.start("order", by="8")
    scenario.engine.cancel(order.id)
    scenario.ends(order, InstanceState.CANCELLED)

    def found(query: InstanceQuery) -> list[str]:
        return [instance.id for instance in scenario.engine.instances(query)]

    eventually(lambda: found(InstanceQuery()) == [order.id, review.id])
    assert found(InstanceQuery(limit=1)) == [order.id]
    assert found(InstanceQuery(process_id="review")) == [review.id]
    assert found(InstanceQuery(business_key="A-1")) == [review.id]
    assert found(InstanceQuery(started_by="8")) == [order.id]
    assert found(InstanceQuery(states=(InstanceState.ACTIVE,))) == [review.id]
    assert found(InstanceQuery(states=(InstanceState.CANCELLED, InstanceState.FAILED))) == [order.id]


def test_a_cancelled_instance_is_over(scenario: Scenario) -> None:
    scenario.deploy("review")
    started = scenario.engine.start("review", {"reviewer": "ann"})
    task = scenario.task(started, "write_draft")
    scenario.engine.cancel(started.id, reason="not needed", by="7")
    scenario.ends(started, InstanceState.CANCELLED)
    eventually(lambda: scenario.tasks(started) == [])
    with pytest.raises(Conflict):
        scenario.engine.complete(task.id)
    with pytest.raises(Conflict):
        scenario.engine.cancel(started.id)


def test_a_gateway_takes_the_flow_whose_condition_holds_else_the_default(scenario: Scenario) -> None:
    scenario.deploy("decision")
    enough, less = (
        scenario.engine.start("decision", {"amount": 100}),
        scenario.engine.start("decision", {"amount": 99.5}),
    )
    scenario.task(enough, "accept")
    scenario.task(less, "refuse")


def test_history_tells_the_path_in_order(scenario: Scenario) -> None:
    scenario.deploy("review")
    started = scenario.engine.start("review", {"reviewer": "ann"})
    scenario.engine.complete(scenario.task(started, "write_draft").id)
    scenario.task(started, "review_draft")
    eventually(lambda: scenario.path(started) == ["start", "write_draft", "review_draft"])
    running = scenario.history(started)
    assert [entry.outcome for entry in running] == ["completed", "completed", "running"]
    assert [entry.type for entry in running] == ["startEvent", "userTask", "userTask"]
    assert running[1].name == "Write draft"
    scenario.engine.complete(scenario.task(started, "review_draft").id)
    scenario.ends(started)
    eventually(lambda: [entry.outcome for entry in scenario.history(started)] == ["completed"] * 4)
    assert all(entry.ended_at is not None for entry in scenario.history(started))


def test_what_is_unknown_is_not_found(scenario: Scenario) -> None:
    with pytest.raises(NotFound):
        scenario.engine.start("nothing")
    for ask in (scenario.engine.instance, scenario.engine.variables, scenario.engine.cancel, scenario.engine.history):
        with pytest.raises(NotFound):
            ask("12345")


def test_instances_are_found_by_variables_sorted_counted_and_paged(scenario: Scenario) -> None:
    scenario.deploy("review", "order")
    values: Variables = {"reviewer": "ann", "n": 1, "whole": 2.0, "yes": True, "none": None, "text": "long " * 40}
    first = scenario.engine.start("review", values, business_key="A-1")
    scenario.subject.pass_time(timedelta(seconds=1))
    second = scenario.engine.start("review", {"reviewer": "bob", "n": True}, business_key="A-2")
    scenario.subject.pass_time(timedelta(seconds=1))
    scenario.engine.start("order", business_key="A-3")
    eventually(lambda: scenario.engine.count_instances() == 3)

    def found(**wanted: Any) -> list[str | None]:
        query = InstanceQuery(**wanted)
        instances = scenario.engine.instances(query)
        assert scenario.engine.count_instances(replace(query, offset=5)) >= len(instances)
        return [instance.business_key for instance in instances]

    eventually(lambda: found(variables={"reviewer": "ann"}) == ["A-1"])
    eventually(lambda: found(variables={"reviewer": "bob"}) == ["A-2"])
    assert found(variables={"n": 1}) == ["A-1"]
    assert found(variables={"n": True}) == ["A-2"]
    assert found(variables={"whole": 2, "yes": True, "none": None}) == ["A-1"]
    assert found(variables={"text": values["text"]}) == ["A-1"]
    assert found(variables={"text": "long " * 41}) == []
    scenario.engine.set_variables(first.id, {"reviewer": "cleo"})
    eventually(lambda: found(variables={"reviewer": "cleo"}) == ["A-1"])
    assert found(variables={"reviewer": "ann"}) == []
    assert found(order=InstanceOrder.BUSINESS_KEY, descending=False) == ["A-1", "A-2", "A-3"]
    assert found(order=InstanceOrder.BUSINESS_KEY, offset=1, limit=1) == ["A-2"]
    assert found(definition_id=second.definition_id, offset=1) == ["A-1"]
    assert found(started_after=second.started_at) == ["A-3"]
    assert found(started_before=second.started_at) == ["A-1"]
    assert found(with_incidents=True) == []
    for wrong in (InstanceQuery(offset=-1), InstanceQuery(variables={"reviewer": ["ann"]})):
        with pytest.raises(InvalidInput):
            scenario.engine.instances(wrong)
