"""gunicorn's threaded worker, kept free from clients that are silent or slow, on purpose or not."""

import contextlib
import socket
import time
from functools import partial
from selectors import EVENT_READ

from gunicorn.workers.gthread import TConn, ThreadWorker

LONGEST_SECONDS = 15.0
"""How long a client may take to send a request and to be answered; then nothing more is read from it."""


class GuardedWorker(ThreadWorker):  # type: ignore[misc] # gunicorn carries no types
    """Gives a connection a thread once it has sent something, and hangs up on who takes too long to send the rest.

    Otherwise as many connections as there are threads, each with half a request, would stop the service for
    everybody, for as long as they like.
    """

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self._begun: dict[TConn, float] = {}

    def enqueue_req(self, conn: TConn) -> None:
        """Hand a connection to a thread, or wait for its first bytes without one."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: TConn) -> object:
        """Read and answer a request, in a thread."""
        self._begun[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            del self._begun[conn]

    def notify(self) -> None:
        """Tell the arbiter that this worker lives, as the loop does every second; a good time to look at the clock."""
        super().notify()
        too_early = time.monotonic() - LONGEST_SECONDS
        for conn, begun in list(self._begun.items()):
            if begun < too_early:
                with contextlib.suppress(OSError):  # it is closed already
                    conn.sock.shutdown(socket.SHUT_RD)
