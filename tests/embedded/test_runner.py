"""A worker that has lost its job, by whatever, goes on with the next one."""

from collections.abc import Callable

from workers.registry import Handler, Job, Registry
from workers.runners.embedded import EmbeddedRunner
from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceState

from .conftest import TWO_JOBS, Clock


def running(engine: EmbeddedEngine, work: Callable[[Job], None]) -> EmbeddedRunner:
    registry = Registry([Handler("work", work, {"job": (Job, None)})])
    return EmbeddedRunner(engine, registry, {}, name="runner")


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
