"""A broker that is killed while it works loses nothing, and has nothing done twice."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers.broker import running_broker
from tests.servers.programs import ServerMissingError
from tests.zeebe import drawing, handlers
from tests.zeebe.conftest import eventually, prepared, working
from workflows.engine import InstanceQuery, InstanceState
from workflows.errors import Unavailable
from workflows.routing import RoutedEngine
from workflows.scripts import ScriptRunner

INSTANCES = 300
_LIMIT = 10 * INSTANCES
_COMPLETED = InstanceQuery(states=(InstanceState.COMPLETED,), limit=_LIMIT)


def start(engine: RoutedEngine) -> str:
    """Start an instance, again and again while the broker is away; one whose answer was lost runs too."""
    while True:
        try:
            return engine.start("order").id
        except Unavailable:
            time.sleep(0.1)


def test_a_broker_killed_during_300_instances(tmp_path: Path, sqlite_url: str, scripts: ScriptRunner) -> None:
    with ExitStack() as stack:
        try:
            broker = stack.enter_context(running_broker(tmp_path, batch=100))
        except ServerMissingError as missing:
            pytest.skip(str(missing))
        database = stack.enter_context(prepared(sqlite_url))
        engine = stack.enter_context(broker.engine(database.engine, scripts))
        engine.deploy([drawing.two_jobs()])
        stack.enter_context(working(engine, broker.gateway, database, scripts))
        with ThreadPoolExecutor(4) as threads:
            starting = [threads.submit(start, engine) for _ in range(INSTANCES)]
            eventually(lambda: len(handlers.effects(database.engine)) > INSTANCES / 4)
            broker.server.crash()
            started = {each.result() for each in starting}
        assert len(started) == INSTANCES
        eventually(lambda: started <= {instance.id for instance in engine.instances(_COMPLETED)})
        eventually(lambda: len(engine.instances(_COMPLETED)) == len(engine.instances(InstanceQuery(limit=_LIMIT))))
        done = handlers.effects(database.engine)
        assert max(Counter(key for key, _, _ in done).values()) == 1
        completed = {instance.id for instance in engine.instances(_COMPLETED)}
        assert Counter(instance for _, instance, _ in done) == dict.fromkeys(completed, 2)
