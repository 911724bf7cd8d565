"""The engines under contract, each a column, and the two dialects in which each runs every diagram."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import pytest

from workflows.embedded import EmbeddedEngine, LockedJob, open_engine
from workflows.embedded.schema import upgrade
from workflows.engine import Engine
from workflows.errors import BpmnError, InvalidDiagram, NotSupported
from workflows.scripts import ScriptRunner
from workflows.testing import Clock, InMemoryEngine

from .features import NOT_SUPPORTED
from .subject import Handler, Scenario, Subject
from .temporal import DAYS_PASS, skipping_temporal, temporal
from .zeebe import zeebe

_LEASE = timedelta(seconds=30)


class EmbeddedSubject:
    """The embedded engine, and the clock that it follows."""

    def __init__(self, engine: EmbeddedEngine, clock: Clock) -> None:
        self._embedded = engine
        self._clock = clock
        self.engine: Engine = engine

    def run_jobs(self, handlers: Mapping[str, Handler]) -> None:
        while jobs := self._embedded.lock_jobs("contract", handlers.keys(), 10, _LEASE):
            for job in jobs:
                self._run(job, handlers[job.type])

    def pass_time(self, span: timedelta) -> None:
        self._clock.advance(span)
        self._embedded.background.run_once()

    def _run(self, job: LockedJob, handler: Handler) -> None:
        try:
            answer = handler(job.variables)
        except BpmnError as error:
            self._embedded.throw_error(job, error.code, error.message, error.variables)
        except Exception as error:  # noqa: BLE001 -- whatever a handler raises is a failed attempt
            self._embedded.fail_job(job, str(error), pause=timedelta(0))
        else:
            self._embedded.complete_job(job, answer)


@contextmanager
def embedded(url: str, core: str) -> Iterator[Subject]:
    """The embedded engine on a new database, with a core that steps every process."""
    with ScriptRunner(processes=1) as scripts:
        database, clock = open_engine(url), Clock()
        upgrade(database)
        yield EmbeddedSubject(EmbeddedEngine(database, clock=clock, scripts=scripts, cores={"*": core}), clock)
        database.dispose()


@contextmanager
def in_memory() -> Iterator[Subject]:
    """The double of the port for users' own tests."""
    with InMemoryEngine() as engine:
        yield EmbeddedSubject(engine, engine.clock)


@pytest.fixture(
    params=["embedded-sqlite", "embedded-postgresql", "embedded-spiffworkflow", "in-memory", "zeebe", "temporal"]
)
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """Each engine in turn, fresh."""
    if request.param == "in-memory":
        with in_memory() as found:
            yield found
        return
    if request.param == "zeebe":
        with zeebe(request.getfixturevalue("sqlite_url"), request.getfixturevalue("zeebe_broker")) as found:
            yield found
        return
    if request.param == "temporal":
        url = request.getfixturevalue("sqlite_url")
        if request.node.originalname in DAYS_PASS:
            made = skipping_temporal(url, request.getfixturevalue("time_skipping_temporal"))
        else:
            made = temporal(url, request.getfixturevalue("temporal_server").address)
        with made as found:
            yield found
        return
    database = "postgres_url" if request.param == "embedded-postgresql" else "sqlite_url"
    core = "spiff" if request.param == "embedded-spiffworkflow" else "dams"
    with embedded(request.getfixturevalue(database), core) as found:
        yield found


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Expect the refusal of what an engine is listed not to support."""
    engine = getattr(pyfuncitem, "callspec", None) and pyfuncitem.callspec.params.get("subject")
    if pyfuncitem.originalname not in NOT_SUPPORTED.get(str(engine), ()):
        return (yield)
    with pytest.raises((NotSupported, InvalidDiagram), match=str(engine).capitalize()):
        yield
    return True


@pytest.fixture(params=["camunda7", "camunda8"])
def scenario(subject: Subject, request: pytest.FixtureRequest) -> Scenario:
    """The engine under test with the diagrams of one dialect."""
    return Scenario(subject, request.param)
