"""Long answers: made as they are taken, and ended whatever becomes of their client."""

import socket
from contextlib import ExitStack

import pytest
import requests

from tests.serving.conftest import THREADS, Running
from tests.serving.program import LONG_PARTS, PART_BYTES


def test_a_long_answer_arrives_whole_and_is_closed(running: Running) -> None:
    closed = running.state("closed")
    assert running.get("/long").content == bytes(LONG_PARTS * PART_BYTES)
    running.until_state("closed", closed + 1)


def test_clients_that_read_nothing_hold_no_thread_and_are_let_go(running: Running) -> None:
    clients = 2 * THREADS
    closed, parts = running.state("closed"), running.state("parts")
    with ExitStack() as stack:
        for _ in range(clients):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", running.port)))
            connection.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
        assert running.get("/page").text == "a page"
        assert running.state("parts") - parts < clients * LONG_PARTS / 2, "answers were made that nobody took"
    running.until_state("closed", closed + clients)


def test_an_answer_that_fails_in_the_middle_is_cut_off(running: Running) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        running.get("/broken")
    assert running.get("/page").text == "a page"
