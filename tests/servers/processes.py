"""A server as a process of its own, which may be killed and started again on the same data."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

START_SECONDS = 120.0
_PORTS = range(20_000, 32_000)  # below those that the system gives to outgoing connections
_ports = iter(random.sample(_PORTS, len(_PORTS)))


def free_port() -> int:
    """Return a port of the loopback interface at which nobody listens, another one each time.

    No connection is given it by chance, so a server that was killed finds it free again.
    """
    for port in _ports:
        if is_free(port):
            return port
    raise OSError(f"no port is free between {_PORTS.start} and {_PORTS.stop}")


def is_free(port: int) -> bool:
    """Whether nobody listens at a port of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that have ended are no matter
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass(slots=True)
class ServerProcess:
    """A server's process and all that it starts; what it prints is added to `log`.

    `answers` says whether the server is ready; it returns False, or raises `OSError`, while it is not, for at most
    `patience` seconds.
    """

    command: Sequence[str | Path]
    log: Path
    answers: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    patience: float = START_SECONDS
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def id(self) -> int:
        """The id of the running process, and of its group."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and return when it answers; raise `RuntimeError` with its log if it ends or stays silent."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(OSError):
                if self.answers():
                    return
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"{self.command[0]} did not start:\n{self.log.read_text(errors='replace')[-10_000:]}")

    def kill(self) -> None:
        """End it with all that it has started, without a chance to tidy up."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def crash(self, pause: float = 0.0) -> None:
        """Kill it, wait `pause` seconds, and start it again on what it left behind."""
        self.kill()
        time.sleep(pause)
        self.start()


@contextmanager
def running(server: ServerProcess) -> Iterator[ServerProcess]:
    """Run a server until the end of the block, whatever happens in it."""
    try:
        server.start()
        yield server
    finally:
        server.kill()
