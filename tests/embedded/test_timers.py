"""Timers of instances, and timers that start instances."""

import pytest

from workflows.embedded import EmbeddedEngine, timers
from workflows.embedded.transition import Transition
from workflows.engine import InstanceState
from workflows.errors import WorkflowError

from .conftest import Clock, bpmn, line, service

WAIT = (
    '<timerEventDefinition id="t"><timeDuration xsi:type="tFormalExpression">${pause}</timeDuration>'
    "</timerEventDefinition>"
)
PAUSE = bpmn("pause", line("startEvent start", f"intermediateCatchEvent wait|{WAIT}", "endEvent end"))
REMINDER = bpmn(
    "reminder",
    line("startEvent start", "userTask answer", "endEvent end")
    + '<boundaryEvent id="daily" attachedToRef="answer" cancelActivity="false"><timerEventDefinition id="t">'
    + '<timeCycle xsi:type="tFormalExpression">R3/P1D</timeCycle></timerEventDefinition></boundaryEvent>'
    + '<serviceTask id="remind" camunda:type="external" camunda:topic="remind" />'
    + '<sequenceFlow id="f1" sourceRef="daily" targetRef="remind" />',
)


def starting(cycle: str) -> str:
    timer = f'<timeCycle xsi:type="tFormalExpression">{cycle}</timeCycle>'
    timer = f'<timerEventDefinition id="t">{timer}</timerEventDefinition>'
    return line(f"startEvent start|{timer}", service("work", "work"), "endEvent end")


def test_a_timer_fires_when_it_is_due_and_not_before(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([PAUSE])
    started = engine.start("pause", {"pause": "PT1H"})
    clock.advance(minutes=59)
    assert engine.fire_due_timers() == 0
    clock.advance(minutes=1)
    assert engine.fire_due_timers() == 1
    assert engine.instance(started.id).state is InstanceState.COMPLETED
    assert engine.fire_due_timers() == 0


def test_many_instances_are_fired_at_once(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([PAUSE])
    for minutes in range(10):
        engine.start("pause", {"pause": f"PT{minutes + 1}M"})
    clock.advance(minutes=5)
    assert engine.fire_due_timers() == 5
    clock.advance(days=1)
    assert engine.fire_due_timers() == 5


def test_an_instance_whose_timer_fails_holds_up_no_other(
    engine: EmbeddedEngine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.deploy([PAUSE])
    bad, *good = [engine.start("pause", {"pause": "PT1M"}).id for _ in range(4)]
    fire = timers._fire_one

    def failing(moving: Transition, number: int) -> None:
        if moving.instance_id == bad:
            raise WorkflowError("it can't be fired")
        fire(moving, number)

    clock.advance(minutes=1)
    with monkeypatch.context() as patched:
        patched.setattr(timers, "_fire_one", failing)
        assert engine.fire_due_timers() == 3
    assert {engine.instance(found).state for found in good} == {InstanceState.COMPLETED}
    assert engine.instance(bad).state is InstanceState.ACTIVE
    clock.advance(minutes=2)
    assert engine.fire_due_timers() == 1


def test_a_cycle_fires_as_often_as_it_says_also_when_it_was_missed(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([REMINDER])
    engine.start("reminder")
    clock.advance(days=1)
    assert engine.fire_due_timers() == 1
    clock.advance(days=7)
    assert engine.fire_due_timers() == 2
    assert len(engine.lock_jobs("worker", ["remind"], 10, clock.now - clock.now)) == 3


def test_a_timer_goes_with_what_it_watches(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([REMINDER])
    engine.start("reminder")
    (task,) = engine.tasks()
    engine.complete(task.id)
    clock.advance(days=30)
    assert engine.fire_due_timers() == 0


def test_a_timer_starts_instances_of_the_newest_version_only(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([bpmn("report", starting("R2/PT1H"))])
    clock.advance(minutes=30)
    engine.deploy([bpmn("report", starting("R2/PT2H"))])
    clock.advance(hours=1)
    assert engine.fire_due_timers() == 0
    clock.advance(hours=1)
    assert engine.fire_due_timers() == 1
    clock.advance(days=1)
    assert engine.fire_due_timers() == 1
    assert engine.fire_due_timers() == 0
    assert [instance.version for instance in engine.instances()] == [2, 2]
