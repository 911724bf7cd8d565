"""The production server in a process of its own, with few threads."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[2]
THREADS = 4
PATIENCE = 120.0
"""Long enough for a machine that does many other things."""

PROGRAM = {"Authorization": "Bearer of-a-program"}
"""Programs may have more requests waiting than people."""


@dataclass(frozen=True, slots=True)
class Running:
    """A running server."""

    process: "subprocess.Popen[bytes]"
    port: int

    def at(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path: str, **options: object) -> requests.Response:
        """Ask for a path."""
        return requests.get(self.at(path), timeout=PATIENCE, **options)  # type: ignore[arg-type]

    def put(self, *things: str) -> None:
        """Put something in the box, all at once."""
        assert requests.post(self.at("/put"), json=things, timeout=PATIENCE).status_code == 204

    @property
    def waiting(self) -> int:
        """How many requests are parked."""
        return self.state("waiting")

    @property
    def looks(self) -> int:
        """How often somebody looked into the box."""
        return self.state("looks")

    def state(self, name: str) -> int:
        """What the server says of itself."""
        return int(self.get("/state").json()[name])

    def until_state(self, name: str, number: int) -> None:
        """Return when the server says so of itself."""
        _until(lambda: self.state(name) == number, f"{name} to be {number}")

    def until_waiting(self, number: int) -> None:
        """Return when so many requests are parked."""
        self.until_state("waiting", number)

    def until_looked(self, number: int) -> None:
        """Return when somebody has looked into the box so often."""
        self.until_state("looks", number)


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


@pytest.fixture(scope="package")
def running() -> Iterator[Running]:
    """The server, whose box each test leaves empty."""
    with started() as running:
        yield running


@contextmanager
def started() -> Iterator[Running]:
    """Start a server, and have it end well."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    command = [sys.executable, "-m", "tests.serving.program", str(port), str(THREADS)]
    process = subprocess.Popen(command, cwd=ROOT)
    running = Running(process, port)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if running.get("/page").status_code == 200:
                break
        except requests.ConnectionError:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.05)
    try:
        yield running
    finally:
        process.terminate()
        status = process.wait(PATIENCE)
    assert status == 0
