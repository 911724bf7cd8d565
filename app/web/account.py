"""Signing in and out, and the page of one's own account."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user

from app.clinic import audit, lockout, people, sessions
from app.web.access import only, public
from app.web.identity import signed_in_user, the_user, user_of
from app.web.limits import SIGN_INS, count
from app.web.services import config, services

account = Blueprint("account", __name__)

WRONG = "This user name and this password do not belong together."


@account.get("/login")
@public
def login() -> ResponseReturnValue:
    """Show the page to sign in, or go on if somebody is."""
    if signed_in_user() is not None:
        return redirect(local_address(request.args.get("next", "")))
    return _page()


@account.post("/login")
@public
def sign_in() -> ResponseReturnValue:
    """Sign in, and go on to the page that was asked for."""
    username, password = request.form.get("username", ""), request.form.get("password", "")
    if not username.strip() or not password:
        return _page(username, "Enter your user name and your password."), 422
    count(SIGN_INS)
    locked_until = begin_attempt(username)
    if locked_until is not None:
        return _page(username, locked_sentence(locked_until)), 429, {"Retry-After": str(_seconds(locked_until))}
    login_id = _authenticate(username, password)
    if login_id is None:
        current_app.logger.warning("a sign-in was refused")  # an address is personal data
        return _page(username, WRONG), 401
    begin_session(login_id)
    return redirect(local_address(request.args.get("next", "")), 303)


@account.post("/logout")
@only()
def logout() -> ResponseReturnValue:
    """Sign out: a copy of the session's cookie is of no use afterwards."""
    with services().database.write() as database_session:
        user = the_user()
        sessions.end(database_session, text=user.session)
        audit.record(database_session, who=user.id, action="signed out", subject=user.id, now=services().clock())
    end_cookie()
    return redirect(url_for("account.login"), 303)


@account.get("/account")
@only()
def show() -> ResponseReturnValue:
    """Show who is signed in, and what they can do about their account."""
    return render_template("account/account.html")


@account.post("/account/sign-out-everywhere")
@only()
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session, this one too."""
    with services().database.write() as database_session:
        user = the_user()
        sessions.end_all(database_session, login_id=user.id)
        audit.record(
            database_session, who=user.id, action="signed out everywhere", subject=user.id, now=services().clock()
        )
    end_cookie()
    return redirect(url_for("account.login"), 303)


def begin_attempt(username: str) -> datetime | None:
    """Count an attempt to give the password of an account; return until when there were too many, if there were."""
    with services().database.write() as writing:
        return lockout.begin(writing, username=username, address=_address(), now=services().clock())


def succeed_attempt(username: str) -> None:
    """Forget an attempt, and those before it: the password was right."""
    with services().database.write() as writing:
        lockout.succeed(writing, username=username, address=_address())


def locked_sentence(until: datetime) -> str:
    """Say how long to wait, as for a name that nobody has."""
    minutes = -(-_seconds(until) // 60)
    return f"There were too many attempts. Try again in {minutes} {'minute' if minutes == 1 else 'minutes'}."


def begin_session(login_id: str) -> None:
    """Let this browser be signed in from now on, by a new session: nothing of the one before lives on."""
    now, before = services().clock(), signed_in_user()
    with services().database.write() as writing:
        if before is not None:
            sessions.end(writing, text=before.session)
        text = sessions.begin(writing, login_id=login_id, now=now, lifetime=config().longest_session)
        user = replace(user_of(writing, people.find_login(writing, login_id=login_id)), session=text)
    session.clear()
    session.permanent = True
    login_user(user)


def end_cookie() -> None:
    """Let this browser forget its session."""
    logout_user()
    session.clear()


def _authenticate(username: str, password: str) -> str | None:
    """Check the password first and write only then: the slow hash keeps no other writer waiting."""
    database, now = services().database, services().clock()
    with database.read() as reading:
        login = people.authenticate(reading, username=username, password=password)
        outdated = bool(reading.dirty)  # its hash should be made anew, for which the next session is
    if login is None:
        return None
    with database.write() as writing:
        if outdated:
            people.authenticate(writing, username=username, password=password)
        lockout.succeed(writing, username=username, address=_address())
        audit.record(writing, who=login.id, action="signed in", subject=login.id, now=now)
    return login.id


def _address() -> str:
    return request.remote_addr or ""


def _seconds(until: datetime) -> int:
    return max(1, int((until - services().clock()).total_seconds()))


def _page(username: str = "", error: str | None = None) -> str:
    return render_template("login.html", username=username, error=error)


def local_address(target: str) -> str:
    """Return a path of this site as it is; anything else gives the dashboard."""
    parts = urlsplit(target)
    local = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if local and not parts.scheme and not parts.netloc else url_for("dashboard.show")
