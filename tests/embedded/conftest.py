"""An embedded engine on SQLite and on PostgreSQL, with a clock that tests move, and small diagrams to run on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine as Database

from workflows.embedded import EmbeddedEngine, LockedJob, open_engine
from workflows.embedded.schema import upgrade
from workflows.engine import Resource
from workflows.errors import EngineError
from workflows.scripts import ScriptRunner
from workflows.values import Variables

LEASE = timedelta(seconds=30)


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        """Move on by a span, given as for `timedelta`."""
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with the engine's tables, once on SQLite and once on PostgreSQL."""
    database = open_engine(database_url, pool_size=30)
    upgrade(database)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def scripts() -> Iterator[ScriptRunner]:
    with ScriptRunner(processes=1) as runner:
        yield runner


@pytest.fixture
def new_engine(database: Database, clock: Clock, scripts: ScriptRunner) -> Callable[[], EmbeddedEngine]:
    """Make another engine on the same database, as a restarted or second process would."""
    return lambda: EmbeddedEngine(database, clock=clock, scripts=scripts)


@pytest.fixture
def engine(new_engine: Callable[[], EmbeddedEngine]) -> EmbeddedEngine:
    return new_engine()


def bpmn(process: str, inside: str, roots: str = "", *, name: str = "") -> Resource:
    """A Camunda 7 diagram with one process; `inside` are its flow elements, `roots` messages, signals and errors."""
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    xmlns:modeler="http://camunda.org/schema/modeler/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    modeler:executionPlatform="Camunda Platform" modeler:executionPlatformVersion="7.22.0"
    id="definitions" targetNamespace="http://bpmn.io/schema/bpmn">
  {roots}
  <process id="{process}" name="{name or process}" isExecutable="true" camunda:historyTimeToLive="30">
    {inside}
  </process>
</definitions>"""
    return Resource(f"{process}.bpmn", text.encode())


def line(*elements: str) -> str:
    """Connect elements, each `tag id` or `tag id attributes` or `tag id attributes|content`, in this order."""
    parts, ids = [], []
    for element in elements:
        head, _, content = element.partition("|")
        tag, identifier, *attributes = head.split(" ", 2)
        parts.append(f'<{tag} id="{identifier}" {" ".join(attributes)}>{content}</{tag}>')
        ids.append(identifier)
    for number, (source, target) in enumerate(pairwise(ids)):
        parts.append(f'<sequenceFlow id="flow{number}" sourceRef="{source}" targetRef="{target}" />')
    return "\n".join(parts)


def service(identifier: str, job_type: str) -> str:
    """A service task for `line`."""
    return f'serviceTask {identifier} camunda:type="external" camunda:topic="{job_type}"'


TWO_TASKS = bpmn("two_tasks", line("startEvent start", "userTask first", "userTask second", "endEvent end"))
TWO_JOBS = bpmn("two_jobs", line("startEvent start", service("one", "work"), service("two", "work"), "endEvent end"))


def lock_one(engine: EmbeddedEngine, job_type: str = "work", worker: str = "worker") -> LockedJob:
    """Lease the job that must be there."""
    (job,) = engine.lock_jobs(worker, [job_type], 1, LEASE)
    return job


def run_jobs(engine: EmbeddedEngine, job_type: str = "work", answer: Variables | None = None) -> int:
    """Complete jobs until there is none left; return how many there were."""
    done = 0
    while jobs := engine.lock_jobs("worker", [job_type], 10, LEASE):
        for job in jobs:
            engine.complete_job(job, answer)
            done += 1
    return done


def refuses(command: Callable[[], object], error: type[EngineError], why: str) -> None:
    """Give a command that must be refused, with these words."""
    with pytest.raises(error, match=why):
        command()
