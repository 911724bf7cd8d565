"""The operations of the API: each says in one place whom it admits, what it takes, and every status it may answer.

`Operations` is a blueprint with three decorators. A view behind `listing` gets what was asked and a `Window`, and
returns the rows of it, one more if there are; a view behind `reading` returns one thing; a view behind `changing`
returns what there is afterwards, with another status and headers if need be. The frame does the rest: schemas, pages
with links, entity tags, repeatable requests, and their description.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Response, make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema

from app.api.v1.bodies import Bodies
from app.api.v1.fields import ListQuery, listed
from app.api.v1.repeating import LONGEST_KEY, once
from app.api.v1.tags import tagged
from app.clinic.models import Role, Scope
from app.clinic.repeats import FIELD
from app.web.access import only

Row = TypeVar("Row")
View = Callable[..., Any]
Scopes = Scope | Iterable[Scope]

_READS = (400, 401, 403, 503)
_CHANGES = (*_READS, 409, 413, 415, 422, 429)
_PREFIX = "v1_"
_HEADERS = "headers"
_TAG = {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}, "description": "tags that are known"}
_STATE = {"name": "If-Match", "in": "header", "schema": {"type": "string"}, "description": "the tag of what was read"}
_KEY = {
    "name": FIELD,
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[A-Za-z0-9_-]+$"},
    "description": "lets the request be repeated for a day: it is done once, and answered the same",
}


@dataclass(frozen=True, slots=True)
class Window:
    """A page of a list: its first row, and how many to take, which is one more than are shown."""

    offset: int
    limit: int

    @property
    def take(self) -> int:
        """How many rows to look for: one more than are shown says that there is a next page."""
        return self.limit + 1

    @property
    def reach(self) -> int:
        """How many rows there are up to the last one to look for."""
        return self.offset + self.take

    def of(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the part of rows that are all there."""
        return rows[self.offset : self.reach]


class Operations(Blueprint):
    """The operations about one subject."""

    ARGUMENTS_PARSER = Bodies()

    def __init__(self, name: str, import_name: str, description: str) -> None:
        super().__init__(name, import_name, description=description)
        self._prepare_doc_cbks.append(_describe_headers)

    def reading(
        self, rule: str, answer: type[Schema], *roles: Role, scope: Scopes, query: type[Schema] | None = None
    ) -> Callable[[View], View]:
        """Register a view that returns one thing; with a `query` it takes what was asked first."""

        def register(view: View) -> View:
            told = self.response(200, answer, headers=_described("ETag"))(view)
            if query is not None:
                told = self.arguments(query, location="query", unknown=RAISE)(told)
            statuses = (*_READS, 422) if query is not None else _READS
            return self._register(rule, "GET", _read(told), roles=roles, scope=scope, statuses=statuses, headers=[_TAG])

        return register

    def listing(
        self, rule: str, items: type[Schema], *roles: Role, scope: Scopes, query: type[ListQuery] = ListQuery
    ) -> Callable[[View], View]:
        """Register a view that returns the rows of a window."""

        def register(view: View) -> View:
            @wraps(view)
            def paged(asked: dict[str, Any], **place: Any) -> Any:
                number, limit = asked.pop("page"), asked.pop("limit")
                window = Window((number - 1) * limit, limit)
                rows = view(asked, window, **place)
                following = _page_address(number + 1) if len(rows) > limit else None
                return {"items": rows[:limit], "next": following}, 200, _links(number, following)

            told = self.response(200, listed(items), headers=_described("ETag", "Link"))(paged)
            told = self.arguments(query, location="query", unknown=RAISE)(told)
            statuses = (*_READS, 422)
            return self._register(rule, "GET", _read(told), roles=roles, scope=scope, statuses=statuses, headers=[_TAG])

        return register

    def changing(
        self,
        method: str,
        rule: str,
        answer: type[Schema] | None,
        *roles: Role,
        scope: Scopes,
        status: int = 200,
        body: type[Schema] | None = None,
        query: type[Schema] | None = None,
        later: bool = False,
        guarded: bool = False,
        refusals: Collection[int] = (),
    ) -> Callable[[View], View]:
        """Register a view that changes something, and takes the `body` or the `query` first.

        `later` says that it may answer 202 as well; `guarded` that it calls `expect`, and so honours `If-Match`.
        """

        def register(view: View) -> View:
            told = self.response(status, answer)(view)
            if later:
                told = self.alt_response(202, schema=answer, description="It goes on by itself.", success=True)(told)
            if body is not None:
                told = self.arguments(body)(told)
            if query is not None:
                told = self.arguments(query, location="query", unknown=RAISE)(told)
            statuses = {*_CHANGES, *refusals, *((412,) if guarded else ())}
            headers = [_KEY, *([_STATE] if guarded else [])]
            return self._register(
                rule, method, _write(told), roles=roles, scope=scope, statuses=statuses, headers=headers
            )

        return register

    def _register(
        self,
        rule: str,
        method: str,
        view: View,
        *,
        roles: Sequence[Role],
        scope: Scopes,
        statuses: Collection[int],
        headers: list[dict[str, Any]],
    ) -> View:
        known = {*statuses, *((404,) if "<" in rule else ())}
        for status in sorted(known):
            view = self.alt_response(status, HTTPStatus(status).name)(view)
        if method == "GET":
            view = self.alt_response(304, HTTPStatus.NOT_MODIFIED.name)(view)
        view._apidoc[_HEADERS] = headers  # type: ignore[attr-defined] # where flask-smorest keeps what it describes
        marked = only(*roles, scope=scope)(view)
        return self.route(rule, methods=[method], tags=[tag_of(self.name)])(marked)  # type: ignore[no-any-return]


def tag_of(name: str) -> str:
    """Return under what the operations of a blueprint stand in the description."""
    return name.removeprefix(_PREFIX)


def _read(view: View) -> View:
    @wraps(view)
    def read(**place: Any) -> Response:
        return tagged(make_response(view(**place)))

    return read


def _write(view: View) -> View:
    @wraps(view)
    def write(**place: Any) -> ResponseReturnValue:
        return once(lambda: view(**place))

    return write


def _page_address(number: int) -> str:
    """Return the address of another page of the list that is asked for."""
    asked = {**request.args.to_dict(flat=False), "page": [str(number)]}
    return url_for(request.endpoint or "", **{**(request.view_args or {}), **asked})


def _links(number: int, following: str | None) -> dict[str, str]:
    """Return the links of a page, as RFC 8288 writes them."""
    found = {"first": _page_address(1), "prev": _page_address(number - 1) if number > 1 else None, "next": following}
    return {"Link": ", ".join(f'<{address}>; rel="{name}"' for name, address in found.items() if address)}


def _described(*names: str) -> dict[str, dict[str, Any]]:
    return {name: {"schema": {"type": "string"}} for name in names}


def _describe_headers(doc: dict[str, Any], doc_info: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the headers that an operation takes to its description."""
    doc.setdefault("parameters", []).extend(doc_info.get(_HEADERS, ()))
    return doc
