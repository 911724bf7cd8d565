"""Workers go on: with the next job when one is lost, with others while one is slow; and end what they have begun."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine as Database

from workers.registry import Handler, Job, Registry
from workers.runners.desk import Desk
from workers.runners.embedded import EmbeddedRunner
from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceState

from .conftest import LEASE, TWO_JOBS, Clock
from .test_background import eventually

SECONDS = 60


def running(
    engine: EmbeddedEngine, work: Callable[[Job], None], threads: int = 2, lease_seconds: int = 30
) -> EmbeddedRunner:
    registry = Registry([Handler("work", work, {"job": (Job, None)})])
    return EmbeddedRunner(engine, registry, {}, name="runner", threads=threads, lease_seconds=lease_seconds)


def test_a_handler_may_fail_after_its_instance_was_cancelled(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_JOBS])
    cancelled, other = engine.start("two_jobs"), engine.start("two_jobs")

    def work(job: Job) -> None:
        if job.instance_id == cancelled.id:
            engine.cancel(cancelled.id)
            raise RuntimeError("too late")

    assert running(engine, work).run_waiting() == 3
    assert engine.instance(other.id).state is InstanceState.COMPLETED


def test_a_job_may_come_back_to_the_process_that_was_too_slow_for_it(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_JOBS])
    started = engine.start("two_jobs")
    attempts: list[str] = []

    def work(job: Job) -> None:
        attempts.append(job.element_id)
        if len(attempts) == 1:
            clock.advance(minutes=1)
            runner.run_waiting()

    runner = running(engine, work)
    runner.run_waiting()
    assert attempts == ["one", "one", "two"]
    assert engine.instance(started.id).state is InstanceState.COMPLETED


@contextmanager
def at_work(engine: EmbeddedEngine, work: Callable[[Job], None], threads: int = 2) -> Iterator[EmbeddedRunner]:
    """Run jobs until the end of the block."""
    runner = running(engine, work, threads, lease_seconds=300)
    runner.start()
    try:
        yield runner
    finally:
        runner.stop()


def states(engine: EmbeddedEngine) -> "Counter[InstanceState]":
    return Counter(instance.state for instance in engine.instances())


def test_quick_jobs_are_all_done_and_each_once(database: Database) -> None:
    engine = EmbeddedEngine(database)
    engine.deploy([TWO_JOBS])
    done: list[str] = []
    with at_work(engine, lambda job: done.append(job.key)):
        for _ in range(60):
            engine.start("two_jobs")
        assert eventually(lambda: states(engine) == {InstanceState.COMPLETED: 60}, SECONDS)
    assert len(done) == len(set(done)) == 120


def test_a_slow_job_holds_up_no_other(database: Database) -> None:
    engine = EmbeddedEngine(database)
    engine.deploy([TWO_JOBS])
    slow = engine.start("two_jobs").id
    begun, go_on = threading.Event(), threading.Event()

    def work(job: Job) -> None:
        if job.instance_id == slow and job.element_id == "one":
            begun.set()
            assert go_on.wait(SECONDS)

    with at_work(engine, work):
        assert begun.wait(SECONDS)
        for _ in range(30):
            engine.start("two_jobs")
        others_are_done = eventually(lambda: states(engine)[InstanceState.COMPLETED] == 30, SECONDS)
        go_on.set()
        assert others_are_done
        assert eventually(lambda: states(engine) == {InstanceState.COMPLETED: 31}, SECONDS)


def test_what_runs_when_the_runner_is_stopped_is_finished_and_the_rest_is_left_to_others(database: Database) -> None:
    engine = EmbeddedEngine(database)
    engine.deploy([TWO_JOBS])
    for _ in range(3):
        engine.start("two_jobs")
    begun, go_on = threading.Event(), threading.Event()

    def work(job: Job) -> None:
        begun.set()
        assert go_on.wait(SECONDS)

    with at_work(engine, work, threads=1) as runner:
        assert begun.wait(SECONDS)
        stopping = threading.Thread(target=runner.stop)
        stopping.start()
        assert eventually(lambda: runner.stopping, SECONDS)
        go_on.set()
        stopping.join(SECONDS)
    left = engine.lock_jobs("other", ["work"], 10, LEASE)
    assert sorted(job.element_id for job in left) == ["one", "one", "two"]


def test_an_answer_that_is_refused_costs_only_its_own_job(database: Database) -> None:
    engine = EmbeddedEngine(database)
    engine.deploy([TWO_JOBS])
    cancelled = engine.start("two_jobs").id
    for _ in range(20):
        engine.start("two_jobs")

    def work(job: Job) -> None:
        if job.instance_id == cancelled:
            engine.cancel(cancelled)

    with at_work(engine, work):
        expected = {InstanceState.COMPLETED: 20, InstanceState.CANCELLED: 1}
        assert eventually(lambda: states(engine) == expected, SECONDS)


def test_a_desk_asks_for_more_while_its_threads_are_hungry_and_gives_back_what_waits_long(
    engine: EmbeddedEngine,
) -> None:
    engine.deploy([TWO_JOBS])
    for _ in range(3):
        engine.start("two_jobs")
    jobs = engine.lock_jobs("worker", ["work"], 3, LEASE)
    desk = Desk(threads=2)
    assert desk.room() == 2
    desk.put(jobs, good_until=float("inf"))
    assert desk.room() == -1
    assert eventually(lambda: desk.left_over() == jobs, SECONDS)
    assert (desk.room(), desk.idle) == (2, True)
    desk.put(jobs[1:], good_until=0)
    desk.put(jobs[:1], good_until=float("inf"))
    assert desk.take() == jobs[0]
    assert desk.held(until=float("inf")) == []
    desk.kept(jobs[0], good_until=5)
    assert desk.held(until=10) == jobs[:1]
    assert desk.lost(jobs[0])
    desk.close()
    assert desk.take() is None
