"""Many workers wait for tasks at one process of the service with four threads, while somebody opens pages.

`python -m tests.load.waiting --workers 500 --pages 300 --tasks 300` prints how long pages take without the workers,
with all of them waiting, and while they are given tasks; and that each task was taken once. It exits with 1 if one was
not.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.clinic import people, tokens
from app.clinic.models import Scope
from app.database import Database
from tests.browser.served import ROOT, Served
from tests.house import PASSWORD, write_template
from tests.load.calls import Caller
from tests.restart.conftest import Client
from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceQuery, InstanceState, Resource

ERRAND = ROOT / "tests" / "engine_rest" / "diagrams" / "errand.bpmn"
THREADS = 4
_LOCK = 3_600_000
_WAIT = 25_000
_PATIENCE_SECONDS = 120.0
_OK, _DONE = 200, 204


@dataclass(slots=True)
class Outcome:
    """How long each page took, in seconds: alone, beside waiting workers, and beside working ones; the tasks that
    were offered and taken; and what workers were told that was no answer."""

    idle: list[float] = field(default_factory=list)
    waiting: list[float] = field(default_factory=list)
    working: list[float] = field(default_factory=list)
    offered: int = 0
    taken: list[str] = field(default_factory=list)
    unfinished: int = 0
    errors: list[str] = field(default_factory=list)

    def wrong(self) -> list[str]:
        """Return a sentence for everything that is not as it must be."""
        twice = [task for task, times in Counter(self.taken).items() if times > 1]
        found = [f"{len(twice)} tasks were taken twice"] if twice else []
        found += [f"{self.unfinished} tasks are not done"] if self.unfinished else []
        return [*found, *self.errors]


async def crowd(address: str, token: str, workers: int) -> None:
    """Be the workers, until there is nobody to tell any more: each waits for a task, does it, and waits again."""
    await asyncio.gather(*(_work(Caller(address, token), f"worker-{number}") for number in range(workers)))


async def _work(caller: Caller, name: str) -> None:
    topic = {"topicName": "errand", "lockDuration": _LOCK}
    wish = {"workerId": name, "maxTasks": 1, "asyncResponseTimeout": _WAIT, "topics": [topic]}
    while True:
        status, tasks = await caller.post("/external-task/fetchAndLock", wish)
        if status != _OK:
            _tell(error=f"{name} was told {status}: {tasks}")
            await asyncio.sleep(1)
            continue
        for task in tasks:
            done, answer = await caller.post(f"/external-task/{task['id']}/complete", {"workerId": name})
            _tell(**({"taken": task["id"]} if done == _DONE else {"error": f"{name} was told {done}: {answer}"}))


def _tell(**event: str) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


@contextmanager
def _crowd(served: Served, token: str, workers: int, outcome: Outcome) -> Iterator[None]:
    """Let the workers be there, in a process of their own, so that they slow down nobody who measures."""
    command = [sys.executable, "-m", "tests.load.waiting", "--crowd", json.dumps([served.address, token, workers])]
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(command, cwd=ROOT, stdout=told)
        try:
            yield
        finally:
            process.kill()
            process.wait()
            told.seek(0)
            for line in told:
                event = json.loads(line) if line.endswith("\n") else {}
                outcome.taken += [event["taken"]] if "taken" in event else []
                outcome.errors += [event["error"]] if "error" in event else []


@contextmanager
def service(folder: Path) -> Iterator[tuple[Served, EmbeddedEngine, str]]:
    """Serve a clinic by one process; give its engine, and a token."""
    served = Served(folder, settings={"WEB_THREADS": str(THREADS)})
    write_template(folder / "dams.db", datetime.now(UTC))
    database = Database.open(f"sqlite:///{folder / 'dams.db'}")
    with database.write() as session:
        owner, scopes = people.find_username(session, username="admin").id, [Scope.RUN_PROCESSES]
        _, token = tokens.create(
            session, login_id=owner, name="crowd", scopes=scopes, lifetime=timedelta(days=1), now=datetime.now(UTC)
        )
    engine = EmbeddedEngine(database.engine)
    engine.deploy([Resource(ERRAND.name, ERRAND.read_bytes())])
    served.start()
    try:
        yield served, engine, token
    finally:
        served.stop()
        database.close()


def run(folder: Path, *, workers: int, pages: int, tasks: int) -> Outcome:
    """Open so many pages alone, beside waiting workers, and while they are given so many tasks."""
    outcome = Outcome(offered=tasks)
    with service(folder) as (served, engine, token):
        client = Client(served.address)
        client.sign_in("chidi.eze", PASSWORD)
        outcome.idle = [_page(client) for _ in range(pages)]
        with _crowd(served, token, workers, outcome):
            if not _until(lambda: sum(each.name.startswith("worker-") for each in engine.workers()) >= workers):
                outcome.errors.append("not all workers were seen")
            outcome.waiting = [_page(client) for _ in range(pages)]
            for number in range(max(pages, tasks)):
                if number < tasks:
                    engine.start("Errand", {"priority": 0})
                if number < pages:
                    outcome.working.append(_page(client))
            _until(lambda: not _running(engine))
        outcome.unfinished = _running(engine)
    return outcome


def _running(engine: EmbeddedEngine) -> int:
    return engine.count_instances(InstanceQuery(process_id="Errand", states=(InstanceState.ACTIVE,)))


def _page(client: Client) -> float:
    begun = time.perf_counter()
    client.open("/dashboard")
    return time.perf_counter() - begun


def _until(condition: Callable[[], bool]) -> bool:
    """Wait for something; say whether it came in time."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (came := condition()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return came


def _quantile(seconds: list[float], share: float) -> float:
    return sorted(seconds)[min(int(len(seconds) * share), len(seconds) - 1)]


def main() -> int:
    """Run once, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.waiting", description="Many workers wait.")
    parser.add_argument("--workers", type=int, default=500)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--tasks", type=int, default=300)
    parser.add_argument("--crowd", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.crowd:
        asyncio.run(crowd(*json.loads(arguments.crowd)))
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(Path(folder), workers=arguments.workers, pages=arguments.pages, tasks=arguments.tasks)
    lines = (
        ("alone", outcome.idle),
        (f"beside {arguments.workers} waiting workers", outcome.waiting),
        (f"while they are given {arguments.tasks} tasks", outcome.working),
    )
    alone = _quantile(outcome.idle, 0.99)
    sys.stdout.write(f"{arguments.pages} pages of one process with {THREADS} threads\n")
    for what, seconds in lines:
        half, most = (_quantile(seconds, share) for share in (0.5, 0.99))
        sys.stdout.write(f"  {what:32} p50 {half * 1e3:6.1f} ms, p99 {most * 1e3:6.1f} ms, ratio {most / alone:.2f}\n")
    sys.stdout.write(f"{len(outcome.taken)} of {outcome.offered} tasks taken, {len(outcome.wrong())} problems\n")
    for problem in outcome.wrong()[:20]:
        sys.stdout.write(f"  {problem}\n")
    return 1 if outcome.wrong() else 0


if __name__ == "__main__":
    sys.exit(main())
