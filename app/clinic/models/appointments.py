"""Appointments, and the time that they hold.

Once hours have changed, two slots can overlap without starting together. So an appointment does not hold a slot: it
holds every tick of five minutes that it lasts, one row a tick. The primary key of those rows lets a doctor have one
appointment at a time, and their unique constraint does the same for a patient, on every database. Cancelling
deletes the rows. A slot that is offered to somebody on the waiting list is held by the same rows until the offer ends.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clinic.models.base import Base, one_of
from app.clinic.models.people import Doctor, Patient

TICK_MINUTES = 5
_TICK_SECONDS = TICK_MINUTES * 60


def ticks(starts_at: datetime, ends_at: datetime) -> range:
    """Return the numbers of the ticks, counted from 1970 in UTC, that `starts_at` to `ends_at` touches."""
    first = int(starts_at.timestamp()) // _TICK_SECONDS
    beyond = -(-int(ends_at.timestamp()) // _TICK_SECONDS)
    return range(first, beyond)


class AppointmentStatus(StrEnum):
    """Where an appointment stands; `MOVES` says where it can go from there."""

    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    MISSED = "missed"

    @property
    def label(self) -> str:
        """How people say it."""
        return self.value.replace("_", " ")


MOVES = {
    AppointmentStatus.BOOKED: frozenset(
        {AppointmentStatus.CHECKED_IN, AppointmentStatus.CANCELLED, AppointmentStatus.MISSED}
    ),
    AppointmentStatus.CHECKED_IN: frozenset({AppointmentStatus.COMPLETED}),
    AppointmentStatus.COMPLETED: frozenset[AppointmentStatus](),
    AppointmentStatus.CANCELLED: frozenset[AppointmentStatus](),
    AppointmentStatus.MISSED: frozenset[AppointmentStatus](),
}
"""The statuses to which an appointment can move from each status. Rescheduling moves it in time and keeps it booked."""

EXPECTED = tuple(status for status, following in MOVES.items() if following)
"""The statuses of appointments that are still ahead or under way."""


class Appointment(Base):
    """A patient's time with a doctor; `priority_level` 1 is the most urgent.

    `sequence` counts what calendars have to follow: each time it was rescheduled, and its cancellation.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="order"),
        CheckConstraint("priority_level BETWEEN 1 AND 5", name="priority_level"),
        Index(None, "docid", "starts_at"),
        Index(None, "patientid", "starts_at"),
        Index(None, "starts_at"),
    )

    ticketid: Mapped[str] = mapped_column(String(20), primary_key=True)
    docid: Mapped[str] = mapped_column(ForeignKey("doctor.docid"))
    patientid: Mapped[int] = mapped_column(ForeignKey("patient.patientid"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    priority_level: Mapped[int]
    status: Mapped[AppointmentStatus] = mapped_column(one_of(AppointmentStatus, "status"))
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    doctor: Mapped[Doctor] = relationship(lazy="joined", innerjoin=True)
    patient: Mapped[Patient] = relationship(lazy="joined", innerjoin=True)


class SlotHold(Base):
    """One tick of a doctor's and a patient's time that an appointment holds, or an offer of the waiting list."""

    __tablename__ = "slot_hold"
    __table_args__ = (
        UniqueConstraint("patientid", "tick"),
        CheckConstraint("(ticketid IS NULL) <> (offer_id IS NULL)", name="holder"),
    )

    docid: Mapped[str] = mapped_column(ForeignKey("doctor.docid"), primary_key=True)
    tick: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    patientid: Mapped[int] = mapped_column(ForeignKey("patient.patientid"))
    ticketid: Mapped[str | None] = mapped_column(ForeignKey("appointment.ticketid"), index=True)
    offer_id: Mapped[str | None] = mapped_column(ForeignKey("slot_offer.id"), index=True)
