"""What every engine promises operators: holding, changing, moving and removing instances, and an account of it."""

from datetime import timedelta
from functools import partial

import pytest

from workflows.engine import InstanceState, ProcessDefinition, ProcessInstance, Resource
from workflows.errors import Conflict, InvalidInput, NotFound

from .subject import Scenario, eventually

HOUR = timedelta(hours=1)


def reviewing(scenario: Scenario) -> ProcessInstance:
    """Start an instance that waits for its draft to be written."""
    scenario.deploy("review")
    started = scenario.engine.start("review", {"reviewer": "ann"})
    scenario.task(started, "write_draft")
    return started


def is_suspended(scenario: Scenario, instance: ProcessInstance) -> bool:
    return scenario.engine.instance(instance.id).state is InstanceState.SUSPENDED


def renamed(scenario: Scenario) -> ProcessDefinition:
    """Deploy a version of the review in which the draft has another id."""
    changed = (
        scenario.resource("review").content.replace(b'"write_draft"', b'"draft"').replace(b"Write draft", b"Draft")
    )
    (definition,) = scenario.engine.deploy([Resource("review.bpmn", changed)]).definitions
    return definition


def test_a_suspended_instance_does_nothing_until_it_is_resumed(scenario: Scenario) -> None:
    scenario.deploy("pause", "order")
    started = reviewing(scenario)
    held = [scenario.engine.start("pause", {"pause": "PT2S"}), scenario.engine.start("order"), started]
    for instance in held:
        scenario.engine.suspend(instance.id)
    for instance in held:
        eventually(partial(is_suspended, scenario, instance))
    scenario.subject.pass_time(timedelta(seconds=2))
    scenario.subject.run_jobs({"reserve": lambda _: {"done": True}, "charge": lambda _: {}})
    assert all(is_suspended(scenario, instance) for instance in held)
    task = scenario.task(started, "write_draft")
    assert task.suspended
    with pytest.raises(Conflict):
        scenario.engine.complete(task.id)
    with pytest.raises(Conflict):
        scenario.engine.suspend(started.id)
    for instance in held:
        scenario.engine.resume(instance.id)
    with pytest.raises(Conflict):
        scenario.engine.resume(started.id)
    scenario.subject.pass_time(timedelta(0))
    scenario.subject.run_jobs({"reserve": lambda _: {}, "charge": lambda _: {}})
    scenario.ends(held[0])
    scenario.ends(held[1])
    assert scenario.engine.variables(held[1].id) == {}
    scenario.engine.complete(task.id)
    scenario.task(started, "review_draft")


def test_a_message_is_kept_for_a_suspended_instance(scenario: Scenario) -> None:
    scenario.deploy("payment")
    started = scenario.engine.start("payment", {"order": "A"}, business_key="A")
    scenario.engine.suspend(started.id)
    scenario.engine.publish_message("payment", "A", {"amount": 5}, time_to_live=HOUR)
    assert scenario.tasks(started) == []
    scenario.engine.resume(started.id)
    scenario.task(started, "thank")
    assert scenario.engine.variables(started.id)["amount"] == 5


def test_a_part_of_a_process_is_tried_from_an_element_on(scenario: Scenario) -> None:
    scenario.deploy("review")
    started = scenario.engine.start("review", {"reviewer": "ann"}, business_key="B", at=["review_draft"])
    scenario.task(started, "review_draft")
    assert [entry.element_id for entry in scenario.engine.history(started.id)] == ["review_draft"]
    assert scenario.engine.instance(started.id).business_key == "B"
    assert scenario.engine.variables(started.id)["reviewer"] == "ann"


def test_a_part_of_a_process_is_tried_up_to_an_element(scenario: Scenario) -> None:
    scenario.deploy("review")
    with pytest.raises(InvalidInput):
        scenario.engine.start("review", {"reviewer": "ann"}, until=["nowhere"])
    started = scenario.engine.start("review", {"reviewer": "ann"}, until=["write_draft"])
    scenario.engine.complete(scenario.task(started, "write_draft").id, {"text": "given"})
    eventually(lambda: scenario.engine.instance(started.id).state is InstanceState.CANCELLED)
    assert "review_draft" not in [entry.element_id for entry in scenario.engine.history(started.id)]


def test_a_modification_goes_on_elsewhere(scenario: Scenario) -> None:
    started = reviewing(scenario)
    scenario.engine.modify(started.id, cancel=["write_draft"], start=["review_draft"], variables={"text": "given"})
    assert scenario.task(started, "review_draft").assignee == "ann"
    eventually(lambda: len(scenario.tasks(started)) == 1)
    eventually(lambda: scenario.engine.variables(started.id).get("text") == "given")
    outcomes = {entry.element_id: entry.outcome for entry in scenario.history(started)}
    assert (outcomes["write_draft"], outcomes["review_draft"]) == ("cancelled", "running")
    with pytest.raises(InvalidInput):
        scenario.engine.modify(started.id, start=["nowhere"])
    with pytest.raises(Conflict):
        scenario.engine.modify(started.id, cancel=["write_draft"])


def test_an_instance_moves_to_another_version(scenario: Scenario) -> None:
    started = reviewing(scenario)
    task = scenario.task(started, "write_draft")
    newer = renamed(scenario)
    with pytest.raises(InvalidInput, match="write_draft"):
        scenario.engine.migrate(started.id, newer.id)
    scenario.engine.migrate(started.id, newer.id, mapping={"write_draft": "draft"})
    eventually(lambda: scenario.engine.instance(started.id).version == 2)
    assert scenario.task(started, "draft").id == task.id
    with pytest.raises(Conflict):
        scenario.engine.migrate(started.id, newer.id)
    scenario.engine.complete(task.id)
    scenario.task(started, "review_draft")


