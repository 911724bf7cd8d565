"""What the instances of a definition did in its elements."""

from datetime import timedelta

from workflows.embedded import EmbeddedEngine

from .conftest import TWO_TASKS, Clock


def test_durations_are_those_that_half_and_95_of_100_executions_did_not_exceed(
    engine: EmbeddedEngine, clock: Clock
) -> None:
    engine.deploy([TWO_TASKS])
    started = [engine.start("two_tasks") for _ in range(20)]
    for _ in started:
        clock.advance(minutes=1)
        engine.complete(engine.tasks()[0].id)
    first = engine.element_statistics(engine.definitions("two_tasks")[0].id)[0]
    assert first.element_id == "first"
    assert (first.entered, first.running) == (20, 0)
    assert (first.median, first.p95) == (timedelta(minutes=10), timedelta(minutes=19))


def test_only_completed_executions_have_a_duration(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_TASKS])
    cancelled, running = engine.start("two_tasks"), engine.start("two_tasks")
    clock.advance(hours=1)
    engine.cancel(cancelled.id)
    (first, start) = engine.element_statistics(running.definition_id)
    assert (first.entered, first.running, first.median, first.p95) == (2, 1, None, None)
    assert start.median == timedelta(0)


def test_versions_are_told_apart(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    old = engine.start("two_tasks").definition_id
    changed = TWO_TASKS.content.replace(b'id="first"', b'id="first" name="Other"')
    engine.deploy([type(TWO_TASKS)(TWO_TASKS.name, changed)])
    new = engine.definitions("two_tasks")[0].id
    assert new != old
    assert engine.element_statistics(new) == []
    assert [each.entered for each in engine.element_statistics(old)] == [1, 1]
