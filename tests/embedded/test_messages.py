"""Messages and signals: who gets them, and that each comes once."""

from datetime import timedelta

import pytest

from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceState, TaskQuery
from workflows.errors import Conflict, InvalidInput

from .conftest import TWO_TASKS, Clock, bpmn, line, run_jobs, service

PAID = '<message id="paid" name="paid" />'
CATCH = 'intermediateCatchEvent wait|<messageEventDefinition id="m" messageRef="paid" />'
WAITING = bpmn("waiting", line("startEvent start", CATCH, "endEvent end"), PAID)
LATER = bpmn("later", line("startEvent start", service("work", "work"), CATCH, "endEvent end"), PAID)
STARTED = bpmn(
    "started",
    line('startEvent start|<messageEventDefinition id="m" messageRef="paid" />', "userTask book", "endEvent end"),
    PAID,
)
ALARM = '<signal id="alarm" name="alarm" />'
GUARD = bpmn(
    "guard",
    line(
        "startEvent start",
        'intermediateCatchEvent wait|<signalEventDefinition id="s" signalRef="alarm" />',
        "endEvent end",
    ),
    ALARM,
)
ALERT = bpmn(
    "alert",
    line('startEvent start|<signalEventDefinition id="s" signalRef="alarm" />', "userTask look", "endEvent end"),
    ALARM,
)
SHOUT = bpmn(
    "shout",
    line(
        "startEvent start",
        'intermediateThrowEvent throw|<signalEventDefinition id="s" signalRef="alarm" />',
        "endEvent end",
    ),
    ALARM,
)
HOUR = timedelta(hours=1)


def test_a_message_reaches_the_instance_with_its_key(engine: EmbeddedEngine) -> None:
    engine.deploy([WAITING])
    other, right = engine.start("waiting", business_key="1"), engine.start("waiting", business_key="2")
    assert engine.publish_message("paid", "2", {"amount": 5}).instance_id == right.id
    assert engine.instance(right.id).state is InstanceState.COMPLETED
    assert engine.variables(right.id) == {"amount": 5}
    assert engine.instance(other.id).state is InstanceState.ACTIVE


