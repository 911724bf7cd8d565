"""An instance moves to another version of its diagram, with everything that goes on in it."""

from datetime import timedelta

import pytest

from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceState, Resource
from workflows.errors import Conflict, InvalidInput, NotFound

from .conftest import LEASE, TWO_TASKS, Clock, bpmn, line, lock_one, refuses, service

OLD = bpmn("visit", line("startEvent start", "userTask ask", service("work", "work"), "endEvent end"))
NEW = bpmn(
    "visit",
    line("startEvent start", "userTask greet", 'userTask ask2 name="Ask" camunda:formKey="new"',
         service("work2", "work"), "userTask thank", "endEvent end"),
)  # fmt: skip
MAPPING = {"ask": "ask2", "work": "work2"}
WAITS = """
  <startEvent id="start" /><parallelGateway id="fork" /><userTask id="{a}" /><userTask id="{b}" />
  <boundaryEvent id="late{a}" attachedToRef="{a}"><timerEventDefinition id="t">
    <timeDuration xsi:type="tFormalExpression">PT1H</timeDuration></timerEventDefinition></boundaryEvent>
  <boundaryEvent id="told{b}" attachedToRef="{b}"><messageEventDefinition id="m" messageRef="paid" /></boundaryEvent>
  <endEvent id="enda" /><endEvent id="endb" /><endEvent id="late" /><endEvent id="told" />
  <sequenceFlow id="f" sourceRef="start" targetRef="fork" />
  <sequenceFlow id="g" sourceRef="fork" targetRef="{a}" /><sequenceFlow id="h" sourceRef="fork" targetRef="{b}" />
  <sequenceFlow id="i" sourceRef="{a}" targetRef="enda" /><sequenceFlow id="j" sourceRef="{b}" targetRef="endb" />
  <sequenceFlow id="k" sourceRef="late{a}" targetRef="late" />
  <sequenceFlow id="l" sourceRef="told{b}" targetRef="told" />
"""
PAID = '<message id="paid" name="paid" />'


def deployed(engine: EmbeddedEngine, resource: Resource) -> str:
    (definition,) = engine.deploy([resource]).definitions
    return definition.id


def test_a_task_goes_on_in_the_new_version(engine: EmbeddedEngine) -> None:
    engine.deploy([OLD])
    started = engine.start("visit", {"n": 1})
    (task,) = engine.tasks()
    new = deployed(engine, NEW)
    engine.migrate(started.id, new, mapping=MAPPING, reason="a new form", by="ann")
    moved = engine.instance(started.id)
    assert (moved.definition_id, moved.version) == (new, 2)
    (same,) = engine.tasks()
    assert (same.id, same.element_id, same.form_key) == (task.id, "ask2", "new")
    assert engine.task_variables(task.id) == {"n": 1}
    engine.complete(task.id)
    engine.complete_job(lock_one(engine))
    assert [(entry.element_id, entry.outcome) for entry in engine.history(started.id)] == [
        ("start", "completed"), ("ask2", "completed"), ("work2", "completed"), ("thank", "running"),
    ]  # fmt: skip


def test_a_job_under_way_and_its_incident_go_on_in_the_new_version(engine: EmbeddedEngine) -> None:
    engine.deploy([OLD])
    failed, leased = engine.start("visit"), engine.start("visit")
    for task in engine.tasks():
        engine.complete(task.id)
    jobs = {job.instance_id: job for job in engine.lock_jobs("worker", ["work"], 2, LEASE)}
    for _ in range(jobs[failed.id].retries):
        engine.fail_job(jobs[failed.id], "no paper", pause=timedelta(0))
        jobs |= {job.instance_id: job for job in engine.lock_jobs("worker", ["work"], 2, LEASE)}
    new = deployed(engine, NEW)
    for instance in (failed, leased):
        engine.migrate(instance.id, new, mapping=MAPPING)
    (incident,) = engine.incidents()
    assert (incident.instance_id, incident.element_id) == (failed.id, "work2")
    engine.complete_job(jobs[leased.id])
    engine.resolve(incident.id)
    assert lock_one(engine).element_id == "work2"
    assert [task.element_id for task in engine.tasks()] == ["thank"]


