"""Mail that is to be sent, and what became of it."""

from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.clinic.models.base import Base, one_of


class MailStatus(StrEnum):
    """Where a mail stands. One that waits is sent, or fails for good; a failed one can be sent again by staff."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class CalendarMethod(StrEnum):
    """What a calendar part asks of the calendar that gets it (RFC 5546)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


class Mail(Base):
    """A notice on its way by mail, or what is told by mail alone. Its `id` is in its Message-ID, which stays the same
    however often it is sent.

    A `confidential` one holds what is for its reader alone: its text is forgotten once it was sent or failed.
    A sender has it to itself until `leased_until`; `lease` says which one. `attempts` begun so far; the next one is
    due at `due_at`.
    """

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint("(calendar IS NULL) = (method IS NULL)", name="calendar"),
        CheckConstraint("(sent_at IS NULL) <> (status = 'sent')", name="sent_at"),
        Index(None, "status", "due_at"),
        Index(None, "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid4()))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"), unique=True)
    confidential: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    calendar: Mapped[bytes | None]
    method: Mapped[CalendarMethod | None] = mapped_column(one_of(CalendarMethod, "method"))
    status: Mapped[MailStatus] = mapped_column(one_of(MailStatus, "status"))
    attempts: Mapped[int]
    due_at: Mapped[datetime]
    lease: Mapped[str | None] = mapped_column(String(36))
    leased_until: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(500), default="")
    """Why the last attempt failed."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
