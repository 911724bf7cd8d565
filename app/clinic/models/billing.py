"""The ledger: charges and payments, that are only ever added. Triggers refuse to change or delete them."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.clinic.models.base import Base


class Charge(Base):
    """What a patient owes for something; a negative amount takes an earlier charge back."""

    __tablename__ = "charge"
    __table_args__ = (CheckConstraint("amount <> 0", name="amount"),)

    chargeid: Mapped[str] = mapped_column(String(50), primary_key=True)
    patientid: Mapped[int] = mapped_column(ForeignKey("patient.patientid"), index=True)
    ticketid: Mapped[str | None] = mapped_column(ForeignKey("appointment.ticketid"), index=True)
    description: Mapped[str] = mapped_column(String(200))
    amount: Mapped[Decimal]
    created_at: Mapped[datetime]


class Payment(Base):
    """What a patient paid, with the discount given for it; a negative amount is a refund."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount <> 0 OR discount > 0", name="amount"),
        CheckConstraint("discount >= 0", name="discount"),
    )

    paymentid: Mapped[str] = mapped_column(String(50), primary_key=True)
    patientid: Mapped[int] = mapped_column(ForeignKey("patient.patientid"), index=True)
    ticketid: Mapped[str | None] = mapped_column(ForeignKey("appointment.ticketid"), index=True)
    amount: Mapped[Decimal]
    discount: Mapped[Decimal] = mapped_column(default=Decimal(0))
    created_at: Mapped[datetime]
