"""`main.py` as an operator runs it: in a process for each command, or, since that takes seconds, called in this one."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import main
from app.database import Database
from workflows.embedded import EmbeddedEngine

ROOT = Path(__file__).parents[2]
BOOKING = "bpmn/dams_appointment.bpmn"
FILES = [str(path) for path in sorted((ROOT / "bpmn").iterdir()) if path.suffix != ".md"]
PROCESS_ID = "Process_ApptDams01"
_AT_A_TIME = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Installation:
    """A clinic whose files lie in `folder`."""

    folder: Path

    def environment(self, **settings: str) -> dict[str, str]:
        """Return the environment of a command: nothing of the machine's own settings."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DAMS_")}
        own = {"DATA_DIR": str(self.folder), **settings}
        return inherited | {f"DAMS_{name}": value for name, value in own.items()}

    def run(self, *commands: Sequence[str]) -> list[Outcome]:
        """Run commands side by side, each in a process, and return how they ended."""
        with ThreadPoolExecutor(_AT_A_TIME) as threads:
            return list(threads.map(self._run, commands))

    def popen(self, *arguments: str, **settings: str) -> "subprocess.Popen[bytes]":
        """Start a command that runs until it is ended; what it says goes to a file of its name."""
        with (self.folder / f"{arguments[0]}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "main.py", *arguments],
                cwd=ROOT,
                env=self.environment(**settings),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @contextmanager
    def engine(self) -> Iterator[EmbeddedEngine]:
        """Give the engine of this clinic, to look at."""
        database = Database.open(f"sqlite:///{self.folder / 'dams.db'}")
        yield EmbeddedEngine(database.engine)
        database.close()

    def _run(self, arguments: Sequence[str]) -> Outcome:
        done = subprocess.run(
            [sys.executable, "main.py", *arguments],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True, slots=True)
class SetUp:
    """An installation with demo data and its processes, and what the commands said that made it."""

    installation: Installation
    upgrades: list[Outcome]
    seed: Outcome
    deployment: Outcome


@pytest.fixture(scope="session")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> SetUp:
    """A clinic, made by its first commands, side by side."""
    installation = Installation(tmp_path_factory.mktemp("cli"))
    upgrades = installation.run(["db", "upgrade"], ["db", "upgrade"])
    seed, deployment = installation.run(["seed"], ["deploy", *FILES])
    return SetUp(installation, upgrades, seed, deployment)


@pytest.fixture(scope="session")
def installation(set_up: SetUp) -> Installation:
    """A clinic with demo data and its processes."""
    return set_up.installation


Order = Callable[..., Outcome]


@pytest.fixture
def order(installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Order:
    """Give a command to `main.main` in this process; settings are named without their prefix."""

    def call(*arguments: str, **settings: str) -> Outcome:
        with monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("DAMS_")]:
                patch.delenv(name)
            for name, value in {"DATA_DIR": str(installation.folder), **settings}.items():
                patch.setenv(f"DAMS_{name}", value)
            patch.setattr(sys, "argv", ["main.py", *arguments])
            try:
                main.main()
            except SystemExit as ended:
                status = int(ended.code or 0)
            else:
                status = 0
        said = capsys.readouterr()
        return Outcome(status, said.out, said.err)

    return call
