"""Signing in and out."""

from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user

from app.clinic import audit, people
from app.web.access import only, public
from app.web.identity import User, signed_in_user, the_user, user_of
from app.web.limits import count_sign_in
from app.web.services import services

account = Blueprint("account", __name__)

WRONG = "This user name and this password do not belong together."


@account.get("/login")
@public
def login() -> ResponseReturnValue:
    """Show the page to sign in, or go on if somebody is."""
    if signed_in_user() is not None:
        return redirect(_local(request.args.get("next", "")))
    return _page()


@account.post("/login")
@public
def sign_in() -> ResponseReturnValue:
    """Sign in, and go on to the page that was asked for."""
    username, password = request.form.get("username", ""), request.form.get("password", "")
    if not username.strip() or not password:
        return _page(username, "Enter your user name and your password."), 422
    count_sign_in(username)
    user = _authenticate(username, password)
    if user is None:
        current_app.logger.warning("a sign-in from %s was refused", request.remote_addr)
        return _page(username, WRONG), 401
    session.clear()  # nothing of the session from before signing in lives on
    session.permanent = True
    login_user(user)
    return redirect(_local(request.args.get("next", "")), 303)


@account.post("/logout")
@only()
def logout() -> ResponseReturnValue:
    """Sign out, everywhere: a copy of the session's cookie is of no use afterwards."""
    with services().database.write() as database_session:
        user = the_user()
        people.end_sessions(database_session, login_id=user.id)
        audit.record(database_session, who=user.id, action="signed out", subject=user.id, now=services().clock())
    logout_user()
    session.clear()
    return redirect(url_for("account.login"), 303)


def _authenticate(username: str, password: str) -> User | None:
    """Check the password first and write only then: the slow hash keeps no other writer waiting."""
    database = services().database
    with database.read() as reading:
        login = people.authenticate(reading, username=username, password=password)
        outdated = bool(reading.dirty)  # its hash should be made anew, for which the next session is
    if login is None:
        return None
    with database.write() as writing:
        if outdated:
            people.authenticate(writing, username=username, password=password)
        audit.record(writing, who=login.id, action="signed in", subject=login.id, now=services().clock())
        return user_of(writing, people.find_login(writing, login_id=login.id))


def _page(username: str = "", error: str | None = None) -> str:
    return render_template("login.html", username=username, error=error)


def _local(target: str) -> str:
    """Return a path of this site as it is; anything else gives the dashboard."""
    parts = urlsplit(target)
    local = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if local and not parts.scheme and not parts.netloc else url_for("dashboard.show")
