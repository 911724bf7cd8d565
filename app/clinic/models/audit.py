"""Who did what, and when."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.clinic.models.base import Base


class AuditEntry(Base):
    """One thing that was done, never changed or deleted (triggers). `who` outlives the account it names."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(100), index=True)
    details: Mapped[Mapping[str, str | int | bool | None]] = mapped_column(JSON)
