"""When doctors can be booked: weekly hours on the clinic's clock, breaks in them, and exceptions to them."""

from datetime import datetime, time
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clinic.models.base import Base, one_of


class WeeklyHours(Base):
    """Hours of one weekday (0 is Monday), cut into slots of `slot_minutes` from `starts` on."""

    __tablename__ = "weekly_hours"
    __table_args__ = (
        UniqueConstraint("docid", "weekday", "starts"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts < ends", name="order"),
        CheckConstraint("slot_minutes BETWEEN 5 AND 480 AND slot_minutes % 5 = 0", name="slot_minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    docid: Mapped[str] = mapped_column(ForeignKey("doctor.docid"))
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]
    slot_minutes: Mapped[int]


class WeeklyBreak(Base):
    """A part of a weekday in which no slot may lie, whatever the hours say."""

    __tablename__ = "weekly_break"
    __table_args__ = (
        UniqueConstraint("docid", "weekday", "starts"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts < ends", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    docid: Mapped[str] = mapped_column(ForeignKey("doctor.docid"))
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]


class ExceptionKind(StrEnum):
    """Why hours are suspended."""

    LEAVE = "leave"
    HOLIDAY = "holiday"


class AvailabilityException(Base):
    """A time in which a doctor on leave, or on a holiday (`docid` None) every doctor, can't be booked."""

    __tablename__ = "availability_exception"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="order"),
        CheckConstraint("(kind = 'holiday') = (docid IS NULL)", name="whose"),
        Index(None, "docid", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    docid: Mapped[str | None] = mapped_column(ForeignKey("doctor.docid"))
    kind: Mapped[ExceptionKind] = mapped_column(one_of(ExceptionKind, "kind"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200), default="")
