"""The waiting list: who waits for a doctor or a specialization, and the slots that they are offered."""

from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clinic.models.base import Base, one_of
from app.clinic.models.people import Doctor, Patient


class WaitingStatus(StrEnum):
    """Whether somebody still waits."""

    WAITING = "waiting"
    SERVED = "served"
    LEFT = "left"


class OfferStatus(StrEnum):
    """What became of an offer; only open ones change."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


class WaitingEntry(Base):
    """A patient's place in line: for a doctor, or for any doctor of a specialization, and slots that start by `until`.

    Who joined first is first in line. Nobody waits twice for the same (an index).
    """

    __tablename__ = "waiting_entry"
    __table_args__ = (
        CheckConstraint("(docid IS NULL) <> (specialization IS NULL)", name="for_whom"),
        CheckConstraint("priority_level BETWEEN 1 AND 5", name="priority_level"),
        Index(None, "docid", "joined_at"),
        Index(None, "specialization", "joined_at"),
        Index(
            "uq_waiting_entry_doctor",
            "patientid",
            "docid",
            unique=True,
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "uq_waiting_entry_specialization",
            "patientid",
            "specialization",
            unique=True,
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid4()))
    patientid: Mapped[int] = mapped_column(ForeignKey("patient.patientid"))
    docid: Mapped[str | None] = mapped_column(ForeignKey("doctor.docid"))
    specialization: Mapped[str | None] = mapped_column(String(100))
    priority_level: Mapped[int]
    until: Mapped[datetime]
    status: Mapped[WaitingStatus] = mapped_column(one_of(WaitingStatus, "status"))
    joined_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    patient: Mapped[Patient] = relationship(lazy="joined", innerjoin=True)
    doctor: Mapped[Doctor | None] = relationship(lazy="joined")


class SlotOffer(Base):
    """A free slot, held for one who waits until they answer or the offer expires.

    Nobody has two open offers (an index), and nobody is offered the same slot twice.
    """

    __tablename__ = "slot_offer"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="order"),
        CheckConstraint("(ticketid IS NULL) <> (status = 'accepted')", name="ticketid"),
        Index(
            "uq_slot_offer_open",
            "entry_id",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
        Index(None, "status", "expires_at"),
        Index(None, "entry_id", "docid", "starts_at", unique=True),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid4()))
    entry_id: Mapped[str] = mapped_column(ForeignKey("waiting_entry.id"))
    docid: Mapped[str] = mapped_column(ForeignKey("doctor.docid"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    status: Mapped[OfferStatus] = mapped_column(one_of(OfferStatus, "status"))
    ticketid: Mapped[str | None] = mapped_column(ForeignKey("appointment.ticketid"))
    """The appointment that it became, once it was accepted."""
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    entry: Mapped[WaitingEntry] = relationship(lazy="joined", innerjoin=True)
    doctor: Mapped[Doctor] = relationship(lazy="joined", innerjoin=True)
