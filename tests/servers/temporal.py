"""A real Temporal server for tests, and its double that skips time."""

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.processes import ServerProcess, free_port, running
from tests.servers.programs import TEMPORAL, TEMPORAL_TEST_SERVER, installed, java_home

NAMESPACE = "default"
_QUICK = ("history.transferProcessorMaxPollRPS=1000", "history.timerProcessorMaxPollRPS=1000")
"""The defaults of a development server wait a tenth of a second for each step."""


@dataclass(frozen=True, slots=True)
class TemporalServer:
    """A running Temporal server, with the namespace `default`; `address` is what clients take."""

    address: str
    process: ServerProcess

    def crash(self, pause: float = 0.0) -> None:
        """Kill the server, wait `pause` seconds, and start it again on the same data."""
        self.process.crash(pause)


@contextmanager
def running_temporal(folder: Path, port: int | None = None, pages_port: int | None = None) -> Iterator[TemporalServer]:
    """Run a server with its data in `folder` until the end of the block; `ServerMissingError` if there is none.

    With a `pages_port` it has its web pages there.
    """
    program = installed(TEMPORAL)
    address = f"127.0.0.1:{port or free_port()}"
    host, number = address.split(":")
    command: list[str | Path] = [program, "server", "start-dev", "--ip", host, "--port", number]
    command += ["--db-filename", folder.resolve() / "temporal.db", "--log-level", "warn"]
    command += ["--ui-port", str(pages_port)] if pages_port else ["--headless"]
    for value in _QUICK:
        command += ["--dynamic-config-value", value]
    with running(ServerProcess(command, folder / "temporal.log", lambda: _answers(program, address))) as process:
        yield TemporalServer(address, process)


def time_skipping_program(folder: Path) -> Path:
    """Write to `folder` the program of the server that skips time; `ServerMissingError` if it is not installed.

    It is for `WorkflowEnvironment.start_time_skipping(test_server_existing_path=...)`.
    """
    java, jars = java_home() / "bin" / "java", installed(TEMPORAL_TEST_SERVER) / "lib" / "*"
    program = folder / "temporal-test-server"
    options = "-Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"  # it lives for one test
    main = "io.temporal.testserver.TestServer"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(str(java))} {options} -cp {shlex.quote(str(jars))} {main} "$@"\n')
    program.chmod(0o755)
    return program


def _answers(program: Path, address: str) -> bool:
    """Whether the server is there with its namespace, which it makes last."""
    asked: list[str | Path] = [
        program,
        "operator",
        "namespace",
        "describe",
        NAMESPACE,
        "--address",
        address,
        "--command-timeout",
        "5s",
    ]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0
