"""`serve` and `worker` side by side: pages wait for workers, nobody holds the service up, both end when asked."""

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from select import select

import pytest

from tests.cli.conftest import Installation
from tests.restart.conftest import Client, Page
from tests.servers.processes import free_port

THREADS = 4
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Pages:
    """The service that shows pages and runs no jobs."""

    process: "subprocess.Popen[bytes]"
    port: int

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def pages(installation: Installation) -> Iterator[Pages]:
    """`serve --no-workers`, ready."""
    port = free_port()
    process = installation.popen("serve", "--no-workers", PORT=str(port), WEB_THREADS=str(THREADS))
    log = installation.folder / "serve.log"
    _wait_until(lambda: b"answers at" in log.read_bytes() and _health(port) == 200)
    try:
        yield Pages(process, port)
    finally:
        process.terminate()
        status = process.wait(_PATIENCE)
    assert status == 0


@pytest.fixture(scope="module", autouse=True)
def slow_clients(pages: Pages) -> Iterator[list[socket.socket]]:
    """Two clients that hold threads with half a request, while the other tests go on."""
    halves = (b"GET /healthz HTTP/1.1\r\nHo", b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n")
    with ExitStack() as open_ones:
        connections = [open_ones.enter_context(socket.create_connection(("127.0.0.1", pages.port))) for _ in halves]
        for connection, half in zip(connections, halves, strict=True):
            connection.sendall(half)
        yield connections


def test_a_booking_waits_for_workers_and_goes_on_with_them(installation: Installation, pages: Pages) -> None:
    client = Client(pages.address)
    client.sign_in("chidi.eze", (installation.folder / "demo_password").read_text())
    page = client.begin()
    assert page.heading == "Working on it"
    worker = installation.popen("worker", "--transport", "embedded")
    try:
        for _ in range(4):
            page = client.fill(_arrived(client, page))
        page = _arrived(client, page)
        assert page.heading == "The appointment is booked"
    finally:
        worker.terminate()
        status = worker.wait(_PATIENCE)
    assert status == 0
    assert (installation.folder / "worker.log").read_text().startswith("Working on embedded jobs: ")


def test_connections_that_send_nothing_take_no_threads(pages: Pages) -> None:
    with ExitStack() as open_ones:
        address = ("127.0.0.1", pages.port)
        silent = [open_ones.enter_context(socket.create_connection(address)) for _ in range(10 * THREADS)]
        assert _health(pages.port) == 200
        assert select(silent, [], [], 0)[0] == [], "somebody had to be hung up on first"


def test_an_upload_that_is_too_large_is_answered_when_it_was_sent(pages: Pages) -> None:
    connection = HTTPConnection("127.0.0.1", pages.port, timeout=_PATIENCE)
    connection.request("POST", "/login", b"x" * 20_000_000)
    answer = connection.getresponse()
    assert answer.status == 413
    assert b"at most 5 MB at a time" in answer.read()
    connection.close()


def test_a_client_that_never_sends_the_rest_is_hung_up_on(slow_clients: list[socket.socket]) -> None:
    for connection in slow_clients:
        connection.settimeout(_PATIENCE)
        assert b"200 OK" not in connection.recv(100)


def _arrived(client: Client, page: Page) -> Page:
    """Return the page that follows once workers have done their part."""
    deadline = time.monotonic() + _PATIENCE
    while page.heading == "Working on it" and time.monotonic() < deadline:
        time.sleep(0.1)
        page = client.open(page.address)
    return page


def _health(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=_PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.URLError:
        return 0


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
