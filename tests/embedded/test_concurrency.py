"""Many threads at once: one winner, nothing lost."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceState
from workflows.errors import Conflict

from .conftest import LEASE, TWO_JOBS, TWO_TASKS, Clock, bpmn

THREADS = 20
MESSAGE = '<message id="paid" name="paid" />'


def together(count: int, work: Callable[[int], object]) -> list[object]:
    """Do `work(0)`, `work(1)`, ... in threads that begin at the same moment; return what they return or raise."""
    barrier = Barrier(count)

    def one(number: int) -> object:
        barrier.wait()
        try:
            return work(number)
        except Conflict as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def parallel(branches: int) -> str:
    """The inside of a process that does jobs in parallel branches."""
    parts = ['<startEvent id="start" /><parallelGateway id="fork" /><parallelGateway id="join" /><endEvent id="end" />',
             '<sequenceFlow id="f" sourceRef="start" targetRef="fork" />',
             '<sequenceFlow id="g" sourceRef="join" targetRef="end" />']  # fmt: skip
    for number in range(branches):
        parts.append(f'<serviceTask id="work{number}" camunda:type="external" camunda:topic="work" />')
        parts.append(f'<sequenceFlow id="f{number}" sourceRef="fork" targetRef="work{number}" />')
        parts.append(f'<sequenceFlow id="g{number}" sourceRef="work{number}" targetRef="join" />')
    return "".join(parts)


def test_one_of_twenty_completes_a_task(new_engine: Callable[[], EmbeddedEngine]) -> None:
    engines = [new_engine(), new_engine()]
    engines[0].deploy([TWO_TASKS])
    started = engines[0].start("two_tasks")
    (task,) = engines[0].tasks()
    results = together(THREADS, lambda number: engines[number % 2].complete(task.id, {"by": number}))
    assert Counter(type(result) for result in results) == {type(None): 1, Conflict: THREADS - 1}
    assert engines[0].variables(started.id) == {"by": results.index(None)}
    assert len(engines[0].tasks()) == 1


def test_one_of_twenty_claims_a_task(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    engine.start("two_tasks")
    (task,) = engine.tasks()
    results = together(THREADS, lambda number: engine.claim(task.id, str(number)))
    assert results.count(None) == 1
    assert engine.task(task.id).assignee == str(results.index(None))


def test_parallel_branches_of_one_instance_lose_nothing(new_engine: Callable[[], EmbeddedEngine]) -> None:
    engines = [new_engine(), new_engine()]
    engines[0].deploy([bpmn("wide", parallel(THREADS))])
    started = engines[0].start("wide")
    jobs = engines[0].lock_jobs("worker", ["work"], THREADS, LEASE)
    assert len(jobs) == THREADS
    together(THREADS, lambda number: engines[number % 2].complete_job(jobs[number], {f"r{number}": number}))
    assert engines[0].variables(started.id) == {f"r{number}": number for number in range(THREADS)}
    assert engines[0].instance(started.id).state is InstanceState.COMPLETED
    assert len(engines[0].history(started.id)) == 2 + 1 + THREADS + 1


def test_workers_that_ask_at_the_same_moment_get_different_jobs(new_engine: Callable[[], EmbeddedEngine]) -> None:
    engine = new_engine()
    engine.deploy([TWO_JOBS])
    for _ in range(30):
        engine.start("two_jobs")
    seen: list[str] = []

    def work(number: int) -> None:
        mine = new_engine()
        while jobs := mine.lock_jobs(f"worker {number}", ["work"], 3, LEASE):
            for job in jobs:
                seen.append(job.id)
                mine.complete_job(job)

    results = together(6, work)
    assert results == [None] * 6
    assert len(seen) == len(set(seen)) == 60
    assert {instance.state for instance in engine.instances()} == {InstanceState.COMPLETED}


def test_a_message_and_the_instance_that_waits_for_it_never_miss_each_other(
    new_engine: Callable[[], EmbeddedEngine], clock: Clock
) -> None:
    catch = (
        '<startEvent id="start" /><intermediateCatchEvent id="wait"><messageEventDefinition id="m" messageRef="paid" />'
        '</intermediateCatchEvent><endEvent id="end" /><sequenceFlow id="f" sourceRef="start" targetRef="wait" />'
        '<sequenceFlow id="g" sourceRef="wait" targetRef="end" />'
    )
    engines = [new_engine(), new_engine()]
    engines[0].deploy([bpmn("waiting", catch, MESSAGE)])

    def work(number: int) -> object:
        if number % 2:
            return engines[0].start("waiting", business_key=str(number // 2)).id
        return engines[1].publish_message("paid", str(number // 2), time_to_live=LEASE)

    for _ in range(3):
        together(10, work)
    assert {instance.state for instance in engines[0].instances()} == {InstanceState.COMPLETED}


def test_deployments_at_the_same_moment_get_different_versions(new_engine: Callable[[], EmbeddedEngine]) -> None:
    engine = new_engine()

    def work(number: int) -> object:
        return engine.deploy([bpmn("p", f'<startEvent id="s{number}" /><endEvent id="e" />'
                                        f'<sequenceFlow id="f" sourceRef="s{number}" targetRef="e" />')])  # fmt: skip

    together(8, work)
    assert [found.version for found in engine.definitions("p", latest=False)] == [8, 7, 6, 5, 4, 3, 2, 1]


def test_who_waited_for_an_instance_moves_it_at_the_time_at_which_the_wait_was_over(
    engine: EmbeddedEngine, clock: Clock
) -> None:
    engine.deploy([bpmn("parallel", parallel(2))])
    started = engine.start("parallel")
    first, second = engine.lock_jobs("worker", ["work"], 2, LEASE)
    with ThreadPoolExecutor(1) as pool:
        with engine.job_transaction(first) as transaction:
            transaction.complete()
            waiting = pool.submit(engine.complete_job, second)
            time.sleep(0.2)
            clock.advance(seconds=1)
        waiting.result()
    ended = {entry.element_id: entry.ended_at for entry in engine.history(started.id)}
    assert (ended[second.element_id], ended["end"]) == (clock.now, clock.now)
