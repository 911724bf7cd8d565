"""What a request asks for: the members of its JSON body, and its query, each checked and of one type.

Clients send `null` for what they leave out, `{}` with a GET, and `True` for true. What nobody asked for is passed over.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from flask import request

from app.api.camunda import times
from app.api.camunda.refusals import RestError

MOST = 10_000
"""Rows of one answer, where a client asks for no less."""

_Order = TypeVar("_Order", bound=Enum)


@dataclass(frozen=True, slots=True)
class Asked:
    """Names and values of a JSON object, or of a query, where every value is text."""

    members: Mapping[str, Any]

    def has(self, name: str) -> bool:
        """Say whether something stands under a name that is not null."""
        return self.members.get(name) is not None

    def text(self, name: str) -> str | None:
        """Return a text, None if it was left out."""
        value = self.members.get(name)
        if value is not None and not isinstance(value, str):
            raise _refused(name, value, "text")
        return value

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        value = self.text(name)
        if not value:
            raise RestError(400, f"{name} is missing or empty.")
        return value

    def number(self, name: str, default: int | None = None, *, least: int = 0) -> int | None:
        """Return a whole number that is not smaller than `least`."""
        value = self.members.get(name)
        if value is None or value == "":
            return default
        digits = isinstance(value, str) and value.lstrip("+-").isascii() and value.lstrip("+-").isdigit()
        if isinstance(value, str) and digits and len(value) < 20:  # noqa: PLR2004
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 2**63:
            raise _refused(name, value, f"a whole number from {least} on")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return true or false, also as text in any letter case."""
        value = self.members.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise _refused(name, value, "true or false")
        return value

    def time(self, name: str) -> datetime | None:
        """Return a time, as Camunda or ISO 8601 writes it."""
        value = self.text(name)
        if not value:
            return None
        try:
            return times.parse(value.replace(" ", "+") if value.count(" ") == 1 and "T" in value else value)
        except (ValueError, OverflowError) as error:
            raise _refused(name, value, "a time such as 2026-01-01T10:00:00.000+0000") from error

    def texts(self, name: str) -> tuple[str, ...]:
        """Return several texts: a list, or text with commas between them."""
        value = self.members.get(name)
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        if value is not None and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
            raise _refused(name, value, "a list of texts")
        return tuple(value or ())

    def objects(self, name: str) -> tuple["Asked", ...]:
        """Return a list of objects."""
        value = self.members.get(name)
        if value is not None and not (isinstance(value, list) and all(isinstance(each, dict) for each in value)):
            raise _refused(name, value, "a list of objects")
        return tuple(Asked(each) for each in value or ())

    def object(self, name: str) -> "Asked":
        """Return an object, empty if it was left out."""
        value = self.members.get(name)
        if value is not None and not isinstance(value, dict):
            raise _refused(name, value, "an object")
        return Asked(value or {})

    def page(self) -> tuple[int, int]:
        """Return `firstResult` and `maxResults` of the query of this request: how many to pass over, and to give."""
        query = in_query()
        first, most = query.number("firstResult", 0), query.number("maxResults", MOST)
        if first is None or most is None or first >= 2**31:
            raise RestError(400, "firstResult is too large.")
        return first, min(most, MOST)

    def order(self, orders: Mapping[str, _Order], default: _Order, *, descending: bool) -> tuple[_Order, bool]:
        """Return what to sort by, from `sortBy` and `sortOrder` of a query or the one entry of `sorting` in a body."""
        entries = self.objects("sorting") or ((self,) if self.has("sortBy") or self.has("sortOrder") else ())
        if not entries:
            return default, descending
        if len(entries) > 1:
            raise RestError(400, "Lists are sorted by one thing here: give sorting one entry.")
        by, rising = entries[0].text("sortBy"), entries[0].text("sortOrder")
        if not by or not rising:
            raise RestError(400, "Only a single sorting parameter specified. sortBy and sortOrder required")
        if by not in orders:
            raise RestError(400, f"Cannot set query sortBy parameter to value {by}: it takes {', '.join(orders)}.")
        if rising not in {"asc", "desc"}:
            raise RestError(400, f"Cannot set query sortOrder parameter to value {rising}: it takes asc and desc.")
        return orders[by], rising == "desc"

    def refuse(self, *names: str) -> None:
        """Refuse criteria that are not kept here: to pass them over would find too much."""
        for name in names:
            if self.has(name):
                raise RestError(400, f"Lists can't be limited by {name} here.")


def in_body() -> Asked:
    """Return the members of the JSON object that a request brings; without a body, none."""
    if not request.get_data(cache=True).strip():
        return Asked({})
    try:
        found = json.loads(request.get_data(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise RestError(400, f"The body of the request is no JSON: {error}") from error
    if found is None:
        return Asked({})
    if not isinstance(found, dict):
        raise RestError(400, "The body of the request must be a JSON object.")
    return Asked(found)


def in_query() -> Asked:
    """Return what the query of the address asks for."""
    return Asked({name: request.args.get(name) for name in request.args})


def asked() -> Asked:
    """Return what a list is asked for: by the query of a GET, by the body of a POST."""
    return in_body() if request.method == "POST" else in_query()


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")


def _refused(name: str, value: Any, wanted: str) -> RestError:
    shown = str(value) if len(str(value)) < 80 else f"{str(value)[:77]}..."  # noqa: PLR2004
    return RestError(400, f"Cannot set parameter '{name}' to value '{shown}': it takes {wanted}.")
