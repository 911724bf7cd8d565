"""Searches as Camunda 8 has them: `{filter, sort, page}` is asked for, `{items, page}` is answered.

A search looks at no more than `MOST` rows, as Camunda's do. Each subject narrows them in the database by what is asked
for most (`Search.text`); every criterion is then held against the items, whose members are all that can be named.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from operator import eq, ge, gt, le, lt
from re import fullmatch
from typing import Any

from flask import Response, jsonify

from app.api.camunda import times
from app.api.camunda.asking import MOST, Asked, in_body
from app.api.camunda.refusals import RestError

_DEFAULT_LIMIT = 100
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$eq": eq, "$gt": gt, "$gte": ge, "$lt": lt, "$lte": le,
}  # fmt: skip
_NEGATED = {"$neq": "$eq", "$notIn": "$in"}
_OPERATORS = (*_COMPARISONS, *_NEGATED, "$exists", "$in", "$like")


@dataclass(frozen=True, slots=True)
class Search:
    """What one request searches for: `criteria` by members of the items, and which page, in which order."""

    criteria: Mapping[str, Any]
    order: tuple[tuple[str, bool], ...]
    offset: int
    limit: int

    def text(self, name: str) -> str | None:
        """Return the text that a member must equal, if the request asks for just that."""
        wanted = self.criteria.get(name)
        if isinstance(wanted, Mapping) and len(wanted) == 1:
            wanted = wanted.get("$eq")
        return wanted if isinstance(wanted, str) else None

    def answer(self, items: Iterable[Mapping[str, Any]]) -> Response:
        """Return the page of those items that meet every criterion."""
        seen = list(items)
        found = [item for item in seen if all(_meets(item[name], name, want) for name, want in self.criteria.items())]
        for name, descending in reversed(self.order):
            found.sort(key=lambda item, name=name: _rank(item[name]), reverse=descending)  # type: ignore[misc]
        page = found[self.offset : self.offset + self.limit]
        about = {
            "totalItems": len(found),
            "hasMoreTotalItems": len(seen) >= MOST,
            "startCursor": str(self.offset) if page else None,
            "endCursor": str(self.offset + len(page)) if page else None,
        }
        return jsonify({"items": page, "page": about})


def search(item: type, also: Mapping[str, str] | None = None, besides: Collection[str] = ()) -> Search:
    """Return what this request searches for among items of a typed dictionary; 400 for what these do not have.

    `also` are other names that criteria have for members; those `besides` are the caller's own.
    """
    body, known = in_body(), item.__annotations__
    criteria = {}
    for name, wanted in body.object("filter").members.items():
        member = (also or {}).get(name, name)
        if wanted is None or name in besides:
            continue
        if member not in known:
            raise RestError(400, f"Nothing is found by {name} here. A filter takes {', '.join(known)}.")
        criteria[member] = _checked(name, wanted)
    page = body.object("page")
    limit = page.number("limit", _DEFAULT_LIMIT) or 0
    offset = page.number("after", page.number("from", 0)) or 0
    if page.has("before"):
        raise RestError(400, "Pages follow each other by after or from here, not by before.")
    return Search(criteria, tuple(_sorting(body, known)), offset, min(limit, MOST))


def _sorting(body: Asked, known: Iterable[str]) -> Iterable[tuple[str, bool]]:
    for entry in body.objects("sort"):
        name, order = entry.required("field"), (entry.text("order") or "asc").lower()
        if name not in known:
            raise RestError(400, f"Nothing is sorted by {name} here. A sort takes {', '.join(known)}.")
        if order not in {"asc", "desc"}:
            raise RestError(400, f"The order of a sort is asc or desc, not {order}.")
        yield name, order == "desc"


def _checked(name: str, wanted: Any) -> Any:
    """Return a criterion whose operators are known, and fit what they are given."""
    operators = wanted if isinstance(wanted, Mapping) else {"$eq": wanted}
    for operator, value in operators.items():
        if operator not in _OPERATORS:
            raise RestError(400, f"The filter {name} has no operator {operator}: it takes {', '.join(_OPERATORS)}.")
        several = operator in {"$in", "$notIn"}
        if several and not isinstance(value, list):
            raise RestError(400, f"{operator} of the filter {name} takes a list.")
        kind = str if operator == "$like" else bool if operator == "$exists" else str | int | float
        if not all(isinstance(each, kind) for each in (value if several else [value])):
            raise RestError(400, f"{operator} of the filter {name} takes plain values that fit it.")
        if _is_time(name):
            for each in value if several else [] if operator in {"$exists", "$like"} else [value]:
                _time(name, each)
    return operators


def _meets(value: Any, name: str, operators: Mapping[str, Any]) -> bool:
    if isinstance(value, list):  # one of several is enough
        return any(_meets(each, name, operators) for each in value)
    return all(_holds(value, name, operator, operand) for operator, operand in operators.items())


def _holds(value: Any, name: str, operator: str, operand: Any) -> bool:
    if operator == "$exists":
        return bool(operand) == (value is not None)
    if operator in _NEGATED:
        return not _holds(value, name, _NEGATED[operator], operand)
    if operator == "$in":
        return any(_holds(value, name, "$eq", each) for each in operand)
    if operator == "$like":
        return isinstance(value, str) and fullmatch(translate(operand.replace("[", "[[]")), value) is not None
    if value is not None and _is_time(name):
        value, operand = times.parse(value), _time(name, operand)
    try:
        return value is not None and _COMPARISONS[operator](value, operand)
    except TypeError:
        return False  # text is neither smaller nor larger than a number


def _is_time(name: str) -> bool:
    return name.endswith(("Date", "Time"))


def _time(name: str, text: Any) -> Any:
    try:
        return times.parse(text)
    except (TypeError, ValueError, OverflowError, AttributeError):
        raise RestError(400, f"The filter {name} takes times such as 2026-01-01T10:00:00.000Z.") from None


def _rank(value: Any) -> tuple[int, int | float, str]:
    """Return by what a member is sorted: numbers by size, everything else as text, nothing last."""
    if isinstance(value, int | float):
        return 0, value, ""
    return (2, 0, "") if value is None else (1, 0, str(value))
