"""What an instance has done, in order."""

from datetime import timedelta

from sqlalchemy import Engine as Database
from sqlalchemy import select

from workflows.embedded import EmbeddedEngine
from workflows.embedded.tables import operation, variable_change

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


def test_every_change_of_a_variable_and_every_operation_is_kept(
    engine: EmbeddedEngine, database: Database, clock: Clock
) -> None:
    engine.deploy([TWO_TASKS])
    started = engine.start("two_tasks", {"n": 1})
    engine.complete(engine.tasks()[0].id, {"n": [2]})
    engine.cancel(started.id, reason="not\0 needed", by="ann")
    with database.connect() as connection:
        changes = connection.execute(select(variable_change).order_by(variable_change.c.id)).all()
        done = connection.execute(select(operation)).one()
    assert [(change.name, change.value) for change in changes] == [("n", 1), ("n", [2])]
    assert (done.instance_id, done.action, done.done_by, done.done_at) == (started.id, "cancel", "ann", clock.now)
    assert done.reason == "not\ufffd needed"
