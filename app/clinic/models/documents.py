"""Files that belong to an appointment."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.clinic.models.base import Base, one_of


class DocumentKind(StrEnum):
    """The schedule as a page to print, and as an entry for calendars."""

    PDF = "pdf"
    ICS = "ics"


class Document(Base):
    """A file, ready to be sent; an appointment has one of each kind."""

    __tablename__ = "document"

    ticketid: Mapped[str] = mapped_column(ForeignKey("appointment.ticketid"), primary_key=True)
    kind: Mapped[DocumentKind] = mapped_column(one_of(DocumentKind, "kind"), primary_key=True)
    file_name: Mapped[str] = mapped_column(String(100))
    media_type: Mapped[str] = mapped_column(String(100))
    content: Mapped[bytes]
    updated_at: Mapped[datetime]
