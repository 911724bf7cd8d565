"""Operators and the running of processes at the same moment: one after the other, and nothing lost."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceQuery, InstanceState, TaskQuery
from workflows.errors import Conflict, NotFound

from .conftest import LEASE, TWO_TASKS, Clock, bpmn, line, service
from .test_calls import CALLER
from .test_concurrency import together
from .test_messages import WAITING

INSTANCES = 8
OLD = bpmn("visit", line("startEvent start", service("work", "work"), "userTask last", "endEvent end"))
NEW = bpmn("visit", line("startEvent start", service("work2", "work"), "userTask last", "endEvent end"))


@pytest.fixture
def engines(new_engine: Callable[[], EmbeddedEngine]) -> list[EmbeddedEngine]:
    """Two engines, as in two processes."""
    return [new_engine(), new_engine()]


def start(engine: EmbeddedEngine, process_id: str) -> list[str]:
    return [engine.start(process_id, business_key=str(number)).id for number in range(INSTANCES)]


def side_by_side(first: Callable[[int], object], second: Callable[[int], object]) -> tuple[list[object], list[object]]:
    """Do both for each instance at the same moment; return what each of them returned or raised."""
    results = together(2 * INSTANCES, lambda number: (second if number % 2 else first)(number // 2))
    return results[::2], results[1::2]


NOTHING: list[object] = [None] * INSTANCES


def test_a_task_is_completed_before_a_suspension_or_not_at_all(engines: list[EmbeddedEngine]) -> None:
    engines[0].deploy([TWO_TASKS])
    started = start(engines[0], "two_tasks")
    tasks = {task.instance_id: task.id for task in engines[0].tasks()}

    completions, suspensions = side_by_side(
        lambda number: engines[1].complete(tasks[started[number]]), lambda number: engines[0].suspend(started[number])
    )
    assert suspensions == NOTHING
    open_now = {task.instance_id: task for task in engines[0].tasks()}
    for instance_id, completed in zip(started, completions, strict=True):
        assert open_now[instance_id].element_id == ("second" if completed is None else "first")
        assert open_now[instance_id].suspended
        engines[1].resume(instance_id)
    for task in open_now.values():
        engines[0].complete(task.id)
    assert len(engines[0].tasks()) == sum(isinstance(result, Conflict) for result in completions)


def test_a_job_that_ends_and_a_migration_both_count(engines: list[EmbeddedEngine]) -> None:
    engines[0].deploy([OLD])
    started = start(engines[0], "visit")
    (newer,) = engines[0].deploy([NEW]).definitions
    jobs = {job.instance_id: job for job in engines[0].lock_jobs("worker", ["work"], INSTANCES, LEASE)}

    assert side_by_side(
        lambda number: engines[1].complete_job(jobs[started[number]], {"n": number}),
        lambda number: engines[0].migrate(started[number], newer.id, mapping={"work": "work2"}),
    ) == (NOTHING, NOTHING)
    for number, instance_id in enumerate(started):
        assert engines[1].instance(instance_id).version == 2
        assert engines[1].variables(instance_id) == {"n": number}
        path = [(entry.element_id, entry.outcome) for entry in engines[1].history(instance_id)]
        assert path[0] == ("start", "completed")
        assert path[1] in {("work", "completed"), ("work2", "completed")}
        assert path[2:] == [("last", "running")]
    for task in engines[0].tasks():
        engines[0].complete(task.id)
    assert {found.state for found in engines[1].instances()} == {InstanceState.COMPLETED}


def test_who_reads_an_instance_that_is_deleted_sees_all_of_it_or_nothing(engines: list[EmbeddedEngine]) -> None:
    engines[0].deploy([TWO_TASKS])
    started = start(engines[0], "two_tasks")
    for instance_id in started:
        engines[0].cancel(instance_id, by="ann")

    def read(number: int) -> list[str] | None:
        try:
            return [entry.element_id for entry in engines[0].history(started[number])]
        except NotFound:
            return None

    paths, deletions = side_by_side(read, lambda number: engines[1].delete(started[number], by="bob"))
    assert deletions == NOTHING
    assert all(path in (["start", "first"], None) for path in paths)
    assert engines[0].instances() == []
    for instance_id in started:
        assert [(done.action, done.done_by) for done in engines[0].operations(instance_id)] == [("delete", "bob")]


def test_an_instance_is_removed_once(engines: list[EmbeddedEngine], clock: Clock) -> None:
    engines[0].deploy([TWO_TASKS])
    started = start(engines[0], "two_tasks")
    for instance_id in started:
        engines[0].cancel(instance_id)
    clock.advance(days=31)

    def remove(number: int) -> int:
        if number > 1:
            return engines[number % 2].prune(limit=3)
        try:
            engines[number].delete(started[0])
        except NotFound:
            return 0
        return 1

    removed = sum(result for result in together(8, remove) if isinstance(result, int))
    while step := engines[0].prune():
        removed += step
    assert removed == INSTANCES
    assert engines[0].instances() == []


def test_an_answer_and_the_resumption_of_who_waits_for_it_never_miss_each_other(
    engines: list[EmbeddedEngine],
) -> None:
    engines[0].deploy([CALLER, TWO_TASKS])
    calling = start(engines[0], "caller")
    for task in engines[0].tasks():
        engines[0].complete(task.id)
    for instance_id in calling:
        engines[0].suspend(instance_id)
    last = engines[0].tasks(TaskQuery(process_id="two_tasks"))

    assert side_by_side(
        lambda number: engines[1].complete(last[number].id), lambda number: engines[0].resume(calling[number])
    ) == (NOTHING, NOTHING)
    assert {task.instance_id for task in engines[0].tasks(TaskQuery(process_id="caller"))} == set(calling)


def test_a_message_reaches_an_instance_that_is_suspended_and_resumed_meanwhile_once(
    engines: list[EmbeddedEngine],
) -> None:
    engines[0].deploy([WAITING])
    started = start(engines[0], "waiting")

    def hold_for_a_moment(number: int) -> None:
        engines[0].suspend(started[number])
        engines[0].resume(started[number])

    _, held = side_by_side(
        lambda number: engines[1].publish_message("paid", str(number), time_to_live=timedelta(hours=1)),
        hold_for_a_moment,
    )
    assert all(result is None or isinstance(result, Conflict) for result in held)  # it had ended
    assert Counter(found.state for found in engines[0].instances()) == {InstanceState.COMPLETED: INSTANCES}


def test_one_of_many_suspensions_counts(engines: list[EmbeddedEngine]) -> None:
    engines[0].deploy([TWO_TASKS])
    started = engines[0].start("two_tasks").id
    results = together(10, lambda number: engines[number % 2].suspend(started))
    assert Counter(type(result) for result in results) == {type(None): 1, Conflict: 9}
    assert [done.action for done in engines[0].operations(started)] == ["suspend"]
    assert engines[1].instances(InstanceQuery(states=(InstanceState.SUSPENDED,)))[0].id == started
