"""What lets people in: sessions, one-time links, and how often somebody tried in vain."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clinic.models.base import Base, one_of
from app.clinic.models.people import Login


class LoginSession(Base):
    """A browser that is signed in. Its cookie holds a text that nobody can guess, of which only the SHA-256 is kept."""

    __tablename__ = "login_session"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    login_id: Mapped[str] = mapped_column(ForeignKey("login.id"), index=True)
    begun_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    login: Mapped[Login] = relationship(lazy="joined", innerjoin=True)


class LinkPurpose(StrEnum):
    """What a one-time link is good for."""

    SIGN_UP = "sign_up"
    PASSWORD = "password"  # noqa: S105 -- a word, no password


class OneTimeLink(Base):
    """A link that was sent to `address`, by the SHA-256 of its secret part. It is gone once it was used.

    It lets somebody without an account sign up, or the owner of `login_id` choose a new password.
    """

    __tablename__ = "one_time_link"
    __table_args__ = (CheckConstraint("(login_id IS NULL) = (purpose = 'sign_up')", name="login_id"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[LinkPurpose] = mapped_column(one_of(LinkPurpose, "purpose"))
    login_id: Mapped[str | None] = mapped_column(ForeignKey("login.id"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class FailedSignIns(Base):
    """How often somebody tried to sign in and failed, by the SHA-256 of whom that counts against."""

    __tablename__ = "failed_sign_ins"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    locked_until: Mapped[datetime | None]
