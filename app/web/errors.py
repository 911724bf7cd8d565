"""What a page says when something goes wrong: a status, a sentence, and a way on. Nothing of the inside is told."""

from collections.abc import Callable, Mapping

from flask import Flask, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from app.airflow import AirflowMissing, AirflowNotFound, AirflowUnavailable
from app.clinic import errors as clinic
from workers.celery.errors import BrokerDown
from workflows import errors as workflows

_PAGES: Mapping[int, tuple[str, str]] = {
    400: ("The request can't be understood", "Go back, load the page again, and repeat what you did."),
    401: ("Please sign in", "You are not signed in, or your session has ended. Sign in and try again."),
    403: ("This page is not for you", "Your account does not have the role that this page asks for."),
    404: ("There is no such page", "The address is mistyped, or what it showed is not there, or not yours to see."),
    405: ("That can't be done here", "This address does not take that kind of request."),
    409: ("Somebody was first", "What you asked for does not fit the present state. Load the page again."),
    413: ("That is too much", "What you sent is larger than this service takes: at most 5 MB at a time."),
    422: ("That can't be accepted", "Something in what you sent is not right. Go back and mend it."),
    429: ("Too many attempts", "You tried this too often. Wait some minutes and try again."),
    500: ("Something went wrong here", "It is our mistake, and it is noted. Nothing was changed. Try again later."),
    501: ("That is not possible here", "The engine that runs this service's processes can't do that."),
    502: ("Not available right now", "Another system, which this page asks, can't be reached. Try again in a minute."),
    503: ("Not available right now", "A part of the service can't be reached. Try again in a minute."),
}
_STATUS: Mapping[type[Exception], int] = {
    clinic.NotFound: 404,
    clinic.InvalidInput: 422,
    clinic.Conflict: 409,
    workflows.NotFound: 404,
    workflows.InvalidInput: 422,
    workflows.Conflict: 409,
    workflows.ExpressionError: 422,  # what was entered does not fit what the diagram does with it
    workflows.NotSupported: 501,
    workflows.Unavailable: 503,
    BrokerDown: 503,
    OperationalError: 503,
    AirflowMissing: 503,
    AirflowNotFound: 404,
    AirflowUnavailable: 502,
}
_SERVER_ERROR = 500
_FORM_EXPIRED = "The form is too old, or did not come from this site. Go back, load the page again, and repeat it."


def install(app: Flask) -> None:
    """Give `app` its error pages."""
    answer_with(app, page_of)


def answer_with(app: Flask, answer: Callable[[Exception], ResponseReturnValue]) -> None:
    """Let `answer` say what goes wrong in `app`: everything that is raised on purpose, and what nobody foresaw."""
    for kind in (CSRFError, HTTPException, *_STATUS):
        app.register_error_handler(kind, answer)


def page_of(error: Exception) -> ResponseReturnValue:
    """Return the page of an error."""
    if isinstance(error, CSRFError):
        return error_page(400, _FORM_EXPIRED)
    return _http_error(error) if isinstance(error, HTTPException) else error_page(status_of(error), told(error))


def status_of(error: Exception) -> int:
    """Return the status of an error of the clinic, the engine or the database; the log keeps those that are ours."""
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    if status >= _SERVER_ERROR:
        current_app.logger.error("a request failed", exc_info=error)
    return status


def told(error: Exception) -> str:
    """Return what somebody can do about an error of the service, if more than waiting."""
    return str(error) if isinstance(error, BrokerDown) else ""


def sentence(status: int) -> str:
    """Return what is said of a status where nothing better is known."""
    return _PAGES.get(status, _PAGES[500])[1]


def error_page(
    status: int, said: str = "", links: Mapping[str, str] | None = None, heading: str = ""
) -> tuple[str, int]:
    """Return the page of `status`; `links` go on from it, addresses by their texts."""
    title = heading or _PAGES.get(status, _PAGES[500])[0]
    told = said or sentence(status)
    page = render_template("error.html", status=status, heading=title, sentence=told, links=links or {})
    return page, status


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None:
        return error
    known = error.code in _PAGES or error.code >= _SERVER_ERROR
    page, status = error_page(error.code if known else 400)
    headers = [(name, value) for name, value in error.get_headers() if name not in {"Content-Type", "Content-Length"}]
    return page, status, headers
