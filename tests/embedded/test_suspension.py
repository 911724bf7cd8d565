"""A suspended instance holds everything, and goes on with all of it when it is resumed."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import text

from workflows.embedded import Answer, EmbeddedEngine, Wanted
from workflows.engine import InstanceQuery, InstanceState, TaskQuery
from workflows.errors import Conflict, InvalidInput, NotFound

from .conftest import LEASE, TWO_JOBS, TWO_TASKS, Clock, bpmn, line, lock_one, refuses, run_jobs
from .test_calls import CALLER
from .test_messages import WAITING
from .test_timers import PAUSE

CYCLE = (
    '<startEvent id="start" /><userTask id="ask" /><endEvent id="end" /><endEvent id="told" />'
    '<boundaryEvent id="remind" attachedToRef="ask" cancelActivity="false"><timerEventDefinition id="t">'
    '<timeCycle xsi:type="tFormalExpression">R3/PT1H</timeCycle></timerEventDefinition></boundaryEvent>'
    '<sequenceFlow id="f" sourceRef="start" targetRef="ask" /><sequenceFlow id="g" sourceRef="ask" targetRef="end" />'
    '<sequenceFlow id="h" sourceRef="remind" targetRef="told" />'
)
SIGNALLED = (
    '<startEvent id="start" /><intermediateCatchEvent id="wait"><signalEventDefinition id="s" signalRef="alarm" />'
    '</intermediateCatchEvent><endEvent id="end" /><sequenceFlow id="f" sourceRef="start" targetRef="wait" />'
    '<sequenceFlow id="g" sourceRef="wait" targetRef="end" />'
)


def test_no_job_of_a_suspended_instance_is_offered(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_JOBS])
    held = engine.start("two_jobs")
    engine.suspend(held.id)
    assert engine.instance(held.id).state is InstanceState.SUSPENDED
    assert engine.lock_jobs("worker", ["work"], 10, LEASE) == []
    engine.resume(held.id)
    assert run_jobs(engine) == 2
    assert engine.instance(held.id).state is InstanceState.COMPLETED


def test_a_job_that_runs_at_a_suspension_is_refused_and_offered_again(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_JOBS])
    held = engine.start("two_jobs")
    job = lock_one(engine)
    engine.suspend(held.id)
    with pytest.raises(Conflict, match="suspended"):
        engine.complete_job(job, {"n": 1})
    with pytest.raises(Conflict, match="suspended"), engine.job_transaction(job) as transaction:
        transaction.complete({"n": 1})
    with pytest.raises(Conflict, match="suspended"):
        engine.throw_error(job, "E")
    engine.resume(held.id)
    clock.advance(seconds=31)
    again = lock_one(engine)
    assert (again.id, again.retries) == (job.id, job.retries)
    engine.complete_job(again)
    assert engine.variables(held.id) == {}


def test_an_answer_for_a_suspended_instance_does_not_hold_up_those_given_with_it(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_JOBS])
    held, other = engine.start("two_jobs"), engine.start("two_jobs")
    jobs = engine.lock_jobs("worker", ["work"], 2, LEASE)
    engine.suspend(held.id)
    answers = [Answer(job, {"n": 1}) for job in sorted(jobs, key=lambda job: job.instance_id != held.id)]
    refused, taken = engine.exchange_jobs(answers, Wanted("worker", ["work"], 0, LEASE)).refusals
    assert isinstance(refused, Conflict)
    assert taken is None
    assert (engine.variables(held.id), engine.variables(other.id)) == ({}, {"n": 1})


def test_a_task_of_a_suspended_instance_waits(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    held = engine.start("two_tasks")
    (task,) = engine.tasks()
    engine.suspend(held.id)
    assert engine.task(task.id).suspended
    why = "is suspended with its process instance: resume that first"
    refuses(lambda: engine.complete(task.id), Conflict, why)
    refuses(lambda: engine.throw_task_error(task.id, "E"), Conflict, why)
    refuses(lambda: engine.escalate_task(task.id, "E"), Conflict, why)
    engine.resume(held.id)
    assert engine.task(task.id) == task
    engine.complete(task.id)


def test_a_timer_that_is_due_meanwhile_fires_at_the_resumption(
    engine: EmbeddedEngine, database: Database, clock: Clock
) -> None:
    engine.deploy([PAUSE])
    held, other = engine.start("pause", {"pause": "PT1H"}), engine.start("pause", {"pause": "PT1H"})
    engine.suspend(held.id)
    clock.advance(hours=2)
    engine.background.run_once()
    assert [engine.instance(found.id).state for found in (held, other)] == [
        InstanceState.SUSPENDED,
        InstanceState.COMPLETED,
    ]
    with database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM timer")) == 0  # none that the background would look at
    engine.resume(held.id)
    engine.background.run_once()
    assert engine.instance(held.id).state is InstanceState.COMPLETED


def test_a_cycle_goes_on_where_it_was(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([bpmn("cycle", CYCLE)])
    held = engine.start("cycle")
    clock.advance(minutes=61)
    engine.fire_due_timers()
    engine.suspend(held.id)
    engine.resume(held.id)
    clock.advance(minutes=58)
    engine.fire_due_timers()
    assert [entry.element_id for entry in engine.history(held.id)].count("told") == 1
    clock.advance(minutes=1)
    engine.fire_due_timers()
    assert [entry.element_id for entry in engine.history(held.id)].count("told") == 2


def test_a_message_is_kept_for_a_suspended_instance_and_delivered_at_the_resumption(engine: EmbeddedEngine) -> None:
    engine.deploy([WAITING])
    held = engine.start("waiting", business_key="1")
    engine.suspend(held.id)
    lost = engine.publish_message("paid", "1", {"n": 1})
    kept = engine.publish_message("paid", "1", {"n": 2}, time_to_live=timedelta(hours=1))
    assert (lost.instance_id, kept.instance_id) == (None, None)
    engine.background.run_once()
    assert engine.instance(held.id).state is InstanceState.SUSPENDED
    engine.resume(held.id)
    assert engine.instance(held.id).state is InstanceState.COMPLETED
    assert engine.variables(held.id) == {"n": 2}


def test_a_message_goes_past_a_suspended_instance_to_the_next(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([WAITING])
    held = engine.start("waiting", business_key="1")
    clock.advance(seconds=1)
    other = engine.start("waiting", business_key="1")
    engine.suspend(held.id)
    assert engine.publish_message("paid").instance_id == other.id
    engine.resume(held.id)
    assert engine.publish_message("paid").instance_id == held.id


def test_a_signal_does_not_reach_a_suspended_instance(engine: EmbeddedEngine) -> None:
    engine.deploy([bpmn("signalled", SIGNALLED, '<signal id="alarm" name="alarm" />')])
    held, other = engine.start("signalled"), engine.start("signalled")
    engine.suspend(held.id)
    engine.broadcast_signal("alarm")
    assert engine.instance(other.id).state is InstanceState.COMPLETED
    engine.resume(held.id)
    assert engine.instance(held.id).state is InstanceState.ACTIVE
    engine.broadcast_signal("alarm")
    assert engine.instance(held.id).state is InstanceState.COMPLETED


def test_what_a_suspended_instance_called_runs_on_and_answers_at_the_resumption(
    engine: EmbeddedEngine, clock: Clock
) -> None:
    engine.deploy([CALLER, TWO_TASKS])
    calling = engine.start("caller")
    engine.suspend(calling.id)
    for _ in range(2):
        (task,) = engine.tasks(TaskQuery(process_id="two_tasks"))
        engine.complete(task.id)
    (called,) = engine.instances(InstanceQuery(process_id="two_tasks"))
    assert called.state is InstanceState.COMPLETED
    clock.advance(hours=1)
    engine.background.run_once()
    assert engine.instance(calling.id).state is InstanceState.SUSPENDED
    before = len(engine.history(calling.id))
    engine.resume(calling.id)
    assert len(engine.history(calling.id)) > before


def test_nothing_is_held_for_an_instance_that_was_cancelled_instead(engine: EmbeddedEngine, database: Database) -> None:
    engine.deploy([CALLER, TWO_TASKS])
    calling = engine.start("caller")
    engine.suspend(calling.id)
    for _ in range(2):
        (task,) = engine.tasks()
        engine.complete(task.id)
    engine.cancel(calling.id)
    assert engine.instance(calling.id).state is InstanceState.CANCELLED
    with database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM delivery")) == 0


def test_a_suspended_instance_that_was_called_is_cancelled_with_its_caller(engine: EmbeddedEngine) -> None:
    engine.deploy([CALLER, TWO_TASKS])
    calling = engine.start("caller")
    (called,) = engine.instances(InstanceQuery(process_id="two_tasks"))
    engine.suspend(called.id)
    engine.cancel(calling.id)
    assert engine.instance(called.id).state is InstanceState.CANCELLED


def test_a_continuation_waits_until_the_resumption(engine: EmbeddedEngine) -> None:
    engine.deploy([bpmn("late", line("startEvent start", 'userTask ask camunda:asyncBefore="true"', "endEvent end"))])
    held = engine.start("late")
    engine.suspend(held.id)
    engine.background.run_once()
    assert engine.tasks() == []
    engine.resume(held.id)
    engine.background.run_once()
    assert [task.element_id for task in engine.tasks()] == ["ask"]


def test_both_are_done_once_to_an_instance_that_runs(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    held = engine.start("two_tasks")
    with pytest.raises(Conflict, match="is not suspended"):
        engine.resume(held.id)
    engine.suspend(held.id)
    with pytest.raises(Conflict, match="is suspended already"):
        engine.suspend(held.id)
    with pytest.raises(InvalidInput, match="id of who resumes"):
        engine.resume(held.id, by="\0")
    engine.cancel(held.id)
    for command in (engine.suspend, engine.resume):
        with pytest.raises(Conflict, match="has ended: it is cancelled"):
            command(held.id)
        for unknown in ("0" * 36, "", "\0"):
            with pytest.raises(NotFound):
                command(unknown)
