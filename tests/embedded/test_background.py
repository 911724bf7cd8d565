"""The engine's own work: continuations, timers, what was left by others; and that it survives a lost database."""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import event, text

from workflows.embedded import EmbeddedEngine, LockedJob
from workflows.engine import InstanceState

from .conftest import LEASE, TWO_JOBS, TWO_TASKS, Clock, bpmn, line, lock_one
from .test_calls import CALLER
from .test_messages import LATER, WAITING
from .test_timers import PAUSE

LATE = bpmn("late", line("startEvent start", 'userTask ask camunda:asyncBefore="true"', "endEvent end"))


@pytest.fixture
def live(database: Database) -> Iterator[EmbeddedEngine]:
    """An engine with the real clock whose background runs."""
    engine = EmbeddedEngine(database)
    engine.background.start()
    yield engine
    engine.background.stop()


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait until the condition holds; return whether it did in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_an_asynchronous_continuation_is_no_workers_job(engine: EmbeddedEngine) -> None:
    engine.deploy([LATE])
    engine.start("late")
    assert engine.tasks() == []
    engine.background.run_once()
    assert [task.element_id for task in engine.tasks()] == ["ask"]


def test_continuations_and_timers_run_by_themselves(live: EmbeddedEngine) -> None:
    live.deploy([LATE, PAUSE])
    live.start("late")
    paused = live.start("pause", {"pause": "PT0.3S"})
    assert eventually(lambda: len(live.tasks()) == 1)
    assert eventually(lambda: live.instance(paused.id).state is InstanceState.COMPLETED)


def test_a_background_can_be_stopped_and_started_again(live: EmbeddedEngine) -> None:
    live.background.stop()
    live.deploy([LATE])
    live.start("late")
    live.background.start()
    live.background.start()
    assert eventually(lambda: len(live.tasks()) == 1)


def test_deliveries_that_a_dead_process_left_are_carried_out(
    engine: EmbeddedEngine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.deploy([CALLER, TWO_TASKS])
    with monkeypatch.context() as dead:
        dead.setattr("workflows.embedded.deliveries.follow_up", lambda *_: None)
        engine.start("caller")
    assert engine.tasks() == []
    engine.background.run_once()
    assert engine.tasks() == []
    clock.advance(seconds=10)
    engine.background.run_once()
    assert [task.process_id for task in engine.tasks()] == ["two_tasks"]


def test_messages_that_a_dead_process_did_not_match_are_delivered(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.deploy([WAITING])
    engine.publish_message("paid", "1", time_to_live=timedelta(hours=1))
    with monkeypatch.context() as dead:
        dead.setattr("workflows.embedded.deliveries.follow_up", lambda *_: None)
        started = engine.start("waiting", business_key="1")
    assert engine.instance(started.id).state is InstanceState.ACTIVE
    engine.background.run_once()
    assert engine.instance(started.id).state is InstanceState.COMPLETED


def test_messages_past_their_time_are_removed(engine: EmbeddedEngine, database: Database, clock: Clock) -> None:
    engine.deploy([LATER])
    engine.publish_message("paid", "1", time_to_live=timedelta(hours=1))
    clock.advance(hours=1)
    engine.background.run_once()
    with database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM message")) == 0


def test_a_worker_hears_of_a_job_at_once(database: Database) -> None:
    engine = EmbeddedEngine(database)
    engine.deploy([TWO_JOBS])
    heard: list[LockedJob] = []

    def work() -> None:
        while not heard:
            heard.extend(engine.lock_jobs("worker", ["work"], 1, LEASE))
            if not heard:
                engine.wait_for_jobs(300)

    worker = Thread(target=work)
    worker.start()
    begin = time.monotonic()
    engine.start("two_jobs")
    worker.join()
    assert len(heard) == 1
    assert time.monotonic() - begin < 100  # woken, not waited until the end


def test_a_job_created_between_asking_and_waiting_is_not_missed(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_JOBS])
    assert engine.lock_jobs("worker", ["work"], 1, LEASE) == []
    engine.start("two_jobs")
    begin = time.monotonic()
    engine.wait_for_jobs(300)
    assert time.monotonic() - begin < 100  # woken, not waited until the end
    lock_one(engine)


def test_a_background_that_loses_the_database_goes_on(
    live: EmbeddedEngine, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    live.deploy([PAUSE])

    def refuse(*_: object) -> None:
        raise ConnectionError("the database is away")

    with caplog.at_level(logging.CRITICAL, logger="workflows"):
        event.listen(database, "begin", refuse)
        time.sleep(1.5)
        event.remove(database, "begin", refuse)
    paused = live.start("pause", {"pause": "PT0.1S"})
    assert eventually(lambda: live.instance(paused.id).state is InstanceState.COMPLETED)


def test_a_timer_of_another_process_is_found(live: EmbeddedEngine, database: Database) -> None:
    other = EmbeddedEngine(database, clock=lambda: datetime.now(UTC))
    other.deploy([PAUSE])
    paused = other.start("pause", {"pause": "PT0.1S"})
    assert eventually(lambda: live.instance(paused.id).state is InstanceState.COMPLETED)
