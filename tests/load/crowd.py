"""Many clients at once, in several processes, and what they are told; then a look at whether it is so.

A client starts instances of `visit`, and completes the forms of any instance, also of those that others are just
completing. Each completion adds one to a counter of the instance, by a script, so that a lost update shows in the sum.
"""

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sqlalchemy import Engine as Database
from sqlalchemy import func, select

from workflows.embedded import EmbeddedEngine, open_engine
from workflows.embedded.schema import upgrade
from workflows.embedded.tables import activity, instance, user_task
from workflows.engine import InstanceQuery, InstanceState, Resource, TaskQuery
from workflows.errors import Conflict, NotFound

_ROOT = Path(__file__).parents[2]
_VISIT = Path(__file__).with_name("visit.bpmn")
_CONNECTIONS = 16
_PATIENCE_SECONDS = 300.0
"""How long a client waits for one of them, on however busy a machine."""

_LONGEST_THOUGHT_SECONDS = 2.0

FORMS = 3
"""How many forms an instance of `visit` has, one after the other."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many clients there are, in how many processes, and for how long."""

    url: str
    clients: int
    processes: int
    seconds: float
    seed: int = 1


@dataclass(slots=True)
class Told:
    """What clients were told: the instances that were started, the tasks that were completed, and how often what was
    refused as a conflict; errors are everything else."""

    started: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    conflicts: int = 0
    errors: list[str] = field(default_factory=list)
    longest: float = 0.0

    def add(self, other: "Told") -> None:
        """Take in what others were told."""
        self.started += other.started
        self.completed += other.completed
        self.conflicts += other.conflicts
        self.errors += other.errors
        self.longest = max(self.longest, other.longest)


def storm(crowd: Crowd) -> Told:
    """Let the crowd loose on a new database, and return what all of it was told."""
    database = open_engine(crowd.url)
    upgrade(database)
    EmbeddedEngine(database).deploy([Resource(_VISIT.name, _VISIT.read_bytes())])
    database.dispose()
    command = [sys.executable, "-m", "tests.load.crowd"]
    processes = []
    for number in range(crowd.processes):
        share = crowd.clients // crowd.processes + (number < crowd.clients % crowd.processes)
        line = json.dumps({**asdict(crowd), "clients": share, "processes": 1, "seed": crowd.seed * 1000 + number})
        process = subprocess.Popen([*command, line], cwd=_ROOT, stdout=subprocess.PIPE, text=True)
        processes.append(process)
    told = Told()
    for process in processes:
        said, _ = process.communicate()
        if process.returncode:
            told.errors.append(f"a process of clients ended with {process.returncode}")
        else:
            told.add(Told(**json.loads(said)))
    return told


def lost(url: str, told: Told) -> list[str]:
    """Return a sentence for everything in the database that is not as the clients were told."""
    database = open_engine(url)
    try:
        return [*_lost_instances(database, told), *_lost_completions(database, told), *_lost_updates(database)]
    finally:
        database.dispose()


def _lost_instances(database: Database, told: Told) -> list[str]:
    with database.connect() as connection:
        there = set(connection.scalars(select(instance.c.id)))
    twice = len(told.started) - len(set(told.started))
    found = [f"the instance {one} was started and is not there" for one in set(told.started) - there]
    found += [f"the instance {one} is there and nobody was told" for one in there - set(told.started)]
    return found + ([f"{twice} instances have the id of another"] if twice else [])


def _lost_completions(database: Database, told: Told) -> list[str]:
    ended = select(user_task.c.instance_id, user_task.c.number).where(user_task.c.outcome == "completed")
    with database.connect() as connection:
        there = Counter(f"{row.instance_id}:{row.number}" for row in connection.execute(ended))
    acknowledged = Counter(told.completed)
    found = [f"{count} clients were told that they completed {one}" for one, count in acknowledged.items() if count > 1]
    found += [f"the completion of {one} is lost" for one in acknowledged.keys() - there.keys()]
    return found + [f"{one} was completed and nobody was told" for one in there.keys() - acknowledged.keys()]


def _lost_updates(database: Database) -> list[str]:
    """The counter of an instance, and its history, have as many steps as it has completed tasks."""
    done = (
        select(user_task.c.instance_id, func.count().label("count"))
        .where(user_task.c.outcome == "completed")
        .group_by(user_task.c.instance_id)
    )
    history = (
        select(activity.c.instance_id, func.count().label("count"))
        .where(activity.c.type == "userTask", activity.c.outcome == "completed")
        .group_by(activity.c.instance_id)
    )
    with database.connect() as connection:
        completed = {row.instance_id: row.count for row in connection.execute(done)}
        recorded = {row.instance_id: row.count for row in connection.execute(history)}
        ids = list(connection.scalars(select(instance.c.id)))
    engine = EmbeddedEngine(database)
    found = []
    for one in ids:
        counted, expected = engine.variables(one)["done"], completed.get(one, 0)
        if not counted == expected == recorded.get(one, 0):
            found.append(f"{one}: {expected} forms completed, {counted} counted, {recorded.get(one, 0)} in its history")
        ended = engine.instance(one).state is InstanceState.COMPLETED
        if ended != (expected == FORMS):
            found.append(f"{one} has {expected} forms completed and is {'over' if ended else 'not over'}")
    return found


class _Client:
    """One of the crowd: looks what there is, and starts or completes something."""

    def __init__(self, engine: EmbeddedEngine, chance: random.Random) -> None:
        self._engine = engine
        self._chance = chance
        self.told = Told()

    def thought(self) -> float:
        """Return how many seconds it thinks before it does the next thing."""
        return self._chance.uniform(0, _LONGEST_THOUGHT_SECONDS)

    def act(self) -> None:
        """Do one thing; whatever goes wrong is noted."""
        begun = time.monotonic()
        try:
            if self._chance.random() < 1 / (FORMS + 1):
                self.told.started.append(self._engine.start("visit", {"done": 0}).id)
            else:
                self._complete()
        except (Conflict, NotFound):  # somebody else was faster
            self.told.conflicts += 1
        except Exception as error:  # noqa: BLE001 -- what it was is for the one who asked for the load
            self.told.errors.append(f"{type(error).__name__}: {error}")
        self.told.longest = max(self.told.longest, time.monotonic() - begun)

    def _complete(self) -> None:
        running = self._engine.instances(InstanceQuery(states=(InstanceState.ACTIVE,), limit=50))
        if not running:
            return
        tasks = self._engine.tasks(TaskQuery(instance_id=self._chance.choice(running).id))
        if tasks:
            self._engine.complete(tasks[0].id, {"note": "x"})
            self.told.completed.append(tasks[0].id)


def _be(crowd: Crowd) -> Told:
    """Be all clients of one process until the time is over."""
    database = open_engine(crowd.url, pool_size=_CONNECTIONS, patience=_PATIENCE_SECONDS)
    engine = EmbeddedEngine(database)
    end = time.monotonic() + crowd.seconds
    clients = [
        _Client(engine, random.Random(f"{crowd.seed} {number}"))  # noqa: S311 -- only varies the load
        for number in range(crowd.clients)
    ]

    def live(client: _Client) -> None:
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(client.thought(), left))
            client.act()

    threads = [threading.Thread(target=live, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    told = Told()
    for thread, client in zip(threads, clients, strict=True):
        thread.join()
        told.add(client.told)
    database.dispose()
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_be(Crowd(**json.loads(sys.argv[1]))))))
