"""What lets people in: sessions, one-time links, and how often somebody tried in vain."""

from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clinic.models.base import Base, one_of
from app.clinic.models.care import LONGEST_REFUSAL, LONGEST_TEXT, RequestStatus
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
    STAFF = "staff"
    EMAIL = "email"


class OneTimeLink(Base):
    """A link that was sent to `address`, by the SHA-256 of its secret part. It is gone once it was used.

    It lets somebody without an account sign up, or ask for one of staff; or the owner of `login_id` choose a new
    password, or have `address` for their own.
    """

    __tablename__ = "one_time_link"
    __table_args__ = (CheckConstraint("(login_id IS NULL) = (purpose IN ('sign_up', 'staff'))", name="login_id"),)

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


class AccountRequest(Base):
    """Somebody asks for the account of a doctor; administrators approve it, which makes the account, or refuse it.

    `decided_by` and `decided_at` are the login of who did, and when.
    """

    __tablename__ = "account_request"
    __table_args__ = (
        Index("ix_account_request_status_requested_at", "status", "requested_at"),
        CheckConstraint("(decided_by IS NULL) = (status = 'open')", name="decided_by"),
        CheckConstraint("(decided_at IS NULL) = (status = 'open')", name="decided_at"),
        CheckConstraint("(refusal <> '') = (status = 'refused')", name="refusal"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid4()))
    username: Mapped[str] = mapped_column(String(40))
    firstname: Mapped[str] = mapped_column(String(50))
    midname: Mapped[str] = mapped_column(String(50))
    lastname: Mapped[str] = mapped_column(String(50))
    email: Mapped[str] = mapped_column(String(254))
    mobile: Mapped[str] = mapped_column(String(20))
    specialization: Mapped[str] = mapped_column(String(100))
    message: Mapped[str] = mapped_column(String(LONGEST_TEXT), default="")
    status: Mapped[RequestStatus] = mapped_column(one_of(RequestStatus, "status"))
    requested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("login.id"))
    refusal: Mapped[str] = mapped_column(String(LONGEST_REFUSAL), default="")
    decider: Mapped[Login | None] = relationship(lazy="joined")

    @property
    def full_name(self) -> str:
        """The names in the order in which they are spoken."""
        return " ".join(name for name in (self.firstname, self.midname, self.lastname) if name)
