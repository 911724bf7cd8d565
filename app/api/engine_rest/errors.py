"""What a client of Camunda's REST is told when something goes wrong: `{"type", "message", "code"}`, nothing else.

Types are the names of Camunda's exceptions, which its clients compare. Where Camunda answers 500 for what a client did
wrong, the answer is 400 or 404 here: a 500 is a mistake of ours.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app.api import problems
from app.api.camunda.refusals import INVALID, REST, RestError
from app.clinic import errors as clinic
from app.web import errors
from workflows import errors as workflows

_PREFIX = "/engine-rest/"
_SERVER_ERROR = 500
_CHALLENGE = 'Basic realm="dams", charset="UTF-8"'
_TYPES: Mapping[type[Exception], tuple[int, str]] = {
    workflows.NotFound: (404, INVALID),
    workflows.InvalidInput: (400, INVALID),
    workflows.Conflict: (400, "ProcessEngineException"),
    workflows.NotSupported: (400, "NotValidException"),
    clinic.NotFound: (404, INVALID),
    clinic.InvalidInput: (400, INVALID),
    clinic.Conflict: (400, "ProcessEngineException"),
}
_SENTENCES: Mapping[int, str] = {
    401: "Send an API token of /account/tokens as bearer token, or as the password of your user name.",
    403: "This account, or this token with its scopes, may not do that.",
    404: "There is nothing at this address of the engine's REST.",
}


def install(app: Flask) -> None:
    """Answer as Camunda does below `/engine-rest`, as before everywhere else."""
    errors.answer_with(app, answer)
    app.register_error_handler(RestError, answer)


def answer(error: Exception) -> ResponseReturnValue:
    """Return what a client is told of an error."""
    if not request.path.startswith(_PREFIX):
        return problems.answer(error)
    if isinstance(error, RestError):
        return _body(error.status, error.kind, error.message, **error.more)
    if isinstance(error, HTTPException):
        return _of_http(error)
    known = next((_TYPES[kind] for kind in type(error).__mro__ if kind in _TYPES), None)
    if known is not None:
        return _body(*known, str(error))
    status = errors.status_of(error)
    return _body(status, REST, errors.told(error) or errors.sentence(status))


def _of_http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or _SERVER_ERROR
    said = error.description if error.description != type(error).description else None
    response, _ = _body(status, REST, said or _SENTENCES.get(status) or errors.sentence(status))
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers.setdefault(name, value)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = _CHALLENGE
    return response, status


def _body(status: int, kind: str, message: str, **more: Any) -> tuple[Any, int]:
    return jsonify({"type": kind, "message": message, "code": None, **more}), status
