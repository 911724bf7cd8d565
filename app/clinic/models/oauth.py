"""Programs of others, which act for people who let them: clients of OAuth 2.0, and what they were granted."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clinic.models.base import Base
from app.clinic.models.people import Login
from app.clinic.models.tokens import Scope, scopes_of


class OAuthClient(Base):
    """A program that an administrator has registered; its `id` is the client id.

    A confidential one has a secret, of which the SHA-256 is kept: it is random enough that nothing slower is needed. A
    public one, such as an app on a telephone, can't keep any. `redirect_uris` are lines. With `acts_alone` it gets
    tokens by its secret alone, which speak for its owner.
    """

    __tablename__ = "oauth_client"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid4()))
    name: Mapped[str] = mapped_column(String(100))
    owner_id: Mapped[str] = mapped_column(ForeignKey("login.id"), index=True)
    secret_digest: Mapped[str | None] = mapped_column(String(64))
    redirect_uris: Mapped[str] = mapped_column(String(4000))
    acts_alone: Mapped[bool]
    scopes: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    owner: Mapped[Login] = relationship(lazy="joined", innerjoin=True)

    @property
    def granted(self) -> frozenset[Scope]:
        """The most that the client may ask for."""
        return scopes_of(self.scopes)


class OAuthGrant(Base):
    """What somebody allowed a client, by the SHA-256 of the code that the client exchanges for tokens, once."""

    __tablename__ = "oauth_grant"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid4()))
    client_id: Mapped[str] = mapped_column(ForeignKey("oauth_client.id"), index=True)
    login_id: Mapped[str] = mapped_column(ForeignKey("login.id"), index=True)
    scopes: Mapped[str] = mapped_column(String(300))
    redirect_uri: Mapped[str] = mapped_column(String(500))
    challenge: Mapped[str] = mapped_column(String(128))
    code_digest: Mapped[str] = mapped_column(String(64), unique=True)
    code_expires_at: Mapped[datetime]
    code_used_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    client: Mapped[OAuthClient] = relationship(lazy="joined", innerjoin=True)
    login: Mapped[Login] = relationship(lazy="joined", innerjoin=True)

    @property
    def granted(self) -> frozenset[Scope]:
        """What the client may do."""
        return scopes_of(self.scopes)
