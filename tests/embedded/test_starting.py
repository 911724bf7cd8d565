"""Instances that threads start at the same time share a transaction; each start has its own outcome."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Event

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import event

from workflows.core.effects import Effect
from workflows.embedded import EmbeddedEngine
from workflows.embedded.definitions import Definition
from workflows.engine import InstanceQuery, InstanceState, ProcessInstance
from workflows.errors import InvalidInput, NotFound, Unavailable

from .conftest import TWO_TASKS, bpmn, line
from .test_background import eventually

URGENT = bpmn(
    "urgent",
    line(
        "startEvent start",
        'serviceTask work camunda:type="external" camunda:topic="work" camunda:taskPriority="${priority}"',
        "endEvent end",
    ),
)
CALLER = bpmn("caller", line("startEvent start", 'callActivity call calledElement="two_tasks"', "endEvent end"))
WITHOUT_START = bpmn(
    "two_tasks",
    line('startEvent start |<messageEventDefinition messageRef="m" />', "userTask first", "endEvent end"),
    '<message id="m" name="begin" />',
)


@contextmanager
def gathered(
    engine: EmbeddedEngine, starts: Sequence[Callable[[], ProcessInstance]]
) -> Iterator[list[Future[ProcessInstance]]]:
    """Start instances in threads, all at the same moment: while a transaction is held up whose instance came first."""
    held, go_on = Event(), Event()

    def hold(_definition: Definition, _effects: Sequence[Effect]) -> None:
        held.set()
        assert go_on.wait(60)

    with ThreadPoolExecutor(len(starts) + 1) as threads:
        engine.observe(hold)
        first = threads.submit(engine.start, "two_tasks")
        assert held.wait(60)
        futures = [threads.submit(start) for start in starts]
        assert eventually(lambda: engine._starter.gathering.waiting == len(starts), 60)
        go_on.set()
        first.result(60)
        yield futures


def test_instances_that_are_started_together_share_a_commit(engine: EmbeddedEngine, database: Database) -> None:
    engine.deploy([TWO_TASKS])
    engine.start("two_tasks")
    commits: list[object] = []
    event.listen(database, "commit", commits.append)
    starts = [partial(engine.start, "two_tasks", {"n": n}, business_key=str(n), by="7") for n in range(10)]
    with gathered(engine, starts) as futures:
        started = [future.result(60) for future in futures]
    assert len(commits) == 2
    for n, each in enumerate(started):
        assert engine.instance(each.id) == each
        assert (each.business_key, each.started_by, each.state) == (str(n), "7", InstanceState.ACTIVE)
        assert engine.variables(each.id) == {"n": n}
    assert len({task.instance_id for task in engine.tasks()}) == 12


def test_one_that_cannot_be_written_harms_no_other(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS, URGENT])
    engine.start("urgent", {"priority": 1})
    engine.start("two_tasks")
    too_large = 2**70
    priorities = [2, too_large, 3]
    with gathered(engine, [partial(engine.start, "urgent", {"priority": number}) for number in priorities]) as futures:
        errors = [future.exception(60) is not None for future in futures]
    assert errors == [False, True, False]
    written = [engine.variables(each.id)["priority"] for each in engine.instances(InstanceQuery(process_id="urgent"))]
    assert sorted(map(str, written)) == ["1", "2", "3"]


def test_each_carries_out_what_its_own_instance_causes(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS, CALLER])
    engine.start("two_tasks")
    engine.start("caller")
    with gathered(engine, [partial(engine.start, "caller")] * 3) as futures:
        for future in futures:
            future.result(60)
    assert len(engine.tasks()) == 2 + 1 + 3


def test_a_version_that_another_process_deploys_is_started_at_once(new_engine: Callable[[], EmbeddedEngine]) -> None:
    engine, other = new_engine(), new_engine()
    other.deploy([TWO_TASKS])
    assert engine.start("two_tasks").version == 1
    other.deploy([bpmn("two_tasks", line("startEvent start", "userTask only", "endEvent end"))])
    assert [engine.start("two_tasks").version for _ in range(2)] == [2, 2]
    assert engine.start("two_tasks", version=1).version == 1
    other.deploy([WITHOUT_START])
    with pytest.raises(InvalidInput, match="no none start event"):
        engine.start("two_tasks")
    other.deploy([TWO_TASKS])
    assert [engine.start("two_tasks").version for _ in range(2)] == [4, 4]


def test_a_start_that_is_refused_says_why(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    for _ in range(2):
        with pytest.raises(NotFound, match="no process 'nothing'"):
            engine.start("nothing")
        with pytest.raises(InvalidInput, match="business key"):
            engine.start("two_tasks", business_key="\0")
        engine.start("two_tasks")


def test_what_moves_an_instance_on_does_not_change_what_its_start_returns(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    engine.start("two_tasks")

    def complete_all(_definition: Definition, _effects: Sequence[Effect]) -> None:
        while open_tasks := engine.tasks():
            engine.complete(open_tasks[0].id)

    engine.observe(complete_all)
    started = engine.start("two_tasks")
    assert started.state is InstanceState.ACTIVE
    assert engine.instance(started.id).state is InstanceState.COMPLETED


def test_an_instance_that_was_written_is_not_started_again(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    engine.start("two_tasks")

    def fail(_definition: Definition, _effects: Sequence[Effect]) -> None:
        raise ValueError("after the commit")

    engine.observe(fail)
    with pytest.raises(Unavailable, match="not known whether the instance was started: ValueError after the commit"):
        engine.start("two_tasks")
    assert len(engine.instances()) == 2
