"""Who calls: a program with a personal API token, or a session of the pages, whose changes need the CSRF header.

A view of the API says with `app.web.access.only(*roles, scope=...)` whom it admits; the guard of the pages holds it,
and refuses views that say nothing. `app.web.identity.the_user()` is who calls, either way.
"""

from dataclasses import replace

from flask import Flask, Request

from app.clinic import tokens
from app.web.identity import User, carries_token, user_of
from app.web.services import services


def install(app: Flask) -> None:
    """Let tokens speak for their owners; sessions do so already."""
    app.login_manager.request_loader(load_user)  # type: ignore[attr-defined] # Flask-Login puts it there


def load_user(request: Request) -> User | None:
    """Return the owner of the token that a request carries, limited to its scopes; None without a usable token."""
    if not carries_token():
        return None
    database, now = services().database, services().clock()
    owner, text = _presented(request)
    with database.read() as session:
        token = tokens.authenticate(session, text=text, now=now)
        if token is None or owner not in {None, token.login.username}:
            return None
        user = replace(user_of(session, token.login), scopes=token.granted)
    if tokens.use_is_news(token, now):
        with database.write() as session:
            tokens.note_use(session, token_id=token.id, now=now)
    return user


def _presented(request: Request) -> tuple[str | None, str]:
    """Return the text of the token, and the user name beside it where it came as a password."""
    basic = request.authorization if request.headers["Authorization"].lower().startswith("basic") else None
    if basic is not None:
        return basic.username or "", basic.password or ""
    return None, request.headers["Authorization"].partition(" ")[2].strip()
