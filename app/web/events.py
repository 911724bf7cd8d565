"""Streams of server-sent events that hold no thread: `event_stream`.

The view of a stream is called again, with the same request, whenever one of its topics rings, as with `again_when`: so
who is signed in is checked each time, and a stream ends when its session does.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, request

from app.web.parking import the_visit
from app.web.turns import Waiting

LONGEST_STREAM = timedelta(minutes=10)
"""Then it ends, and the browser comes again with the id of the last event it has."""

_RETRY_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """What a page is told. After an interruption the browser comes back with the `id` of the last one it got."""

    id: str
    data: str
    name: str = "message"

    def encoded(self) -> str:
        """Return it as it goes over the wire."""
        lines = "".join(f"data: {line}\n" for line in self.data.splitlines() or [""])
        return f"id: {self.id}\nevent: {self.name}\n{lines}\n"


Read = Callable[[str | None], Iterable[Event]]
"""Gives the events after the one with this id; None asks for what a page needs that has got nothing yet."""


def event_stream(topics: Collection[str], read: Read, last_event_id: str | None = None) -> Response:
    """Return a stream of the events that `read` gives, now and whenever one of `topics` rings.

    `last_event_id` is what the page had when it was rendered; the browser's own `Last-Event-ID` wins over it. Ids are
    short printable text. Where no server parks requests the stream ends at once, and browsers come again after a
    second. Raises 429 or 503 as `again_when` does.
    """
    visit = the_visit()
    last = request.headers.get("Last-Event-ID", last_event_id)
    if visit is not None and visit.last_event_id is not None:
        last = visit.last_event_id
    events = list(read(last))
    begin = "" if visit is not None and visit.streams else f"retry: {_RETRY_MILLISECONDS}\n\n"
    response = Response(begin + "".join(event.encoded() for event in events), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"  # nginx would keep the events to itself
    if visit is not None and request.method != "HEAD":
        visit.park(Waiting(frozenset(topics), LONGEST_STREAM.total_seconds()))
        visit.streams = True
        if events:
            visit.last_event_id = events[-1].id
    return response
