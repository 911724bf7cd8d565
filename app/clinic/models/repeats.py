"""Requests of programs that may be repeated, and how they were answered."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.clinic.models.base import Base


class RepeatableRequest(Base):
    """A request that came with a key. `id` is a digest of who sent it where with which key, `content` of what it said.

    `status` is None until it is answered; the answer is kept until `expires_at`.
    """

    __tablename__ = "repeatable_request"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    login_id: Mapped[str] = mapped_column(ForeignKey("login.id"))
    content: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    mimetype: Mapped[str] = mapped_column(String(100), default="")
    location: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text, default="")
