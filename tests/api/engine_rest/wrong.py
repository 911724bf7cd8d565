"""Everything that can stand where it should not: values for each member of a body, at any depth, and for queries."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

VALUES: tuple[Any, ...] = (None, 2**70, "\0\ud800", [None], {"a": []})
TEXTS = ("9" * 30, "\0", "-1")
BODIES = (b"{", b"[]", b"\xff")


def bodies(good: Mapping[str, Any]) -> Iterator[bytes]:
    """Return bodies that are no JSON objects, and the good one with each wrong value in the place of each member."""
    yield from BODIES
    for place in places(good):
        for value in VALUES:
            yield json.dumps(_with(good, place, value)).encode()


def places(found: Any, around: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return where the members of a value are, each by the names and numbers on the way to it."""
    entries = found.items() if isinstance(found, Mapping) else enumerate(found) if isinstance(found, list) else ()
    for name, inner in entries:
        yield (*around, name)
        yield from places(inner, (*around, name))


def _with(good: Mapping[str, Any], place: tuple[Any, ...], value: Any) -> Any:
    changed = json.loads(json.dumps(good))
    inner = changed
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    return changed