def test_timers_and_messages_keep_waiting_where_elements_exchange_their_ids(
    engine: EmbeddedEngine, clock: Clock
) -> None:
    engine.deploy([bpmn("waits", WAITS.format(a="a", b="b"), PAID)])
    late, told = engine.start("waits", business_key="1"), engine.start("waits", business_key="2")
    new = deployed(engine, bpmn("waits", WAITS.format(a="b", b="a"), PAID))
    clock.advance(minutes=30)
    for instance in (late, told):
        engine.migrate(instance.id, new, mapping={"a": "b", "b": "a", "latea": "lateb", "toldb": "tolda"})
    engine.publish_message("paid", "2")
    clock.advance(minutes=30)
    engine.fire_due_timers()
    outcomes = {entry.element_id: entry.outcome for entry in engine.history(told.id)}
    assert (outcomes["a"], outcomes["b"], outcomes["told"]) == ("cancelled", "cancelled", "completed")
    assert [task.element_id for task in engine.tasks()] == ["a"]
    assert engine.instance(late.id).state is InstanceState.ACTIVE


def test_an_instance_moves_to_another_process(engine: EmbeddedEngine) -> None:
    engine.deploy([OLD])
    started = engine.start("visit")
    other = deployed(engine, bpmn("call", line("startEvent begin", "userTask ask", "endEvent done")))
    engine.migrate(started.id, other)
    assert engine.instance(started.id).process_id == "call"
    (task,) = engine.tasks()
    assert (task.process_id, task.element_id) == ("call", "ask")
    engine.complete(task.id)
    assert engine.instance(started.id).state is InstanceState.COMPLETED


def test_a_suspended_instance_is_migrated_and_stays_suspended(engine: EmbeddedEngine, clock: Clock) -> None:
    timed = '<boundaryEvent id="late" attachedToRef="ask"><timerEventDefinition id="t"><timeDuration ' \
            'xsi:type="tFormalExpression">PT1H</timeDuration></timerEventDefinition></boundaryEvent>' \
            '<endEvent id="off" /><sequenceFlow id="l" sourceRef="late" targetRef="off" />'  # fmt: skip
    engine.deploy([OLD])
    started = engine.start("visit")
    engine.suspend(started.id)
    new = deployed(engine, bpmn("visit", line("startEvent start", "userTask ask", "endEvent end") + timed))
    engine.migrate(started.id, new)
    clock.advance(hours=2)
    engine.background.run_once()
    assert engine.instance(started.id).state is InstanceState.SUSPENDED
    engine.resume(started.id)
    engine.background.run_once()
    assert [entry.element_id for entry in engine.history(started.id)] == ["start", "ask", "late", "off"]


def test_a_migration_that_leaves_something_behind_changes_nothing(engine: EmbeddedEngine) -> None:
    engine.deploy([OLD])
    started = engine.start("visit")
    current, new = started.definition_id, deployed(engine, NEW)
    for mapping, why in (
        ({}, "ask has no counterpart in the new version"),
        ({"ask": "nowhere"}, "that visit 2 lacks: nowhere"),
        ({"ask": "\0"}, "that visit 2 lacks: \0"),
        ({"x": "ask2"}, "that visit 1 lacks: x"),
        ({"ask": "work2"}, "ask, a userTask, can't become work2, a serviceTask"),
    ):
        with pytest.raises(InvalidInput, match=why):
            engine.migrate(started.id, new, mapping=mapping)
    refuses(lambda: engine.migrate(started.id, current), Conflict, "has this definition already")
    refuses(lambda: engine.migrate(started.id, "0" * 36), NotFound, "no process definition")
    refuses(lambda: engine.migrate(started.id, "\0"), NotFound, "no process definition")
    refuses(lambda: engine.migrate("0" * 36, new), NotFound, "no process instance")
    assert engine.instance(started.id).version == 1
    engine.complete(engine.tasks()[0].id)
    engine.complete_job(lock_one(engine))
    with pytest.raises(Conflict, match="has ended"):
        engine.migrate(started.id, new)


def test_other_instances_keep_their_version(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    moved, kept = engine.start("two_tasks"), engine.start("two_tasks")
    new = deployed(engine, bpmn("two_tasks", line("startEvent start", "userTask first", "endEvent end")))
    engine.migrate(moved.id, new)
    for task in engine.tasks():
        engine.complete(task.id)
    assert engine.instance(moved.id).state is InstanceState.COMPLETED
    assert (engine.instance(kept.id).version, engine.tasks()[0].element_id) == (1, "second")
