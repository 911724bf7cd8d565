"""What doctors write about patients: diagnoses and laboratory requests."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clinic.models.base import Base, one_of
from app.clinic.models.people import Administrator, Doctor, Patient

LONGEST_TEXT = 2000
LONGEST_REFUSAL = 500


class Diagnosis(Base):
    """A doctor's finding (`narrative`) and what the patient is to do about it (`resolution`).

    Never changed or deleted (triggers): a correction is a new diagnosis that `supersedes` the wrong one, which has at
    most one correction.
    """

    __tablename__ = "diagnosis"
    __table_args__ = (Index(None, "docid", "patientid"), Index(None, "supersedes", unique=True))

    id: Mapped[int] = mapped_column(primary_key=True)
    docid: Mapped[str] = mapped_column(ForeignKey("doctor.docid"))
    patientid: Mapped[int] = mapped_column(ForeignKey("patient.patientid"), index=True)
    ticketid: Mapped[str | None] = mapped_column(ForeignKey("appointment.ticketid"))
    narrative: Mapped[str] = mapped_column(String(LONGEST_TEXT))
    resolution: Mapped[str] = mapped_column(String(LONGEST_TEXT))
    submitted_at: Mapped[datetime]
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("diagnosis.id"))
    doctor: Mapped[Doctor] = relationship(lazy="joined", innerjoin=True)
    patient: Mapped[Patient] = relationship(lazy="joined", innerjoin=True)


class RequestStatus(StrEnum):
    """Where a laboratory request stands; only open ones change."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"


class LaboratoryRequest(Base):
    """A doctor's request for a laboratory test, open until an administrator approves it, or refuses it and says why.

    `empid` and `decided_at` are the administrator who did, and when.
    """

    __tablename__ = "laboratory_request"
    __table_args__ = (
        CheckConstraint("(empid IS NULL) = (status = 'open')", name="decided_by"),
        CheckConstraint("(decided_at IS NULL) = (status = 'open')", name="decided_at"),
        CheckConstraint("(refusal <> '') = (status = 'refused')", name="refusal"),
        Index(None, "status", "requested_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    docid: Mapped[str] = mapped_column(ForeignKey("doctor.docid"), index=True)
    patientid: Mapped[int] = mapped_column(ForeignKey("patient.patientid"), index=True)
    details: Mapped[str] = mapped_column(String(LONGEST_TEXT))
    requested_at: Mapped[datetime]
    status: Mapped[RequestStatus] = mapped_column(one_of(RequestStatus, "status"), default=RequestStatus.OPEN)
    empid: Mapped[str | None] = mapped_column(ForeignKey("administrator.empid"))
    decided_at: Mapped[datetime | None]
    refusal: Mapped[str] = mapped_column(String(LONGEST_REFUSAL), default="")
    doctor: Mapped[Doctor] = relationship(lazy="joined", innerjoin=True)
    patient: Mapped[Patient] = relationship(lazy="joined", innerjoin=True)
    administrator: Mapped[Administrator | None] = relationship(lazy="joined")