def test_a_message_comes_once_to_who_has_waited_longest(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([WAITING])
    first = engine.start("waiting", business_key="1")
    clock.advance(seconds=1)
    second = engine.start("waiting", business_key="1")
    assert engine.publish_message("paid", "1").instance_id == first.id
    assert engine.instance(second.id).state is InstanceState.ACTIVE


def test_a_message_that_nobody_waits_for_is_gone_without_a_time_to_live(engine: EmbeddedEngine) -> None:
    engine.deploy([WAITING])
    assert engine.publish_message("paid", "1").instance_id is None
    assert engine.start("waiting", business_key="1").state is InstanceState.ACTIVE


def test_a_message_waits_within_its_time_to_live(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([WAITING, LATER])
    assert engine.publish_message("paid", "1", {"n": 1}, time_to_live=HOUR).instance_id is None
    late = engine.start("later", business_key="1")
    clock.advance(minutes=59)
    run_jobs(engine)
    assert engine.instance(late.id).state is InstanceState.COMPLETED
    assert engine.variables(late.id) == {"n": 1}
    assert engine.start("waiting", business_key="1").state is InstanceState.ACTIVE


def test_a_message_ends_with_its_time_to_live(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([LATER])
    engine.publish_message("paid", "1", time_to_live=HOUR)
    late = engine.start("later", business_key="1")
    clock.advance(hours=1)
    run_jobs(engine)
    assert engine.instance(late.id).state is InstanceState.ACTIVE


def test_the_same_message_id_again_is_the_same_message(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([WAITING])
    first = engine.start("waiting", business_key="1")
    clock.advance(seconds=1)
    second = engine.start("waiting", business_key="1")
    sent = engine.publish_message("paid", "1", time_to_live=HOUR, message_id="m1")
    again = engine.publish_message("paid", "1", time_to_live=HOUR, message_id="m1")
    assert again == sent
    assert sent.instance_id == first.id
    assert engine.instance(second.id).state is InstanceState.ACTIVE
    clock.advance(hours=2)
    later = engine.publish_message("paid", "1", time_to_live=HOUR, message_id="m1")
    assert later.instance_id == second.id


def test_a_message_without_key_needs_one_waiting_instance(engine: EmbeddedEngine) -> None:
    engine.deploy([WAITING])
    first, _second = engine.start("waiting", business_key="1"), engine.start("waiting")
    with pytest.raises(Conflict, match="give it a correlation key"):
        engine.publish_message("paid")
    engine.publish_message("paid", "1")
    assert engine.publish_message("paid").instance_id not in (None, first.id)


def test_a_message_starts_an_instance_of_the_newest_version(engine: EmbeddedEngine) -> None:
    engine.deploy([STARTED])
    engine.deploy([bpmn("started", line('startEvent start|<messageEventDefinition id="m" messageRef="paid" />',
                                        "userTask newer", "endEvent end"), PAID)])  # fmt: skip
    sent = engine.publish_message("paid", "A-1", {"n": 1})
    assert sent.instance_id is not None
    started = engine.instance(sent.instance_id)
    assert (started.version, started.business_key, engine.variables(started.id)) == (2, "A-1", {"n": 1})
    assert [task.element_id for task in engine.tasks()] == ["newer"]


def test_a_waiting_instance_comes_before_a_start_event(engine: EmbeddedEngine) -> None:
    engine.deploy([WAITING, STARTED])
    waiting = engine.start("waiting", business_key="1")
    assert engine.publish_message("paid", "1").instance_id == waiting.id
    assert engine.publish_message("paid", "1").instance_id != waiting.id


def test_impossible_messages_are_refused(engine: EmbeddedEngine) -> None:
    with pytest.raises(InvalidInput, match="can't be negative"):
        engine.publish_message("paid", time_to_live=-HOUR)
    with pytest.raises(InvalidInput, match="correlation key holds"):
        engine.publish_message("paid", "\0")
    assert engine.publish_message("paid", time_to_live=timedelta.max).instance_id is None


def test_a_process_with_only_event_starts_is_not_started_by_hand(engine: EmbeddedEngine) -> None:
    engine.deploy([STARTED])
    with pytest.raises(InvalidInput, match="no none start event"):
        engine.start("started")


def test_instances_send_each_other_messages(engine: EmbeddedEngine) -> None:
    throw = 'intermediateThrowEvent pay|<messageEventDefinition id="m" messageRef="paid" />'
    engine.deploy([WAITING, bpmn("payer", line("startEvent start", throw, "endEvent end"), PAID)])
    other, waiting = engine.start("waiting", business_key="2"), engine.start("waiting", business_key="1")
    engine.start("payer", {"n": 1}, business_key="1")
    assert engine.instance(waiting.id).state is InstanceState.COMPLETED
    assert engine.instance(other.id).state is InstanceState.ACTIVE
    engine.start("payer")
    assert engine.instance(other.id).state is InstanceState.COMPLETED


def test_a_signal_reaches_everything_that_waits_for_it(engine: EmbeddedEngine) -> None:
    engine.deploy([GUARD, ALERT, TWO_TASKS])
    guards = [engine.start("guard") for _ in range(3)]
    engine.broadcast_signal("alarm", {"where": "lab"})
    assert {engine.instance(guard.id).state for guard in guards} == {InstanceState.COMPLETED}
    (task,) = engine.tasks(TaskQuery(process_id="alert"))
    assert engine.variables(task.instance_id) == {"where": "lab"}
    engine.broadcast_signal("nothing")


def test_a_signal_that_is_thrown_reaches_others(engine: EmbeddedEngine) -> None:
    engine.deploy([GUARD, ALERT, SHOUT])
    guard = engine.start("guard")
    engine.start("shout")
    assert engine.instance(guard.id).state is InstanceState.COMPLETED
    assert [task.element_id for task in engine.tasks()] == ["look"]
