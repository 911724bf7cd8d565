"""Killing processes at random moments, and looking at what they leave."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine as Database

from tests.crash.at_end import violations_at_end
from tests.crash.at_rest import Rest, violations_at_rest
from tests.crash.handlers import effect
from tests.crash.journal import Story, read_lines
from tests.crash.victim import LEASE_SECONDS, Life
from workflows.embedded import open_engine

_ROOT = Path(__file__).parents[2]
_FREEZE_EVERY = 25
"""Kills between two moments at which a process is stopped for longer than its leases."""

_AT_WORK = 0.8
"""How many of the kills meet a process that works; the others may meet one that is about to start."""

_BEGIN_SECONDS, _WORK_SECONDS = 30, 5
"""How long a process may take to begin to work, and to do what it shall have done before it is killed."""

_PROGRESS = ("start", "complete", "attempt")
_LOOK_EVERY = 5
"""Kills between two moments at which all processes are dead and the database is looked at."""


class Nursery:
    """The process that bears the victims, as seen from here."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def start(self, life: Life) -> int:
        """Start a victim; return its pid."""
        return self._ask(f"start {life.dumps()}")

    def kill(self, pid: int) -> int:
        """Kill a victim with SIGKILL; return its exit status: -9, unless it had ended by itself."""
        return self._ask(f"kill {pid}")

    def wait(self, pid: int) -> int:
        """Wait for a victim that ends by itself; return its exit status."""
        return self._ask(f"wait {pid}")

    def _ask(self, line: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def nursery() -> Iterator[Nursery]:
    """Run a nursery, without children at the end."""
    program = [sys.executable, "-m", "tests.crash.victim"]
    with subprocess.Popen(program, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Nursery(process)


@dataclass(slots=True)
class Storm:
    """A database under load whose users die. `width` processes live at the same time.

    With `server_dies`, the engine may report errors: it can't reach its database now and then.
    """

    url: str
    folder: Path
    seed: int
    width: int = 1
    server_dies: bool = False
    kills: int = 0
    freezes: int = 0
    restarts: int = 0
    violations: list[str] = field(default_factory=list)
    _rest: Rest = field(default_factory=Rest)
    _lives: int = 0

    @property
    def journal(self) -> Path:
        """Where the victims write."""
        return self.folder / f"journal-{self.seed}.jsonl"

    def rage(self, kills: int, restart_server: Callable[[], None] | None = None, restarts: int = 0) -> Story:
        """Kill processes this often, and the server under them; let one more life finish everything; look."""
        chance = random.Random(self.seed)  # noqa: S311 -- only spreads the kills
        database = open_engine(self.url)
        effect.metadata.create_all(database)
        with nursery() as mother:
            if restart_server is not None:
                self._strike_server(mother, chance, restart_server, restarts)
            self._strike(mother, chance, kills, database)
            self._look(database)
            status = mother.wait(mother.start(Life(self.url, str(self.journal), self.seed, finishing=True)))
        story = Story.read(self.journal)
        with database.connect() as connection:
            self.violations += violations_at_end(connection, story)
        database.dispose()
        if status:
            self.violations.append(f"the last life ended with {status}")
        self.violations += story.deaths
        self.violations += [error for error in story.errors if not (self.server_dies and _is_lost_database(error))]
        return story

    def summary(self, story: Story) -> str:
        """Return what happened, in a line."""
        attempts = sum(map(len, story.attempts.values()))
        return (
            f"seed {self.seed}: {self.kills} kills, {self.freezes} freezes, {self.restarts} server crashes; "
            f"{len(story.acknowledged)} of {len(story.intended)} commands acknowledged, "
            f"{attempts} attempts of {len(story.attempts)} jobs; {self._rest.looks} looks at rest, "
            f"{len(story.errors)} errors reported and survived, {len(self.violations)} violations"
        )

    def _strike(self, mother: Nursery, chance: random.Random, kills: int, database: Database) -> None:
        alive: list[int] = []
        while self.kills < kills:
            while len(alive) < self.width:
                alive.append(self._start(mother))
            if chance.random() < _AT_WORK:
                self._await_work(chance.choice((500, 5_000, 15_000)) * chance.random())
            time.sleep(0.1 * chance.random())
            if self.width > 1 and self.kills % _FREEZE_EVERY == 1:
                self._freeze(chance.choice(alive))
            self._kill(mother, alive.pop(chance.randrange(len(alive))))
            if self.width == 1 or self.kills % _LOOK_EVERY == 0:
                while alive:
                    self._kill(mother, alive.pop())
                self._look(database)
        for pid in alive:
            self._kill(mother, pid)

    def _strike_server(
        self, mother: Nursery, chance: random.Random, restart: Callable[[], None], restarts: int
    ) -> None:
        """Let the server die under processes that live on, and see all of each of them go on by itself."""
        alive = [self._start(mother) for _ in range(self.width)]
        for _ in range(restarts):
            self._await_progress(alive)
            time.sleep(chance.random())
            restart()
            self.restarts += 1
            self._await_progress(alive)
        for pid in alive:
            self._kill(mother, pid)

    def _await_progress(self, alive: list[int]) -> None:
        before = self._progress()
        deadline = time.monotonic() + 120
        while missing := [
            (pid, what) for pid in alive for what in _PROGRESS if self._progress()[pid, what] == before[pid, what]
        ]:
            if time.monotonic() > deadline:
                self.violations.append(f"these did not go on while the server was there: {missing}")
                return
            time.sleep(0.1)

    def _await_work(self, characters: float) -> None:
        """Wait until the victims have begun, and done so much that they have written this much about it."""
        before = self._written()
        for more, patience in ((0.0, _BEGIN_SECONDS), (characters, _WORK_SECONDS)):
            deadline = time.monotonic() + patience
            while self._written() <= before + more and time.monotonic() < deadline:
                time.sleep(0.005)

    def _written(self) -> int:
        return self.journal.stat().st_size if self.journal.exists() else 0

    def _progress(self) -> "Counter[tuple[int, str]]":
        """How often each process has done each of what a process does."""
        return Counter(
            (facts["pid"], facts["command"] if facts["event"] == "acknowledged" else facts["event"])
            for facts in read_lines(self.journal)
        )

    def _start(self, mother: Nursery) -> int:
        self._lives += 1
        return mother.start(Life(self.url, str(self.journal), self.seed * 1000 + self._lives))

    def _kill(self, mother: Nursery, pid: int) -> None:
        self.kills += 1
        status = mother.kill(pid)
        if status != -signal.SIGKILL:
            self.violations.append(f"before kill {self.kills} the victim had ended by itself, with {status}")

    def _freeze(self, pid: int) -> None:
        """Let a process sleep while its leases run out and others take its jobs, and wake it: it is refused."""
        os.kill(pid, signal.SIGSTOP)
        time.sleep(LEASE_SECONDS + 0.5)
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.3)
        self.freezes += 1

    def _look(self, database: Database) -> None:
        with database.connect() as connection:
            found = violations_at_rest(connection, self._rest)
        self.violations += [f"after {self.kills} kills: {violation}" for violation in found]


def _is_lost_database(error: str) -> bool:
    return any(name in error for name in ("Unavailable", "OperationalError", "InterfaceError"))


def memory() -> Path | None:
    """The system's folder in memory, if it has one: kills, unlike losses of power, spare what is there."""
    shared = Path("/dev/shm")  # noqa: S108 -- only the parent of folders with random names
    return shared if shared.is_dir() else None
