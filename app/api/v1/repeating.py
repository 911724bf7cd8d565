"""Writes with an `Idempotency-Key`: done once, and answered the same each time they are repeated within a day."""

from collections.abc import Callable

from flask import Response, abort, current_app, make_response, request
from flask.typing import ResponseReturnValue

from app.clinic import repeats
from app.clinic.repeats import FIELD, Answer
from app.web.identity import the_user
from app.web.services import services

LONGEST_KEY = 255

_SERVER_ERROR = 500
_TOO_MANY = 429


def once(act: Callable[[], ResponseReturnValue]) -> Response:
    """Do what the present request asks for, unless it was done already; return its answer, the first one."""
    key = request.headers.get(FIELD)
    if key is None:
        return make_response(act())
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        abort(400, f"{FIELD} has 1 to {LONGEST_KEY} printable ASCII characters.")
    login_id = the_user().id
    known = repeats.request_id(login_id, request.method, request.path, key)
    content = request.query_string + b"\n" + request.get_data()
    with services().database.write() as session:
        earlier = repeats.begin(session, key=known, login_id=login_id, content=content, now=services().clock())
    return _again(earlier) if earlier is not None else _first(known, act)


def _first(known: str, act: Callable[[], ResponseReturnValue]) -> Response:
    """Do it, and keep the answer; what came to nothing may be tried again."""
    kept = False
    try:
        response = _answered(act)
        if response.status_code < _SERVER_ERROR and response.status_code != _TOO_MANY:
            location = response.headers.get("Location", "")
            answer = Answer(response.status_code, response.mimetype or "", location, response.get_data(as_text=True))
            with services().database.write() as session:
                repeats.finish(session, key=known, answer=answer)
            kept = True
    finally:
        if not kept:
            with services().database.write() as session:
                repeats.forget(session, key=known)
    return response


def _answered(act: Callable[[], ResponseReturnValue]) -> Response:
    """Return the answer, also one that is raised; what nobody foresaw goes on."""
    try:
        return make_response(act())
    except Exception as error:  # noqa: BLE001 -- the application's handlers decide, and raise what they don't know
        return make_response(current_app.handle_user_exception(error))


def _again(earlier: Answer) -> Response:
    response = Response(earlier.body, earlier.status, mimetype=earlier.mimetype or None)
    if earlier.location:
        response.headers["Location"] = earlier.location
    response.headers["Idempotency-Replayed"] = "true"
    return response
