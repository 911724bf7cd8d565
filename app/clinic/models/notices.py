"""Messages of the clinic to people who sign in."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.clinic.models.base import Base


class Notice(Base):
    """A message on somebody's dashboard; `key` says which event it tells of, so that it is told once."""

    __tablename__ = "notice"
    __table_args__ = (Index(None, "login_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    login_id: Mapped[str] = mapped_column(ForeignKey("login.id"))
    ticketid: Mapped[str | None] = mapped_column(ForeignKey("appointment.ticketid"))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
