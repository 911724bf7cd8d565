"""What an instance has done, in order."""

from datetime import timedelta

import pytest

from workflows.embedded import EmbeddedEngine
from workflows.errors import NotFound

from .conftest import TWO_TASKS, Clock, bpmn, line, run_jobs, service


def test_history_has_every_element_in_order_with_its_times(engine: EmbeddedEngine, clock: Clock) -> None:
    process = line("startEvent start", service("work", "work"), 'userTask ask name="Ask"', "endEvent end")
    engine.deploy([bpmn("all", process)])
    started = engine.start("all")
    begin = clock.now
    clock.advance(hours=1)
    run_jobs(engine)
    clock.advance(hours=1)
    running = engine.history(started.id)
    assert [(entry.element_id, entry.type, entry.outcome) for entry in running] == [
        ("start", "startEvent", "completed"), ("work", "serviceTask", "completed"), ("ask", "userTask", "running"),
    ]  # fmt: skip
    assert running[1].started_at == begin
    assert running[1].ended_at == begin + timedelta(hours=1)
    assert running[2].ended_at is None
    engine.complete(engine.tasks()[0].id)
    ended = engine.history(started.id)
    assert [(entry.name, entry.outcome) for entry in ended[2:]] == [("Ask", "completed"), ("", "completed")]


def test_what_was_running_at_a_cancellation_is_cancelled(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_TASKS])
    started = engine.start("two_tasks")
    clock.advance(hours=1)
    engine.cancel(started.id)
    entries = engine.history(started.id)
    assert [(entry.element_id, entry.outcome) for entry in entries] == [("start", "completed"), ("first", "cancelled")]
    assert entries[1].ended_at == clock.now


def test_every_change_of_a_variable_is_kept_with_its_time_and_the_element_that_made_it(
    engine: EmbeddedEngine, clock: Clock
) -> None:
    mapped = (
        '<extensionElements><camunda:inputOutput><camunda:inputParameter name="mine">${n}</camunda:inputParameter>'
        '<camunda:outputParameter name="out">${mine}</camunda:outputParameter></camunda:inputOutput>'
        "</extensionElements>"
    )
    catch = 'intermediateCatchEvent pay|<messageEventDefinition id="m" messageRef="paid" />'
    process = line("startEvent start", f"{service('work', 'work')}|{mapped}", "userTask ask", catch, "endEvent end")
    engine.deploy([bpmn("all", process, '<message id="paid" name="paid" />')])
    started = engine.start("all", {"n": 1}, business_key="A")
    begin = clock.now
    clock.advance(hours=1)
    run_jobs(engine, answer={"room": "B"})
    engine.complete(engine.tasks()[0].id, {"n": [2]})
    engine.publish_message("paid", "A", {"amount": 5})
    changes = engine.variable_history(started.id)
    assert [(change.name, change.value, change.element_id) for change in changes] == [
        ("n", 1, None), ("mine", 1, "work"), ("room", "B", "work"), ("out", 1, "work"), ("n", [2], "ask"),
        ("amount", 5, "pay"),
    ]  # fmt: skip
    assert [change.changed_at for change in changes] == [begin, begin, *[clock.now] * 4]
    outermost = min(change.scope for change in changes)
    assert {change.name for change in changes if change.scope != outermost} == {"mine"}
    assert [change.value for change in engine.variable_history(started.id, "n")] == [1, [2]]
    assert engine.variable_history(started.id, "none") == []


def test_what_comes_by_hand_is_nobodys_work(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    started = engine.start("two_tasks")
    engine.set_variables(started.id, {"n": 1})
    engine.set_variables(started.id, {"n": 2}, scope=engine.tasks()[0].id)
    engine.modify(started.id, start=["second"], variables={"n": 3})
    changes = engine.variable_history(started.id)
    assert [(change.value, change.element_id) for change in changes] == [(1, None), (2, None), (3, None)]


def test_every_operation_is_kept_with_who_and_why(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_TASKS])
    started = engine.start("two_tasks", {"n": 1})
    (newer,) = engine.deploy(
        [bpmn("two_tasks", line("startEvent start", "userTask first", "userTask last"))]
    ).definitions
    task = engine.tasks()[0].id
    clock.advance(hours=1)
    engine.claim(task, "bob")
    engine.unclaim(task, by="ann")
    engine.suspend(started.id, reason="a recall", by="ann")
    engine.resume(started.id, by="bob")
    engine.set_variables(started.id, {"n": 2, "m": 3}, scope=task, reason="mistyped", by="ann")
    engine.migrate(started.id, newer.id, by="ann")
    engine.throw_task_error(task, "E1", "nobody is there", by="cleo")
    (incident,) = engine.incidents()
    engine.resolve(incident.id, reason="somebody is", by="ann")
    engine.escalate_task(task, "late", by="ann")
    engine.modify(started.id, cancel=["first"], start=["last"], reason="skip", by="ann")
    engine.cancel(started.id, reason="not\0 needed \ud800", by="ann")
    done = engine.operations(started.id)
    assert [(operation.action, operation.done_by, operation.details, operation.reason) for operation in done] == [
        ("unclaim", "ann", f"{task}, of bob", ""),
        ("suspend", "ann", "", "a recall"),
        ("resume", "bob", "", ""),
        ("set_variables", "ann", f"n, m at {task}", "mistyped"),
        ("migrate", "ann", "from two_tasks version 1 to two_tasks version 2", ""),
        ("throw_error", "cleo", f"E1 from {task}", "nobody is there"),
        ("resolve", "ann", incident.id, "somebody is"),
        ("escalate", "ann", f"late from {task}", ""),
        ("modify", "ann", "cancelled: first; started: last", "skip"),
        ("cancel", "ann", "", "not\ufffd needed ?"),
    ]
    assert {operation.done_at for operation in done} == {clock.now}


def test_unknown_instances_have_no_history(engine: EmbeddedEngine) -> None:
    for ask in (engine.operations, engine.variable_history, engine.history):
        for unknown in ("0" * 36, "", "\0"):
            with pytest.raises(NotFound, match="no process instance"):
                ask(unknown)


def test_a_long_history_is_read_in_parts(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    started = engine.start("two_tasks", {"a": 1})
    engine.complete(engine.tasks()[0].id, {"a": 2, "b": 1})
    whole = engine.history(started.id)
    assert engine.history(started.id, last=2) == whole[-2:]
    assert engine.history(started.id, last=0) == []
    assert engine.history(started.id, last=1, offset=1) == whole[-2:-1]
    assert engine.history(started.id, offset=1) == whole[:-1]
    assert engine.history(started.id, running=True) == [each for each in whole if each.outcome == "running"]
    changes = engine.variable_history(started.id)
    assert engine.variable_history(started.id, last=1) == changes[-1:]
    counted = engine.history_counts(started.id)
    assert [each.element_id for each in counted] == [each.element_id for each in whole]
    assert [(each.completed, each.running, each.cancelled) for each in counted] == [(1, 0, 0), (1, 0, 0), (0, 1, 0)]
    engine.modify(started.id, cancel=["second"], start=["first", "first"])
    counts = {each.element_id: each for each in engine.history_counts(started.id)}
    assert (counts["first"].completed, counts["first"].running, counts["second"].cancelled) == (1, 2, 1)
    with pytest.raises(NotFound):
        engine.history_counts("nothing")
