"""The application as an ASGI server calls it: Flask in a pool of threads, and requests that wait in none of them."""

import asyncio
from asyncio import Task
from typing import cast

from a2wsgi.asgi_typing import HTTPScope, Receive, Scope, Send, SendEvent
from flask import Flask

from app.web.application import MOST_BYTES
from app.web.connections import LONGEST_SECONDS, Gone, TooSlow, read_body, with_length
from app.web.flask_threads import FlaskThreads
from app.web.parking import VISIT, Places, Visit
from app.web.turns import Place, Turn, Turns
from app.web.watching import Watch

_PING_SECONDS = 15.0
"""How often something is sent on a silent stream, so that proxies keep it and one without a client is noticed."""

_NOT_OF_STREAMS = (b"content-length", b"set-cookie")
"""An open page is no sign that somebody uses it: its stream does not prolong the session."""

_MOST_HELD = 64 * MOST_BYTES
"""How many bytes of bodies may be held at a time, in all requests together."""


class Serving:
    """The ASGI application of one process: it reads bodies, lends `threads` threads to Flask, and parks requests.

    `watch` says what rings; it is told who waits for what.
    """

    def __init__(self, app: Flask, watch: Watch, *, threads: int) -> None:
        self._flask = FlaskThreads(app, threads=threads)
        self._watch = watch
        self._places = Places()
        self._at_once = max(1, threads // 4)
        self._held = 0
        self._turns: Turns | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            raise NotImplementedError(f"There is nothing here for {scope['type']}.")
        try:
            body, length = await read_body(receive, MOST_BYTES)
        except Gone:
            return
        except TooSlow:
            await _say(send, 408, "The request did not arrive in time.")
            return
        if self._held + len(body) > _MOST_HELD:
            await _say(send, 503, "Too much is being sent to this service. Try again soon.")
            return
        self._held += len(body)
        try:
            await self._answer(with_length(scope, length), body, receive, send)
        finally:
            self._held -= len(body)

    @property
    def waiting(self) -> int:
        """How many requests are parked."""
        return self._turns.waiting if self._turns is not None else 0

    def end(self) -> None:
        """Answer all that waits, because the service ends."""
        if self._turns is not None:
            self._turns.end()

    @property
    def _queue(self) -> Turns:
        if self._turns is None:
            self._turns = Turns(self._at_once)
            self._watch.start(self._turns.ring)
        return self._turns

    async def _answer(self, scope: HTTPScope, body: bytes, receive: Receive, send: Send) -> None:
        visit = Visit(self._places)
        answering = _Answering(self._flask, cast(HTTPScope, {**scope, VISIT: visit}), body, visit, send)
        since = self._queue.now
        try:
            await answering.look()
            if visit.wish is not None:
                await self._wait(answering, since, receive)
        finally:
            visit.leave()

    async def _wait(self, answering: "_Answering", since: int, receive: Receive) -> None:
        wish = answering.visit.wish
        assert wish is not None  # noqa: S101 -- for who reads types
        gone = asyncio.create_task(_hung_up(receive))
        place = self._queue.park(wish, since)
        gone.add_done_callback(lambda _: place.call(Turn.GONE))
        self._watch.waits_for(place, wish.topics)
        try:
            await _take_turns(answering, place, gone)
        finally:
            self._watch.forget(place)
            place.leave()
            gone.cancel()


async def _take_turns(answering: "_Answering", place: Place, gone: "Task[None]") -> None:
    """Look whenever it is this request's turn, until it is answered, its time is over, or its client gone."""
    while True:
        turn = await place.turn(_PING_SECONDS)
        if turn is None:
            await answering.ping()
        elif turn is Turn.LOOK and not gone.done():
            if await answering.look():
                return
            place.found_nothing()
            if gone.done():
                return
        else:
            if turn is Turn.OVER:
                await answering.end()
            return


class _Answering:
    """One request and what is sent for it: an answer that is held back while the request waits, or a stream."""

    def __init__(self, flask: FlaskThreads, scope: HTTPScope, body: bytes, visit: Visit, send: Send) -> None:
        self._flask = flask
        self._scope = scope
        self._body = body
        self._send = send
        self._held: list[SendEvent] = []
        self._begun = False
        self.visit = visit

    async def look(self) -> bool:
        """Call the view; return whether the request is answered."""
        self.visit.wish = None
        self._held = []
        await self._flask.answer(self._scope, self._body, self._relay)
        answered = not self.visit.waits
        if answered and self._begun:
            await self._close_stream()
        return answered

    async def end(self) -> None:
        """Send what was held back."""
        if self._begun:
            await self._close_stream()
        for message in self._held:
            await _send(self._send, message)

    async def ping(self) -> None:
        """Send something on a stream that means nothing."""
        if self._begun:
            await _send(self._send, {"type": "http.response.body", "body": b": \n\n", "more_body": True})

    async def _relay(self, message: SendEvent) -> None:
        """Pass on what the view answers, unless it waits; of a stream that goes on, the events."""
        visit = self.visit
        if visit.wish is None:
            if not self._begun:
                await _send(self._send, message)
        elif not visit.streams:
            self._held.append(message)
        elif message["type"] == "http.response.start":
            if not self._begun:
                self._begun = True
                headers = [(name, value) for name, value in message.get("headers", ()) if name not in _NOT_OF_STREAMS]
                start: SendEvent = {"type": "http.response.start", "status": message["status"], "headers": headers}
                await _send(self._send, start)
        elif message["type"] == "http.response.body" and message["body"]:
            await _send(self._send, {"type": "http.response.body", "body": message["body"], "more_body": True})

    async def _close_stream(self) -> None:
        await _send(self._send, {"type": "http.response.body", "body": b"", "more_body": False})


async def _send(send: Send, message: SendEvent) -> None:
    """Send a message; `TimeoutError` for a client that takes nothing."""
    async with asyncio.timeout(LONGEST_SECONDS):
        await send(message)


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _say(send: Send, status: int, sentence: str) -> None:
    """Answer without the application, and end the connection."""
    text = sentence.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),
        (b"retry-after", b"5"),
    ]
    await _send(send, {"type": "http.response.start", "status": status, "headers": headers})
    await _send(send, {"type": "http.response.body", "body": text, "more_body": False})
