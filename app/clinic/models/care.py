"""What doctors write about patients: diagnoses and laboratory requests."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.clinic.models.base import Base


class Diagnosis(Base):
    """A doctor's finding (`narrative`) and what the patient is to do about it (`resolution`)."""

    __tablename__ = "diagnosis"
    __table_args__ = (Index(None, "docid", "patientid"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    docid: Mapped[str] = mapped_column(ForeignKey("doctor.docid"))
    patientid: Mapped[int] = mapped_column(ForeignKey("patient.patientid"), index=True)
    ticketid: Mapped[str | None] = mapped_column(ForeignKey("appointment.ticketid"))
    narrative: Mapped[str] = mapped_column(String(2000))
    resolution: Mapped[str] = mapped_column(String(2000))
    submitted_at: Mapped[datetime]


class LaboratoryRequest(Base):
    """A doctor's request for a laboratory test, open until an administrator approves it."""

    __tablename__ = "laboratory_request"
    __table_args__ = (CheckConstraint("(empid IS NULL) = (approved_at IS NULL)", name="approval"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    docid: Mapped[str] = mapped_column(ForeignKey("doctor.docid"), index=True)
    patientid: Mapped[int] = mapped_column(ForeignKey("patient.patientid"), index=True)
    empid: Mapped[str | None] = mapped_column(ForeignKey("administrator.empid"))
    details: Mapped[str] = mapped_column(String(2000))
    requested_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
