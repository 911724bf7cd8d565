"""Workers in processes of their own, each by the client of its language, and what they tell."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread
from typing import Any, TypeVar

from tests.browser.served import ROOT, Served

_HERE = Path(__file__).parent
_CLERK = [sys.executable, "-m", "tests.engine_rest.clerk"]
_PATIENCE_SECONDS = 90.0
_T = TypeVar("_T")

COMMANDS = {
    "javascript": ["node", str(_HERE / "worker.mjs")],
    "python": [sys.executable, "-W", "ignore", "-m", "tests.engine_rest.worker"],
}
"""What starts a worker, by the language of its client."""


@dataclass(slots=True)
class Program:
    """A worker that runs, and what it has told so far."""

    process: "subprocess.Popen[str]"
    told: list[dict[str, Any]] = field(default_factory=list)
    _changed: Condition = field(default_factory=Condition)

    def listen(self) -> None:
        """Take down what it tells, until it ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith('{"event"'):  # the clients say more, for people
                with self._changed:
                    self.told.append(json.loads(line))
                    self._changed.notify_all()

    def heard(self, event: str) -> dict[str, Any]:
        """Wait until it tells of an event; return what it tells."""
        with self._changed:
            found = self._changed.wait_for(lambda: self._of(event), _PATIENCE_SECONDS)
            assert found, f"nothing was told of {event!r} in time, but {self.told}"
            return found[0]

    def kill(self) -> None:
        """End it at once, in the middle of what it does."""
        self.process.kill()
        self.process.wait(_PATIENCE_SECONDS)

    def _of(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self.told if each["event"] == event]


@dataclass(frozen=True, slots=True)
class Workshop:
    """A running service, and workers of one language for it."""

    served: Served
    token: str
    language: str

    @contextmanager
    def working(
        self, *topics: str, name: str = "worker", lock: int = 3_600_000, clerk: bool = False
    ) -> Iterator[Program]:
        """Run a worker for these topics, which locks tasks for so many milliseconds."""
        told = {
            "address": f"{self.served.address}/engine-rest",
            "username": "admin",
            "password": self.token,
            "token": self.token,
            "name": name,
            "topics": topics,
            "lock": lock,
            "clerk": _CLERK if clerk else None,
        }
        process = subprocess.Popen(
            [*COMMANDS[self.language], json.dumps(told)],
            cwd=ROOT,
            env=self.served.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        program = Program(process)
        listener = Thread(target=program.listen)
        listener.start()
        try:
            yield program
        finally:
            program.kill()
            listener.join()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()


def eventually(look: Callable[[], _T | None]) -> _T:
    """Look until there is something, and return it."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        if found := look():
            return found
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
