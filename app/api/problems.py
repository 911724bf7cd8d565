"""What a program is told when something goes wrong: problem details (RFC 9457), where people get a page.

A problem has `title`, `status` and `detail`, a sentence; `errors`, where single fields are refused, names each with a
sentence of its own. What went wrong inside is told to nobody.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus

from flask import Flask, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from app.airflow import AirflowError
from app.api.camunda.refusals import RestError
from app.clinic.errors import ClinicError, InvalidInput
from app.web import errors
from app.web.access import mark_of
from workflows.errors import EngineError, ExpressionError

PREFIX = "/api/"
_PREFIXES = (PREFIX, "/v2/")
"""Below which what is not there is told to programs too."""

_UNAUTHORIZED = 401
_SERVER_ERROR = 500
_SENTENCES: Mapping[int, str] = {
    401: "Send a personal API token that is still good, as `Authorization: Bearer dams_...`.",
    403: "This account, or this token with its scopes, may not do that.",
    404: "There is nothing at this address, or nothing that you may see.",
}


def install(app: Flask) -> None:
    """Answer with problems where programs ask."""
    errors.answer_with(app, answer)


def answer(error: Exception) -> ResponseReturnValue:
    """Return the problem of an error, or its page if a person asked."""
    if not for_programs():
        return errors.page_of(error)
    if isinstance(error, RestError):
        return problem(error.status, error.message)
    if isinstance(error, HTTPException):
        headers = [(name, value) for name, value in error.get_headers() if name not in {"Content-Type"}]
        return problem(error.code or 500, _sentence(error), dict(_fields(error)), headers)
    status = errors.status_of(error)
    if isinstance(error, InvalidInput):
        return problem(status, error.message, {error.field: [error.message]})
    ours = ClinicError | EngineError | ExpressionError
    told = isinstance(error, AirflowError) or (status < _SERVER_ERROR and isinstance(error, ours))
    return problem(status, str(error) if told else errors.told(error))


def problem(
    status: int,
    detail: str = "",
    fields: Mapping[str, list[str]] | None = None,
    headers: list[tuple[str, str]] | None = None,
) -> ResponseReturnValue:
    """Return an answer that tells of a problem; `fields` has the sentences about single ones."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or _SENTENCES.get(status) or errors.sentence(status),
    }
    if fields:
        body["errors"] = [{"field": name, "detail": text} for name, texts in fields.items() for text in texts]
    response = jsonify(body)
    response.mimetype = "application/problem+json"
    for name, value in headers or ():
        response.headers.setdefault(name, value)
    if status == _UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="dams"'
    return response, status


def for_programs() -> bool:
    """Say whether the present request is for a view of the API, or for none under its address."""
    endpoint = request.endpoint
    refused = request.routing_exception
    if endpoint is None and isinstance(refused, MethodNotAllowed) and refused.valid_methods:
        method = next(iter(refused.valid_methods))
        endpoint = current_app.url_map.bind(request.host).match(request.path, method=method)[0]
    if endpoint is None:
        return request.path.startswith(_PREFIXES)
    return bool(mark_of(endpoint).scopes)


def _sentence(error: HTTPException) -> str:
    """Return what a view said when it refused a request; werkzeug's own sentences are for browsers."""
    if isinstance(error, MethodNotAllowed):
        methods = sorted(set(error.valid_methods or ()) - {"HEAD", "OPTIONS"})
        return f"This address takes {' and '.join(methods)}, not {request.method}."
    said = error.description if error.description != type(error).description else None
    return said or ""


def _fields(error: HTTPException) -> Iterator[tuple[str, list[str]]]:
    """Return the sentences of a schema about fields, whose names are paths with points between their parts."""
    found = getattr(error, "data", {}).get("messages", {})
    for place in found.values() if isinstance(found, Mapping) else ():
        yield from _flat("", place)


def _flat(name: str, found: object) -> Iterator[tuple[str, list[str]]]:
    if isinstance(found, Mapping):
        for key, inner in found.items():
            yield from _flat(f"{name}.{key}" if name else str(key), inner)
    elif isinstance(found, list):
        yield name or "body", [str(text) for text in found]
