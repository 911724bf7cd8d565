"""Sessions: a browser is signed in until it signs out, the password changes, the account is closed, or time is up."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.clinic.models import Login, LoginSession
from app.clinic.secret_texts import digest, new_text


def begin(session: Session, *, login_id: str, now: datetime, lifetime: timedelta) -> str:
    """Begin a session that lasts for `lifetime` at most; return the text for its cookie, which is kept nowhere."""
    over = LoginSession.login_id == login_id, LoginSession.ends_at <= now
    session.execute(delete(LoginSession).where(*over))
    text = new_text()
    session.add(LoginSession(digest=digest(text), login_id=login_id, begun_at=now, ends_at=now + lifetime))
    session.flush()
    return text


def login_of(session: Session, *, text: str, now: datetime) -> Login | None:
    """Return whose session has this text, if it is not over and the account is open."""
    found = session.get(LoginSession, digest(text))
    return found.login if found is not None and now < found.ends_at and found.login.active else None


def end(session: Session, *, text: str) -> None:
    """End one session; a copy of its cookie is of no use any more."""
    session.execute(delete(LoginSession).where(LoginSession.digest == digest(text)))


def end_all(session: Session, *, login_id: str) -> None:
    """End every session of a login."""
    session.execute(delete(LoginSession).where(LoginSession.login_id == login_id))