def test_variables_are_set_for_the_process_and_for_one_task(scenario: Scenario) -> None:
    started = reviewing(scenario)
    task = scenario.task(started, "write_draft")
    scenario.engine.set_variables(started.id, {"reviewer": "bob", "n": [1]})
    scenario.engine.set_variables(started.id, {"n": 2}, scope=task.id, local=True)
    scenario.engine.set_variables(started.id, {"n": 3, "m": 4}, scope=task.id)
    assert scenario.engine.task_variables(task.id) == {"reviewer": "bob", "n": 3, "m": 4}
    assert scenario.engine.variables(started.id) == {"reviewer": "bob", "n": [1], "m": 4}
    assert scenario.engine.local_variables(started.id) == {task.activity_id: {"n": 3}}
    scenario.engine.complete(task.id)
    assert scenario.task(started, "review_draft").assignee == "bob"


def test_an_error_of_a_task_goes_to_its_boundary_event(scenario: Scenario) -> None:
    scenario.deploy("handover")
    started = scenario.engine.start("handover")
    task = scenario.task(started, "ask")
    scenario.engine.throw_task_error(task.id, "refused", "nobody may know", {"why": "secret"}, by="ann")
    scenario.ends(started)
    assert scenario.path(started)[-2:] == ["refused", "given_up"]
    assert scenario.engine.variables(started.id) == {"why": "secret"}
    with pytest.raises(Conflict):
        scenario.engine.throw_task_error(task.id, "refused")


def test_an_error_of_a_task_that_nothing_catches_is_an_incident_beside_it(scenario: Scenario) -> None:
    scenario.deploy("handover")
    started = scenario.engine.start("handover")
    task = scenario.task(started, "ask")
    scenario.engine.throw_task_error(task.id, "unknown", "of no use")
    incident = scenario.incident(started)
    assert incident.element_id == "ask"
    assert "unknown" in incident.message
    scenario.engine.resolve(incident.id, reason="it was a mistake")
    eventually(lambda: scenario.engine.incidents(started.id) == [])
    scenario.engine.complete(task.id)
    scenario.ends(started)


def test_an_escalated_task_goes_on(scenario: Scenario) -> None:
    scenario.deploy("consultation")
    started = scenario.engine.start("consultation")
    task = scenario.task(started, "ask")
    scenario.engine.escalate_task(task.id, "stuck", {"since": "noon"})
    scenario.engine.complete(scenario.task(started, "help").id)
    assert [open_task.id for open_task in scenario.tasks(started)] == [task.id]
    scenario.engine.complete(task.id)
    scenario.ends(started)
    assert scenario.engine.variables(started.id) == {"since": "noon"}
    with pytest.raises(Conflict):
        scenario.engine.escalate_task(task.id, "stuck")


def test_an_ended_instance_is_deleted(scenario: Scenario) -> None:
    started = reviewing(scenario)
    with pytest.raises(Conflict):
        scenario.engine.delete(started.id)
    scenario.engine.cancel(started.id)
    scenario.ends(started, InstanceState.CANCELLED)
    scenario.engine.delete(started.id, reason="not ours", by="ann")
    for ask in (scenario.engine.instance, scenario.engine.history, scenario.engine.variables, scenario.engine.delete):
        with pytest.raises(NotFound):
            ask(started.id)
    eventually(lambda: scenario.engine.instances() == [])


def test_history_goes_after_its_time_to_live_where_the_diagram_gives_one(scenario: Scenario) -> None:
    scenario.deploy("handover")
    started, running = scenario.engine.start("handover"), scenario.engine.start("handover")
    scenario.engine.complete(scenario.task(started, "ask").id)
    scenario.ends(started)
    scenario.subject.pass_time(timedelta(days=31))
    camunda7 = b"historyTimeToLive" in scenario.resource("handover").content
    left = {running.id} if camunda7 else {running.id, started.id}
    eventually(lambda: {instance.id for instance in scenario.engine.instances()} == left)
    assert scenario.engine.prune() == 0


def test_operators_can_read_what_was_done_and_what_changed(scenario: Scenario) -> None:
    started = reviewing(scenario)
    task = scenario.task(started, "write_draft")
    scenario.engine.set_variables(started.id, {"text": "by hand"}, reason="lost", by="ann")
    scenario.engine.complete(task.id, {"text": "long"})
    scenario.task(started, "review_draft")
    scenario.engine.cancel(started.id, reason="too late", by="bob")
    scenario.ends(started, InstanceState.CANCELLED)
    eventually(lambda: len(scenario.engine.operations(started.id)) == 2)
    done = scenario.engine.operations(started.id)
    assert [(operation.action, operation.done_by, operation.reason) for operation in done] == [
        ("set_variables", "ann", "lost"),
        ("cancel", "bob", "too late"),
    ]
    assert done[0].done_at <= done[1].done_at
    changes = scenario.engine.variable_history(started.id, "text")
    assert [(change.value, change.element_id) for change in changes] == [("by hand", None), ("long", "write_draft")]


def test_unknown_instances_and_tasks_are_not_found(scenario: Scenario) -> None:
    engine = scenario.engine
    for command in (engine.suspend, engine.resume, engine.delete, engine.operations, engine.variable_history):
        with pytest.raises(NotFound):
            command("12345")
    with pytest.raises(NotFound):
        engine.modify("12345", start=["start"])
    with pytest.raises(NotFound):
        engine.set_variables("12345", {"n": 1})
    with pytest.raises(NotFound):
        engine.throw_task_error("12345", "E")
    with pytest.raises(NotFound):
        engine.escalate_task("12345", "E")
    started = reviewing(scenario)
    with pytest.raises(NotFound):
        engine.migrate(started.id, "12345")
    with pytest.raises(NotFound):
        engine.migrate("12345", started.definition_id)
