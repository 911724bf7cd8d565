"""Jobs of the embedded engine on Celery workers: PostgreSQL and Redis between them, and a clock that runs."""

import base64
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
from celery import Celery
from redis import Redis
from sqlalchemy import text

from app.database import Database
from tests.celery.running import Worker, eventually, running_worker
from tests.celery.worker import Setting
from tests.embedded.conftest import bpmn, line, service
from tests.servers.postgres import PostgresCluster
from tests.servers.redis import RedisServer, running_redis
from workers.celery import jobs
from workers.runners.celery import CeleryRunner
from workflows.embedded import EmbeddedEngine
from workflows.embedded.schema import upgrade
from workflows.engine import InstanceState, ProcessInstance

MANY = 500
LEASE_SECONDS = 5
_CYCLE = "<camunda:failedJobRetryTimeCycle>R3/PT0.1S</camunda:failedJobRetryTimeCycle>"
_QUICKLY = f"|<extensionElements>{_CYCLE}</extensionElements>"
_CAUGHT = """
    <boundaryEvent id="caught" attachedToRef="work"><errorEventDefinition id="e" errorRef="paper" /></boundaryEvent>
    <endEvent id="without" /><sequenceFlow id="away" sourceRef="caught" targetRef="without" />"""
COUNTING = bpmn("counting", line("startEvent start", service("work", "count"), "endEvent end"))
BEHAVING = bpmn(
    "behaving",
    line("startEvent start", service("work", "behave") + _QUICKLY, "endEvent end") + _CAUGHT,
    '<error id="paper" name="paper" errorCode="NO_PAPER" />',
)


