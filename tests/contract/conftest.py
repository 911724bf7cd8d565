"""The engines under contract, each a column, and the two dialects in which each runs every diagram."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from workflows.embedded import EmbeddedEngine, LockedJob, open_engine
from workflows.embedded.schema import upgrade
from workflows.engine import Engine
from workflows.errors import BpmnError
from workflows.scripts import ScriptRunner

from .subject import Handler, Scenario, Subject

_LEASE = timedelta(seconds=30)


class EmbeddedSubject:
    """The embedded engine with a clock that tests move."""

    def __init__(self, url: str, scripts: ScriptRunner) -> None:
        self.database = open_engine(url)
        upgrade(self.database)
        self._now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self._embedded = EmbeddedEngine(self.database, clock=lambda: self._now, scripts=scripts)
        self.engine: Engine = self._embedded

    def run_jobs(self, handlers: Mapping[str, Handler]) -> None:
        while jobs := self._embedded.lock_jobs("contract", handlers.keys(), 10, _LEASE):
            for job in jobs:
                self._run(job, handlers[job.type])

    def pass_time(self, span: timedelta) -> None:
        self._now += span
        self._embedded.background.run_once()

    def _run(self, job: LockedJob, handler: Handler) -> None:
        try:
            answer = handler(job.variables)
        except BpmnError as error:
            self._embedded.throw_error(job, error.code, error.message)
        except Exception as error:  # noqa: BLE001 -- whatever a handler raises is a failed attempt
            self._embedded.fail_job(job, str(error), pause=timedelta(0))
        else:
            self._embedded.complete_job(job, answer)


@contextmanager
def embedded(url: str) -> Iterator[Subject]:
    """The embedded engine on a new database."""
    with ScriptRunner(processes=1) as scripts:
        subject = EmbeddedSubject(url, scripts)
        yield subject
        subject.database.dispose()


@pytest.fixture(params=["embedded-sqlite", "embedded-postgresql"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """Each engine in turn, fresh."""
    database = "sqlite_url" if request.param == "embedded-sqlite" else "postgres_url"
    with embedded(request.getfixturevalue(database)) as found:
        yield found


@pytest.fixture(params=["camunda7", "camunda8"])
def scenario(subject: Subject, request: pytest.FixtureRequest) -> Scenario:
    """The engine under test with the diagrams of one dialect."""
    return Scenario(subject, request.param)
