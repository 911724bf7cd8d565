"""Starting, reading and cancelling instances."""

from collections.abc import Callable

import pytest

from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceQuery, InstanceState, TaskQuery
from workflows.errors import Conflict, InvalidInput, NotFound
from workflows.values import Variables

from .conftest import TWO_JOBS, TWO_TASKS, Clock, bpmn, line, lock_one, run_jobs


def open_task(engine: EmbeddedEngine, instance_id: str) -> str:
    (task,) = engine.tasks(TaskQuery(instance_id=instance_id))
    return task.id


def test_an_instance_runs_from_start_to_end(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_TASKS])
    started = engine.start("two_tasks", {"patient": "Ada"}, business_key="A-1", by="7")
    assert (started.state, started.started_at, started.started_by) == (InstanceState.ACTIVE, clock.now, "7")
    engine.complete(open_task(engine, started.id), {"seen": True})
    clock.advance(hours=1)
    engine.complete(open_task(engine, started.id))
    ended = engine.instance(started.id)
    assert (ended.state, ended.ended_at, ended.business_key) == (InstanceState.COMPLETED, clock.now, "A-1")
    assert engine.variables(started.id) == {"patient": "Ada", "seen": True}


def test_a_process_without_waits_ends_at_once(engine: EmbeddedEngine) -> None:
    engine.deploy([bpmn("quick", line("startEvent start", "endEvent end"))])
    started = engine.start("quick", {"a": [1, {"b": None}]})
    assert started.state is InstanceState.COMPLETED
    assert engine.variables(started.id) == {"a": [1, {"b": None}]}


def test_every_command_may_meet_a_new_engine(new_engine: Callable[[], EmbeddedEngine], engine: EmbeddedEngine) -> None:
    both = line("startEvent start", "userTask ask", 'serviceTask work camunda:type="external" camunda:topic="work"',
                "userTask tell", "endEvent end")  # fmt: skip
    engine.deploy([bpmn("both", both)])
    started = new_engine().start("both", {"n": 1})
    new_engine().complete(open_task(new_engine(), started.id), {"n": 2})
    job = lock_one(new_engine())
    assert job.variables == {"n": 2}
    new_engine().complete_job(job, {"n": 3})
    assert new_engine().variables(started.id) == {"n": 3}
    new_engine().complete(open_task(new_engine(), started.id))
    assert new_engine().instance(started.id).state is InstanceState.COMPLETED


def test_instances_are_listed_newest_first_by_every_criterion(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_TASKS, TWO_JOBS])
    first = engine.start("two_tasks", business_key="k", by="1")
    clock.advance(seconds=1)
    second = engine.start("two_jobs", by="2")
    clock.advance(seconds=1)
    third = engine.start("two_tasks", by="2")
    engine.cancel(third.id)

    def ids(query: InstanceQuery) -> list[str]:
        return [instance.id for instance in engine.instances(query)]

    assert ids(InstanceQuery()) == [third.id, second.id, first.id]
    assert ids(InstanceQuery(limit=1)) == [third.id]
    assert ids(InstanceQuery(process_id="two_tasks")) == [third.id, first.id]
    assert ids(InstanceQuery(business_key="k")) == [first.id]
    assert ids(InstanceQuery(started_by="2")) == [third.id, second.id]
    assert ids(InstanceQuery(states=(InstanceState.ACTIVE,), started_by="2")) == [second.id]
    assert ids(InstanceQuery(states=(InstanceState.CANCELLED, InstanceState.COMPLETED))) == [third.id]


def test_a_cancelled_instance_offers_nothing_any_more(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_JOBS, TWO_TASKS])
    worked, asked = engine.start("two_jobs"), engine.start("two_tasks")
    job, task = lock_one(engine), open_task(engine, asked.id)
    engine.cancel(worked.id, reason="wrong patient", by="9")
    engine.cancel(asked.id)
    assert engine.instance(worked.id).state is InstanceState.CANCELLED
    assert engine.tasks() == []
    with pytest.raises(Conflict, match="not leased to you any more"):
        engine.complete_job(job)
    with pytest.raises(Conflict, match="withdrawn before"):
        engine.complete(task)
    with pytest.raises(Conflict, match="has ended: it is cancelled"):
        engine.cancel(worked.id)
    assert run_jobs(engine) == 0


def test_unknown_names_are_not_found(engine: EmbeddedEngine) -> None:
    with pytest.raises(NotFound, match="no process 'nothing' deployed"):
        engine.start("nothing")
    for unknown in ("0" * 36, "", "x:1", "\0", "ä"):
        with pytest.raises(NotFound, match="no process instance"):
            engine.instance(unknown)
        with pytest.raises(NotFound, match="no process instance"):
            engine.variables(unknown)
        with pytest.raises(NotFound, match="no process instance"):
            engine.cancel(unknown)
        with pytest.raises(NotFound, match="no process instance"):
            engine.history(unknown)


def test_values_that_no_database_or_variable_holds_are_refused(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    with pytest.raises(InvalidInput, match="business key holds a character"):
        engine.start("two_tasks", business_key="a\0b")
    with pytest.raises(InvalidInput, match="business key has 501 characters"):
        engine.start("two_tasks", business_key="k" * 501)
    with pytest.raises(InvalidInput, match="x is nan"):
        engine.start("two_tasks", {"x": float("nan")})
    assert engine.instances() == []


def test_variables_may_hold_any_text(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    strange: Variables = {"text": "a\0b \ud800 \U0001f600", "big": 2**70}
    started = engine.start("two_tasks", strange)
    assert engine.variables(started.id) == strange


def test_a_start_that_fails_leaves_nothing(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    with pytest.raises(InvalidInput, match="name of a variable"):
        engine.start("two_tasks", {"a\0b": 1})
    assert (engine.instances(), engine.tasks()) == ([], [])