@dataclass(frozen=True, slots=True)
class Site:
    """An engine whose jobs are sent to Celery."""

    engine: EmbeddedEngine
    database: Database
    redis: RedisServer
    worker: Worker

    def behave(self, how: str) -> ProcessInstance:
        """Start an instance whose job behaves so."""
        return self.engine.start("behaving", {"behaviour": how})

    def attempts(self, instance: ProcessInstance) -> list[list[str]]:
        """Return the job's key and the process for each attempt."""
        file = self.worker.folder / f"attempts of {instance.id}"
        return [line.split() for line in file.read_text().splitlines()] if file.exists() else []

    def wait_for_end(self, instance: ProcessInstance) -> None:
        """Wait until an instance is completed."""
        eventually(lambda: self.engine.instance(instance.id).state, InstanceState.COMPLETED)

    def done(self) -> list[str]:
        """Return the keys of the jobs of `count` that are done, one for each time."""
        with self.database.read() as session:
            return list(session.scalars(text("SELECT job FROM done")))


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis that these tests may kill."""
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def site(
    postgres_cluster: PostgresCluster, redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """An engine, what sends its jobs, and a worker with two processes."""
    name = postgres_cluster.create_database()
    setting = Setting(
        str(tmp_path_factory.mktemp("celery")),
        postgres_cluster.url(name),
        redis.url,
        time_limit=15,
        lease=LEASE_SECONDS,
        concurrency=2,
    )
    database = Database.open(setting.database)
    upgrade(database.engine)
    with database.write() as session:
        session.execute(text("CREATE TABLE done (job VARCHAR(100))"))
    engine = EmbeddedEngine(database.engine)
    engine.deploy([COUNTING, BEHAVING])
    runner = CeleryRunner(engine, {"count", "behave"}, setting.app(), name="tests", lease_seconds=LEASE_SECONDS)
    with running_worker(setting) as worker:
        runner.start()
        yield Site(engine, database, redis, worker)
        runner.stop()
    database.close()
    postgres_cluster.drop_database(name)


def test_a_job_is_done_and_the_log_says_whose_it_was(site: Site) -> None:
    started = site.engine.start("counting")
    site.wait_for_end(started)
    key = str(site.engine.variables(started.id)["done"])
    assert site.done() == [key]
    (line,) = [line for line in site.worker.lines() if line.get("message") == "The job is settled"]
    told = {"job_id": key, "job_type": "count", "instance_id": started.id, "process_id": "counting", "task": jobs.RUN}
    assert {name: line[name] for name in told} == told
    assert line["task_id"]


def test_a_failed_attempt_is_tried_again_with_the_same_key(site: Site) -> None:
    started = site.behave("fail twice")
    site.wait_for_end(started)
    assert site.engine.variables(started.id)["attempts"] == 3
    assert len({key for key, _ in site.attempts(started)}) == 1


def test_the_last_failed_attempt_makes_an_incident(site: Site) -> None:
    started = site.behave("fail")
    eventually(lambda: len(site.engine.incidents(started.id)), 1)
    (incident,) = site.engine.incidents(started.id)
    assert incident.message == "RuntimeError: the printer is on fire"
    assert len(site.attempts(started)) == 3


def test_an_answer_that_no_variable_can_hold_is_a_failed_attempt(site: Site) -> None:
    started = site.behave("wrong")
    eventually(lambda: len(site.engine.incidents(started.id)), 1)
    assert "object" in site.engine.incidents(started.id)[0].message


def test_an_error_goes_to_the_event_that_catches_it(site: Site) -> None:
    started = site.behave("throw")
    site.wait_for_end(started)
    assert "without" in {entry.element_id for entry in site.engine.history(started.id)}
    assert len(site.attempts(started)) == 1


def test_a_handler_may_ask_to_be_asked_again(site: Site) -> None:
    started = site.behave("ask again")
    site.wait_for_end(started)
    assert len(site.attempts(started)) == 2


def test_a_killed_process_and_one_that_takes_too_long_are_both_made_up_for(site: Site) -> None:
    killed = site.behave("hang")
    eventually(lambda: len(site.attempts(killed)), 1)
    slow = site.behave("hang")
    os.kill(int(site.attempts(killed)[0][1]), signal.SIGKILL)
    site.wait_for_end(killed)
    site.wait_for_end(slow)
    for started in (killed, slow):
        assert [key for key, _ in site.attempts(started)] == 2 * [site.attempts(started)[0][0]]


def test_a_message_that_comes_twice_finds_a_lease_that_is_not_its_own(site: Site) -> None:
    before = len(site.done())
    with site.worker.holding(jobs.RUN) as held:
        started = site.engine.start("counting")
        held()
        with Redis.from_url(site.redis.url) as redis:
            (message,) = redis.hvals("unacked")
        site.worker.setting.app().send_task(jobs.RUN, args=_arguments(message), ignore_result=True)
    site.wait_for_end(started)
    eventually(lambda: any("not leased to you any more" in line["message"] for line in site.worker.lines()))
    assert len(site.done()) == before + 1


def _arguments(message: bytes) -> list[str]:
    """Return what a message of the broker tells the task."""
    body = json.loads(base64.b64decode(json.loads(message)[0]["body"]))
    arguments: list[str] = body[0]
    return arguments


def test_whoever_watches_workers_sees_the_tasks_and_nothing_of_patients(site: Site) -> None:
    seen: list[dict[str, object]] = []
    ended = threading.Event()
    app = Celery(broker=site.redis.url, set_as_current=False)

    def watch() -> None:
        with app.connection_for_read() as connection:
            receiver = app.events.Receiver(connection, handlers={"*": seen.append})
            with receiver.consumer_context() as (watched, _, _):
                while not ended.is_set():
                    with suppress(TimeoutError):
                        watched.drain_events(timeout=0.2)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        eventually(lambda: "worker-heartbeat" in {event["type"] for event in seen})
        started = site.engine.start("counting", {"patient": "Nora Berg"})
        site.wait_for_end(started)
        eventually(lambda: {"task-received", "task-started", "task-succeeded"} <= {event["type"] for event in seen})
    finally:
        ended.set()
        thread.join()
    assert jobs.RUN in {event.get("name") for event in seen}
    assert "Nora" not in str(seen)


def test_jobs_stay_in_the_store_while_the_broker_is_away(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.redis.process.kill()
    started = [site.engine.start("counting") for _ in range(5)]
    eventually(lambda: "Jobs stay in the store" in caplog.text)
    assert {site.engine.instance(instance.id).state for instance in started} == {InstanceState.ACTIVE}
    assert not any(site.engine.incidents(instance.id) for instance in started)
    site.redis.process.start()
    for instance in started:
        site.wait_for_end(instance)


def test_a_redis_that_restarts_with_and_without_its_data_costs_no_job_and_does_none_twice(site: Site) -> None:
    before = len(site.done())
    started = [site.engine.start("counting") for _ in range(MANY // 2)]
    eventually(lambda: len(site.done()) > before + MANY // 10)
    site.redis.crash()
    started += [site.engine.start("counting") for _ in range(MANY // 2)]
    eventually(lambda: len(site.done()) > before + MANY // 2)
    with Redis.from_url(site.redis.url) as redis:
        redis.flushall()
    site.redis.crash()
    eventually(lambda: len(site.done()) >= before + MANY)
    for instance in started:
        site.wait_for_end(instance)
    done = site.done()
    assert len(done) == len(set(done)) == before + MANY
