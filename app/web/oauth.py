"""People let programs of others act for them, see which ones may, and withdraw that."""

from urllib.parse import urlsplit

from authlib.oauth2.base import invalid_error_characters
from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic import oauth as clinic
from app.web import leaving
from app.web.access import only
from app.web.errors import error_page
from app.web.identity import the_user
from app.web.oauth_server import Server, useful_scopes
from app.web.services import services
from app.web.tokens import MEANINGS

oauth = Blueprint("oauth", __name__)

_WRONG = "The program that sent you here asked in a way that can't be answered: {reason}. Nothing was allowed to it."
_REASONS = {"unsupported_response_type": "it has to ask for a code, by response_type=code"}
"""What is said better than by Authlib, by the codes of its errors."""


@oauth.get("/oauth/authorize")
@only()
def ask() -> ResponseReturnValue:
    """Ask whether a client may act for who is signed in, and say what it will be able to do."""
    if _unspeakable():
        return error_page(400, _WRONG.format(reason="its address has characters that can't be there"))
    with services().database.read() as session:
        server = Server(session, services().clock())
        try:
            grant = server.get_consent_grant(end_user=the_user())
            scopes = useful_scopes(grant)
        except OAuth2Error as error:
            return _refused(server, error)
        client = grant.client.row
    leaving.let_forms_lead_to(grant.redirect_uri)
    place = urlsplit(grant.redirect_uri)
    return render_template(
        "oauth/consent.html",
        client=client,
        meanings=[MEANINGS[scope] for scope in sorted(scopes)],
        place=place.hostname or f"the app {place.scheme}",
    )


@oauth.post("/oauth/authorize")
@only()
def decide() -> ResponseReturnValue:
    """Send the browser back to the client, with a code or with the refusal."""
    if _unspeakable():
        return error_page(400, _WRONG.format(reason="its address has characters that can't be there"))
    allowed = request.form.get("decision") == "allow"
    with services().database.write() as session:
        server = Server(session, services().clock())
        try:
            grant = server.get_consent_grant(end_user=the_user())
        except OAuth2Error as error:
            return _refused(server, error)
        answer: ResponseReturnValue = server.create_authorization_response(
            grant.request, grant_user=the_user() if allowed else None, grant=grant
        )
    return answer


@oauth.get("/account/programs")
@only()
def listing() -> ResponseReturnValue:
    """List the clients that act for who is signed in."""
    with services().database.read() as session:
        found = clinic.list_grants(session, login_id=the_user().id, now=services().clock())
    return render_template("oauth/programs.html", grants=found, meanings=MEANINGS)


@oauth.post("/account/programs/<grant_id>/end")
@only()
def end(grant_id: str) -> ResponseReturnValue:
    """Let a client not act for who is signed in any more."""
    with services().database.write() as session:
        grant = clinic.withdraw(session, login_id=the_user().id, grant_id=grant_id, now=services().clock())
    flash(f"{grant.client.name} can't act for you any more.")
    return redirect(url_for("oauth.listing"), 303)


def _unspeakable() -> bool:
    """Say whether a parameter that errors repeat has a character that OAuth's errors can't have."""
    named = ("client_id", "redirect_uri", "response_type", "scope")
    return any(invalid_error_characters(request.args.get(name, "")) for name in named)


def _refused(server: Server, error: OAuth2Error) -> ResponseReturnValue:
    """Tell the client what is wrong, or people where it is not known to be the client that asks."""
    if error.redirect_uri:
        error.state = request.args.get("state")
        return server.handle_error_response(request, error)
    reason = _REASONS.get(error.error) or str(error.get_error_description()).rstrip(".")
    return error_page(400, _WRONG.format(reason=reason))
