"""Jobs of the broker are done by the handlers of the service, whatever they do and whoever dies."""

import subprocess
import sys
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from app.database import Database
from tests.servers.broker import Broker
from tests.zeebe import drawing, handlers
from tests.zeebe.conftest import LEASE_SECONDS, ended, eventually, working
from workers.runners.zeebe import ZeebeRunner
from workflows.errors import NotFound
from workflows.routing import RoutedEngine
from workflows.scripts import ScriptRunner
from workflows.zeebe import Gateway

ROOT = Path(__file__).parents[2]
_R = TypeVar("_R")


def test_a_handlers_writes_and_its_answer_arrive(engine: RoutedEngine, database: Database, work: ZeebeRunner) -> None:
    engine.deploy([drawing.two_jobs()])
    started = engine.start("order", {"n": 1})
    ended(engine, started)
    found = handlers.effects(database.engine)
    assert [(instance, kind) for _, instance, kind in found] == [(started.id, "reserve"), (started.id, "charge")]
    keys = {kind: key for key, _, kind in found}
    assert engine.variables(started.id) == {"n": 1, **keys}


def test_an_error_goes_where_the_diagram_says(engine: RoutedEngine, work: ZeebeRunner) -> None:
    engine.deploy([drawing.job("refuse")])
    started = engine.start("refuse")
    ended(engine, started)
    assert [entry.element_id for entry in engine.history(started.id)] == ["start", "work", "caught", "refused"]
    assert engine.variables(started.id) == {"next": "2031-02-03"}


def test_asking_to_be_asked_later_costs_no_attempt(engine: RoutedEngine, work: ZeebeRunner) -> None:
    engine.deploy([drawing.job("later")])
    started = engine.start("later")
    ended(engine, started)
    assert engine.variables(started.id) == {"asked": 3, "left": 3}


def test_what_never_works_is_an_incident_with_the_reason(engine: RoutedEngine, work: ZeebeRunner) -> None:
    engine.deploy([drawing.job("fail", retries=2)])
    started = engine.start("fail")
    eventually(lambda: len(engine.incidents(started.id)) == 1)
    (incident,) = engine.incidents(started.id)
    assert (incident.element_id, incident.kind) == ("work", "job")
    assert incident.message == "RuntimeError: the printer is on fire"


def test_a_slow_job_keeps_its_lease(engine: RoutedEngine, work: ZeebeRunner) -> None:
    handlers.attempts.clear()
    engine.deploy([drawing.job("wait")])
    started = engine.start("wait")
    eventually(lambda: len(handlers.attempts) > 0)
    time.sleep(LEASE_SECONDS * 1.5)
    handlers.RELEASED.set()
    ended(engine, started)
    assert list(handlers.attempts.values()) == [1]


def test_jobs_that_wait_are_given_back_at_the_end(
    engine: RoutedEngine, zeebe_broker: Broker, database: Database, scripts: ScriptRunner
) -> None:
    handlers.attempts.clear()
    engine.deploy([drawing.job("wait")])
    with working(engine, zeebe_broker.gateway, database, scripts, threads=1):
        started = [engine.start("wait") for _ in range(3)]
        eventually(lambda: len(handlers.attempts) == 1)
    assert len(handlers.attempts) < len(started)
    handlers.RELEASED.set()
    with working(engine, zeebe_broker.gateway, database, scripts, threads=1):
        for instance in started:
            ended(engine, instance)
    assert list(handlers.attempts.values()) == [1, 1, 1]


def test_a_job_whose_answer_was_lost_has_its_effect_once(
    engine: RoutedEngine, zeebe_broker: Broker, database: Database, scripts: ScriptRunner
) -> None:
    engine.deploy([drawing.two_jobs()])
    started = engine.start("order")
    forgetful = _Forgetful(zeebe_broker.gateway)
    with working(engine, forgetful, database, scripts):
        eventually(lambda: forgetful.lost > 0)
    zeebe_broker.pass_time(timedelta(seconds=2 * LEASE_SECONDS))
    with working(engine, zeebe_broker.gateway, database, scripts):
        ended(engine, started)
    found = handlers.effects(database.engine)
    assert [kind for _, _, kind in found] == ["reserve", "charge"]
    assert engine.variables(started.id) == {kind: key for key, _, kind in found}


class _Forgetful(Gateway):
    """A gateway to which no answer of a job comes through."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.lost = 0

    def call(self, rpc: str, request: object, *, patience: float = 15.0) -> Any:
        return self._gateway.call(rpc, request, patience=patience)

    async def send(self, rpc: str, request: object, *, patience: float = 15.0) -> Any:
        if rpc == "CompleteJob":
            self.lost += 1
            raise NotFound("it was lost")
        return await self._gateway.send(rpc, request, patience=patience)

    def submit(self, work: Coroutine[Any, Any, _R]) -> "Future[_R]":
        return self._gateway.submit(work)

    @property
    def stub(self) -> Any:
        return self._gateway.stub


def test_a_worker_that_is_killed_in_the_middle_of_a_job_is_replaced(
    engine: RoutedEngine,
    zeebe_broker: Broker,
    database: Database,
    scripts: ScriptRunner,
    tmp_path: Path,
) -> None:
    engine.deploy([drawing.job("once")])
    release, url = tmp_path / "release", str(database.engine.url)
    started = engine.start("once", {"release": str(release)})
    command = [sys.executable, "-m", "tests.zeebe.worker", url, zeebe_broker.server.address, str(LEASE_SECONDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as doomed:
        assert doomed.stdout is not None
        assert doomed.stdout.readline() == b"began\n"
        doomed.kill()
    assert handlers.effects(database.engine) == []
    release.touch()
    with working(engine, zeebe_broker.gateway, database, scripts):
        zeebe_broker.pass_time(timedelta(seconds=2 * LEASE_SECONDS))
        ended(engine, started)
    assert [(instance, kind) for _, instance, kind in handlers.effects(database.engine)] == [(started.id, "once")]
