"""A Celery worker in a process of its own, which tests hold, kill and start again."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from tests.celery.worker import Setting
from tests.house import Clock
from tests.servers.processes import ServerProcess, running

PATIENCE = 180.0


def eventually(seen: Callable[[], object], wanted: object = True) -> None:
    """Wait until `seen` gives what is wanted; say what it gave if it never does."""
    deadline = time.monotonic() + PATIENCE
    while (last := seen()) != wanted:
        assert time.monotonic() < deadline, f"{last!r} instead of {wanted!r} after {PATIENCE} s"
        time.sleep(0.02)


def told(answer: TestResponse) -> Any:
    """Return the JSON of an answer."""
    return answer.get_json()


@dataclass(frozen=True, slots=True)
class Worker:
    """A running worker."""

    setting: Setting
    process: ServerProcess

    @property
    def folder(self) -> Path:
        """Where it reads and leaves what it shares with the tests."""
        return Path(self.setting.folder)

    @contextmanager
    def holding(self, task: str) -> Iterator[Callable[[], int]]:
        """Hold the next tasks of this name while the block runs; give what waits for one and returns its process id."""
        gate = self.folder / f"hold {task}"
        gate.touch()
        try:
            yield lambda: self._held(task)
        finally:
            gate.unlink(missing_ok=True)

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines of its log that are JSON."""
        found = []
        for line in (self.folder / "worker.log").read_text().splitlines():
            with suppress(json.JSONDecodeError):
                found.append(json.loads(line))
        return [line for line in found if isinstance(line, dict)]

    def _held(self, task: str) -> int:
        eventually(lambda: bool(list(self.folder.glob(f"held {task} *"))))
        (held,) = self.folder.glob(f"held {task} *")
        held.unlink()
        return int(held.name.rpartition(" ")[2])


@contextmanager
def running_worker(setting: Setting) -> Iterator[Worker]:
    """Run a worker until the end of the block."""
    setting.write()
    folder, app = Path(setting.folder), setting.app()
    command = [sys.executable, "-m", "tests.celery.worker", setting.folder]
    process = ServerProcess(command, folder / "worker.log", lambda: bool(app.control.ping(timeout=0.5)))
    with running(process):
        yield Worker(setting, process)


class SharedClock(Clock):
    """The clock of a house and of its workers."""

    def __init__(self, file: Path) -> None:
        self.file = file
        super().__init__()

    def __setattr__(self, name: str, value: datetime) -> None:
        object.__setattr__(self, name, value)
        if name == "now":
            new = self.file.with_suffix(".new")
            new.write_text(value.isoformat())
            new.replace(self.file)
