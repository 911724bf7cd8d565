"""Connections and request bodies, kept free from clients that are silent or slow, on purpose or not.

Nothing of this takes a thread: a request gets one when all of it has arrived.
"""

import asyncio
from typing import cast

import h11
from a2wsgi.asgi_typing import HTTPScope, Receive
from uvicorn.protocols.http.h11_impl import H11Protocol

LONGEST_SECONDS = 15.0
"""How long a client may take to send a request, its head or its body, and to take each part of the answer."""

MOST_TO_DROP = 256 * 1024 * 1024
"""So many bytes of a body that is too long are read and dropped: browsers show no answer that comes before its end."""


class TooSlow(Exception):
    """The body did not arrive in time, or without end."""


class Gone(Exception):
    """The client hung up before it had sent the whole body."""


class Connection(H11Protocol):
    """Hangs up on a client that sends no whole head of a request; uvicorn itself waits for ever for its rest."""

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take bytes, and wait for more of the head if it is not whole."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the wait."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._patience is None:
            self._patience = self.loop.call_later(LONGEST_SECONDS, self.timeout_keep_alive_handler)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


async def read_body(receive: Receive, most: int) -> tuple[bytes, int]:
    """Return the body of a request and its length in bytes; of one longer than `most` nothing is kept.

    Raises `TooSlow` or `Gone`.
    """
    kept, length = bytearray(), 0
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            more = True
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    raise Gone
                part = message.get("body", b"")
                length += len(part)
                if length > MOST_TO_DROP:
                    raise TooSlow
                if length > most:
                    kept.clear()
                else:
                    kept += part
                more = message.get("more_body", False)
    except TimeoutError as error:
        raise TooSlow from error
    return bytes(kept), length


def with_length(scope: HTTPScope, length: int) -> HTTPScope:
    """Return `scope` with the length of the body that was read, whichever way it was sent.

    Headers with an underscore in their name are left out: to WSGI they would be the same as those with a hyphen, so
    that anybody could forge what a proxy says.
    """
    sent = {name for name, _ in scope["headers"]}
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if b"_" not in name and name not in (b"content-length", b"transfer-encoding")
    ]
    if length or b"content-length" in sent or b"transfer-encoding" in sent:
        headers.append((b"content-length", str(length).encode()))
    return cast(HTTPScope, {**scope, "headers": headers})
