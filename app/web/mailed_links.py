"""One-time links in mails: their addresses, and what is said about those that can't be used."""

from collections.abc import Callable

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.web.errors import error_page
from app.web.services import config, services

_OVER = "This link was used already, or its time has run out. Ask for a new one."


def address_of(endpoint: str) -> Callable[[str], str]:
    """Return what makes the address of a page out of the secret part of a link, at the clinic's own public address."""
    return lambda text: config().public_url + url_for(endpoint, link=text)


def sent_page(heading: str) -> str:
    """Say that a mail is on its way, to whoever asked: the same, whether it is."""
    return render_template("account/sent.html", heading=heading, sends_mail=services().sends_mail)


def over_page(endpoint: str, label: str) -> ResponseReturnValue:
    """Say that a link can't be used, and where to ask for another."""
    return error_page(404, _OVER, {label: url_for(endpoint)})
