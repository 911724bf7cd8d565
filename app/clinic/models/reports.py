"""Backups of the clinic's people as CSV files, and how far each file is."""

from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clinic.models.base import Base, one_of


class PartStatus(StrEnum):
    """Where a file of a report stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Report(Base):
    """A backup that was asked for; `created_by` is a login's id, and outlives the account."""

    __tablename__ = "report"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid4()))
    created_at: Mapped[datetime] = mapped_column(index=True)
    created_by: Mapped[str] = mapped_column(String(100))
    parts: Mapped[list["ReportPart"]] = relationship(
        lazy="selectin", order_by="ReportPart.name", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def state(self) -> PartStatus:
        """Where the whole stands: failed, once it is over, if a file is missing."""
        found = {part.status for part in self.parts}
        if len(found) == 1:
            return found.pop()
        return PartStatus.FAILED if found == {PartStatus.DONE, PartStatus.FAILED} else PartStatus.RUNNING


class ReportPart(Base):
    """One file of a report. `rows` of `total` are written, in a file that appears once it is whole.

    `touched_at` is when it was last heard of; `error` is a sentence once it has failed.
    """

    __tablename__ = "report_part"

    report_id: Mapped[str] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    status: Mapped[PartStatus] = mapped_column(one_of(PartStatus, "status"), default=PartStatus.WAITING)
    rows: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    touched_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(String(500), default="")
