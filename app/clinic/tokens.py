"""API tokens: a program acts for a person with one, within its scopes, until it expires or is revoked.

A token never opens more than its owner may do, and ends with the owner's account. Personal ones are made here; those of
clients in `app.clinic.oauth`.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clinic import audit, people, validation
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import ApiToken, Role, Scope
from app.clinic.secret_texts import digest, new_text

PREFIX = "dams_"
"""What every token begins with, so that one that was published by mistake is recognized."""

SHORTEST, LONGEST = timedelta(days=1), timedelta(days=366)
MOST_TOKENS = 50
"""Usable tokens of one person."""

_USE_IS_NEWS_AFTER = timedelta(hours=1)
_FOR_EVERYBODY = frozenset({Scope.READ_CLINIC, Scope.WRITE_CLINIC})


def scopes_for(role: Role) -> list[Scope]:
    """Return the scopes that are of use to somebody of this role."""
    return [scope for scope in Scope if role is Role.ADMINISTRATOR or scope in _FOR_EVERYBODY]


def create(
    session: Session, *, login_id: str, name: str, scopes: Iterable[Scope], lifetime: timedelta, now: datetime
) -> tuple[ApiToken, str]:
    """Make a token; return it with its text, which nobody can read later. Raise `InvalidInput` naming the field."""
    login = people.find_login(session, login_id=login_id)
    wanted = set(scopes)
    if not wanted:
        raise InvalidInput("scopes", "Choose what the token lets a program do.")
    if wanted - set(scopes_for(login.role)):
        raise InvalidInput("scopes", "A token can't open more than its owner may do.")
    if not SHORTEST <= lifetime <= LONGEST:
        raise InvalidInput("lifetime", f"A token lasts {SHORTEST.days} to {LONGEST.days} days.")
    if sum(is_usable(token, now) for token in list_tokens(session, login_id=login_id)) >= MOST_TOKENS:
        raise InvalidInput("name", f"You have {MOST_TOKENS} tokens: revoke one that is not needed any more.")
    text = PREFIX + new_text()
    token = ApiToken(
        login_id=login_id,
        name=validation.text("name", name, longest=100),
        digest=digest(text),
        scopes=" ".join(scope for scope in Scope if scope in wanted),
        created_at=now,
        expires_at=now + lifetime,
    )
    session.add(token)
    session.flush()
    audit.record(
        session,
        who=login_id,
        action="token made",
        subject=token.id,
        now=now,
        details={"name": token.name, "scopes": token.scopes, "expires_at": token.expires_at.isoformat()},
    )
    return token, text


def authenticate(session: Session, *, text: str, now: datetime) -> ApiToken | None:
    """Return the usable token with this text, with its login; None for every other text."""
    token = session.scalar(select(ApiToken).where(ApiToken.digest == digest(text)))
    return token if token is not None and is_usable(token, now) and token.login.active else None


def is_usable(token: ApiToken, now: datetime) -> bool:
    """Say whether a token was neither revoked nor has expired."""
    return token.revoked_at is None and token.expires_at > now


def use_is_news(token: ApiToken, now: datetime) -> bool:
    """Say whether the use of a token is worth a write: the last one that was noted is an hour ago."""
    return token.last_used_at is None or token.last_used_at + _USE_IS_NEWS_AFTER <= now


def note_use(session: Session, *, token_id: str, now: datetime) -> None:
    """Note that a token was used."""
    session.get_one(ApiToken, token_id).last_used_at = now


def list_tokens(session: Session, *, login_id: str) -> list[ApiToken]:
    """Return somebody's personal tokens, also those that are of no use any more, newest first."""
    query = select(ApiToken).where(ApiToken.login_id == login_id, ApiToken.client_id.is_(None))
    return list(session.scalars(query.order_by(ApiToken.created_at.desc(), ApiToken.id)))


def revoke(session: Session, *, login_id: str, token_id: str, now: datetime) -> ApiToken:
    """End one of somebody's personal tokens, once or twice; raise `NotFound` for others' as for unknown ones."""
    token = session.get(ApiToken, token_id) if token_id.isprintable() else None
    if token is None or token.login_id != login_id or token.client_id is not None:
        raise NotFound("token", token_id)
    if token.revoked_at is None:
        token.revoked_at = now
        audit.record(
            session, who=login_id, action="token revoked", subject=token.id, now=now, details={"name": token.name}
        )
    return token
