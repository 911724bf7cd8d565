"""Flask in a pool of threads: a request goes there once with its whole body, and comes back once with its answer.

Only an answer too long for one message comes in parts, each made when the client has taken the one before, so that a
slow client holds neither a thread nor memory.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from io import BytesIO
from threading import Lock
from typing import Any, TypeVar, cast

from a2wsgi.asgi_typing import HTTPResponseStartEvent, HTTPScope, SendEvent
from a2wsgi.wsgi import build_environ
from flask import Flask

_PART_BYTES = 256 * 1024
"""About the most of an answer that is made before it is sent."""

_R = TypeVar("_R")


class FlaskThreads:
    """The threads of one process, `threads` of them, in which it calls a Flask application."""

    def __init__(self, app: Flask, *, threads: int) -> None:
        self._app = app
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="flask")

    async def answer(self, scope: HTTPScope, body: bytes, send: Callable[[SendEvent], Any]) -> None:
        """Answer a request whose body is here, by messages of ASGI."""
        call = _Call(self._app, scope, body)
        enter = partial(copy_context().run)
        try:
            start, part = await self._run(partial(enter, call.begin))
            await send(start)
            while True:
                await send({"type": "http.response.body", "body": part, "more_body": not call.ended})
                if call.ended:
                    return
                part = await self._run(partial(enter, call.more))
        finally:
            if not call.ended:
                await self._run(call.close)

    async def _run(self, function: Callable[[], _R]) -> _R:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)


class _Call:
    """One call of the application, as WSGI has it, made from one thread after another."""

    def __init__(self, app: Flask, scope: HTTPScope, body: bytes) -> None:
        self._app = app
        # Its own reader of bodies would ask the event loop for each part; Flask reads `wsgi.input` as a file.
        self._environ: dict[str, Any] = {
            **build_environ(scope, cast(Any, None)),
            "wsgi.input": BytesIO(body),
            "wsgi.errors": sys.stderr,
        }
        self._lock = Lock()
        self._status = 500
        self._headers: list[tuple[bytes, bytes]] = []
        self._written: list[bytes] = []
        self._close: Callable[[], None] = _nothing
        self._parts: Iterator[bytes] = iter(())
        self.ended = False

    def begin(self) -> tuple[HTTPResponseStartEvent, bytes]:
        """Call the application; return how its answer starts, and the first part of it."""
        with self._lock:
            parts = self._app(self._environ, self._start)
            self._close, self._parts = getattr(parts, "close", _nothing), iter(parts)
        part = self.more()
        return {"type": "http.response.start", "status": self._status, "headers": self._headers}, part

    def more(self) -> bytes:
        """Return the next part; `ended` says whether it was the last one."""
        with self._lock:
            made, length = self._written, sum(map(len, self._written))
            self._written = []
            for part in self._parts:
                made.append(part)
                length += len(part)
                if length >= _PART_BYTES:
                    return b"".join(made)
        self.close()
        return b"".join(made)

    def close(self) -> None:
        """End the call, once whatever it does in another thread is done."""
        with self._lock:
            if not self.ended:
                self.ended = True
                self._close()

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[[bytes], object]:
        """Be told the head of the answer (PEP 3333); nothing was sent before, so a second one takes its place."""
        del exc_info
        self._status = int(status.split(" ", 1)[0])
        self._headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return self._written.append


def _nothing() -> None:
    """Do what most answers need at their end."""
