"""Telling an open page that what it shows has changed."""

from collections.abc import Callable, Collection, Iterable

from flask import Response, request

from app.web.events import Event, event_stream


def tell_changes(topics: Collection[str], look: Callable[[], str]) -> Response:
    """Tell a page whenever the fingerprint that `look` finds is not the one it was made with (`?seen=`).

    It is looked at when one of `topics` rings. The page looks for itself what has changed.
    """

    def read(seen: str | None) -> Iterable[Event]:
        now = look()
        return [Event(now, "", "changed")] if now != seen else []

    return event_stream(topics, read, request.args.get("seen"))
