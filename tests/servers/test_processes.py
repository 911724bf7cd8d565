"""A server's process ends with its block, and tells what it printed when it does not start."""

import socket
import time
from pathlib import Path

import pytest

from tests.servers.processes import ServerProcess, free_port, running


def is_alive(process: int) -> bool:
    """Whether a process runs; one that has ended may be listed until it is tidied up."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_port_is_given_once_and_is_free() -> None:
    ports = [free_port() for _ in range(100)]
    assert len(set(ports)) == 100
    with socket.create_server(("127.0.0.1", ports[0])):
        pass


def test_a_server_ends_with_its_block_and_all_that_it_started(tmp_path: Path) -> None:
    child = tmp_path / "child"
    script = f"sleep 1000 & echo $! > {child}.new; mv {child}.new {child}; wait"
    with running(ServerProcess(["sh", "-c", script], tmp_path / "log", child.exists)):
        number = int(child.read_text())
        assert is_alive(number)
    deadline = time.monotonic() + 60
    while is_alive(number):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_server_that_does_not_start_tells_why(tmp_path: Path) -> None:
    server = ServerProcess(["sh", "-c", "echo the disc is full; exit 1"], tmp_path / "log", lambda: False)
    with pytest.raises(RuntimeError, match="the disc is full"), running(server):
        pass
