"""Workers for Temporal run the handlers of the registry, as those of all transports do."""

import threading
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import Database
from tests.embedded.conftest import bpmn, line, service
from tests.servers.processes import free_port
from tests.servers.temporal import TemporalServer, running_temporal
from workers.registry import Job, Registry, Retry, job
from workers.runners.temporal import TemporalRunner
from workflows.engine import InstanceState
from workflows.errors import BpmnError, Unavailable
from workflows.temporal.engine import TemporalEngine

from .hosted import Hosted, hosted
from .test_instances import eventually

_WORK = bpmn(
    "work",
    line("startEvent begin", service("first", "note"), service("second", "ask_again"), service("third", "refuse"))
    + '<boundaryEvent id="refused" attachedToRef="third"><outgoing>out</outgoing>'
    '<errorEventDefinition errorRef="refusal" /></boundaryEvent><endEvent id="given_up" />'
    '<sequenceFlow id="out" sourceRef="refused" targetRef="given_up" />',
    '<error id="refusal" errorCode="REFUSED" />',
)
_SLOW = bpmn("slow", line("startEvent begin", service("only", "be_slow"), "endEvent end"))


class Handlers(ModuleType):
    """The handlers of one test."""

    def __init__(self) -> None:
        super().__init__("handlers")
        self.asked: list[int] = []
        self.begun = threading.Event()
        self.may_end = threading.Event()

        @job("note")
        def note(job: Job, session: Session, who: str) -> dict[str, str]:
            session.execute(text("INSERT INTO noted VALUES (:key, :who)"), {"key": job.key, "who": who})
            return {"noted": who}

        @job("ask_again")
        def ask_again(job: Job) -> None:
            self.asked.append(job.retries)
            if len(self.asked) == 1:
                raise Retry(timedelta(milliseconds=50))

        @job("refuse")
        def refuse() -> None:
            raise BpmnError("REFUSED", "not today")

        @job("be_slow")
        def be_slow() -> dict[str, bool]:
            self.begun.set()
            self.may_end.wait(60)
            return {"done": True}

        self.note, self.ask_again, self.refuse, self.be_slow = note, ask_again, refuse, be_slow


@pytest.fixture
def service_without_workers(temporal_server: TemporalServer, sqlite_url: str) -> Iterator[Hosted]:
    with hosted(sqlite_url, temporal_server.address, works=False) as found:
        yield found


def runner_of(service: Hosted, handlers: Handlers, url: str, metrics: str = "") -> TemporalRunner:
    registry, database = Registry.of(handlers), Database.open(url)
    hosting = service.hosting
    return TemporalRunner(service.engine, service.connection, registry, {}, database, hosting=hosting, metrics=metrics)


def test_handlers_write_ask_again_and_refuse(service_without_workers: Hosted, sqlite_url: str) -> None:
    service, handlers, address = service_without_workers, Handlers(), f"127.0.0.1:{free_port()}"
    database = Database.open(sqlite_url)
    with database.write() as session:
        session.execute(text("CREATE TABLE noted (key TEXT PRIMARY KEY, who TEXT)"))
    runner = runner_of(service, handlers, sqlite_url, address)
    runner.start()
    try:
        service.engine.deploy([_WORK])
        started = service.engine.start("work", {"who": "ann"})
        eventually(lambda: service.engine.instance(started.id).state is InstanceState.COMPLETED)
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=60) as answer:
            assert b"temporal_activity_execution_latency" in answer.read()
    finally:
        runner.stop()
    assert handlers.asked == [3, 3]
    assert service.engine.variables(started.id)["noted"] == "ann"
    assert "given_up" in {entry.element_id for entry in service.engine.history(started.id)}
    with database.read() as session:
        assert session.execute(text("SELECT who FROM noted")).scalars().all() == ["ann"]
    database.close()


def test_what_runs_is_finished_before_a_worker_ends(service_without_workers: Hosted, sqlite_url: str) -> None:
    service, handlers = service_without_workers, Handlers()
    runner = runner_of(service, handlers, sqlite_url)
    runner.start()
    service.engine.deploy([_SLOW])
    started = service.engine.start("slow")
    assert handlers.begun.wait(120)
    ending = threading.Thread(target=runner.stop)
    ending.start()
    handlers.may_end.set()
    ending.join(120)
    assert not ending.is_alive()
    with service.running():
        eventually(lambda: service.engine.variables(started.id) == {"done": True})


def test_workers_wait_for_a_server_that_is_started_after_them(
    sqlite_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port, handlers = free_port(), Handlers()
    with hosted(sqlite_url, f"127.0.0.1:{port}", works=False) as service:
        runner = runner_of(service, handlers, sqlite_url)
        runner.start()
        eventually(lambda: f"No Temporal server answers at 127.0.0.1:{port}" in caplog.text)
        handlers.may_end.set()
        with running_temporal(tmp_path, port):
            service.engine.deploy([_SLOW])
            started = service.engine.start("slow")
            eventually(lambda: service.engine.instance(started.id).state is InstanceState.COMPLETED)
            runner.stop()


def test_workers_that_wait_for_a_server_can_be_ended(sqlite_url: str) -> None:
    with hosted(sqlite_url, f"127.0.0.1:{free_port()}", works=False) as service:
        runner = runner_of(service, Handlers(), sqlite_url)
        runner.start()
        runner.stop()


def test_a_command_that_nobody_carries_out_says_so(service_without_workers: Hosted) -> None:
    service = service_without_workers
    service.engine.deploy([_SLOW])
    impatient = TemporalEngine(service.engine, service.connection, service.hosting, patience=timedelta(seconds=1))
    with pytest.raises(Unavailable, match="No worker"):
        impatient.start("slow")
