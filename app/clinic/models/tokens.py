"""Tokens with which programs act for people."""

from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clinic.models.base import Base
from app.clinic.models.people import Login


class Scope(StrEnum):
    """What a token lets a program do, within what its owner may do."""

    READ_CLINIC = "clinic:read"
    WRITE_CLINIC = "clinic:write"
    READ_PEOPLE = "people:read"
    WRITE_PEOPLE = "people:write"
    READ_PROCESSES = "processes:read"
    RUN_PROCESSES = "processes:run"
    REPORTS = "reports"
    MAINTENANCE = "maintenance"


def scopes_of(words: str) -> frozenset[Scope]:
    """Return scopes that are written as in OAuth: words with spaces between them."""
    return frozenset(Scope(word) for word in words.split())


class ApiToken(Base):
    """A token, of which only the SHA-256 is kept: it is random enough that nothing slower is needed.

    `scopes` are words with spaces between them, as in OAuth. `last_used_at` is true to the hour. Personal ones are made
    by their owners; those of a client of OAuth name it, and the grant they follow from. With one may come another for
    its renewal, that is good once.
    """

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid4()))
    login_id: Mapped[str] = mapped_column(ForeignKey("login.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    client_id: Mapped[str | None] = mapped_column(ForeignKey("oauth_client.id"), index=True)
    grant_id: Mapped[str | None] = mapped_column(ForeignKey("oauth_grant.id"), index=True)
    refresh_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    refresh_expires_at: Mapped[datetime | None]
    refreshed_at: Mapped[datetime | None]
    login: Mapped[Login] = relationship(lazy="joined", innerjoin=True)

    @property
    def granted(self) -> frozenset[Scope]:
        """The scopes as a set."""
        return scopes_of(self.scopes)
