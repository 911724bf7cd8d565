"""Instances over HTTP, each started, fetched and completed by clients of Camunda's REST:
`python -m tests.bench.bench_external`.

The baseline is the same work without HTTP: one thread that calls the engine on the same kind of database.
"""

import asyncio
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from tests.bench.laboratory import opened, say
from tests.load.calls import Caller
from tests.load.waiting import ERRAND, service
from workflows.embedded import EmbeddedEngine
from workflows.embedded.schema import upgrade
from workflows.engine import Resource
from workflows.external_tasks import Topic

_INSTANCES = 240
_CLIENTS = {"one client": 1, "eight clients": 8}
_LOCK_SECONDS = 60
_START = "/process-definition/key/Errand/start"
_TOPIC = {"topicName": "errand", "lockDuration": _LOCK_SECONDS * 1000}
_VARIABLES = {"priority": {"value": 0, "type": "Integer"}}


async def _client(address: str, token: str, name: str, count: int) -> None:
    """Start an instance, take a task, complete it; so many times."""
    caller = Caller(address, token)
    wish = {"workerId": name, "maxTasks": 1, "asyncResponseTimeout": 10_000, "topics": [_TOPIC]}
    for _ in range(count):
        status, answer = await caller.post(_START, {"variables": _VARIABLES})
        assert status == 200, answer
        tasks: list[dict[str, str]] = []
        while not tasks:
            status, tasks = await caller.post("/external-task/fetchAndLock", wish)
            assert status == 200, tasks
        status, answer = await caller.post(f"/external-task/{tasks[0]['id']}/complete", {"workerId": name})
        assert status == 204, answer
    caller.close()


async def _clients(address: str, token: str, clients: int) -> float:
    begun = time.perf_counter()
    shares = (_client(address, token, f"bench-{clients}-{number}", _INSTANCES // clients) for number in range(clients))
    await asyncio.gather(*shares)
    return _INSTANCES / (time.perf_counter() - begun)


def _without_http(url: str) -> float:
    with opened(url) as database:
        upgrade(database)
        engine = EmbeddedEngine(database)
        engine.deploy([Resource(ERRAND.name, ERRAND.read_bytes())])
        begun = time.perf_counter()
        for _ in range(_INSTANCES):
            engine.start("Errand", {"priority": 0})
            (task,) = engine.fetch_and_lock("bench", [Topic("errand", timedelta(seconds=_LOCK_SECONDS))], 1)
            engine.complete_external(task.id, "bench")
        return _INSTANCES / (time.perf_counter() - begun)


def main() -> None:
    """Print the lines of this bench."""
    with tempfile.TemporaryDirectory() as folder:
        baseline = _without_http(f"sqlite:///{folder}/bench.db")
        say("external", "without HTTP, one thread", f"{baseline:6.0f} instances/s")
        with service(Path(folder)) as (served, _, token):
            for named, clients in _CLIENTS.items():
                rate = asyncio.run(_clients(served.address, token, clients))
                shown = f"{rate:6.0f} instances/s, {rate / baseline:.2f} of that"
                say("external", f"start + fetchAndLock + complete over HTTP, {named}", shown)


if __name__ == "__main__":
    main()
