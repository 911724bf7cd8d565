"""The ledger, in double-entry bookkeeping: rows are only ever added. Triggers refuse to change or delete them."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.clinic.models.base import Base, one_of


class PostingKind(StrEnum):
    """What a posting records."""

    CHARGE = "charge"
    DISCOUNT = "discount"
    PAYMENT = "payment"
    CREDIT_USED = "credit used"
    REFUND = "refund"
    TAKEN_BACK = "charge taken back"


class Posting(Base):
    """One thing that happened to the bill of a ticket, with its line in each account: positive is debit.

    `receivable` is what the patient owes, `revenue` what the clinic earned, `discount` what it let off, `cash` what
    it took in, `credit` what it keeps for the patient. The accounts are columns, because so a check of the database
    itself refuses a posting whose lines don't sum to zero. `who` is a login's id or the service; `instance_id` is the
    process instance that did it, if one did.
    """

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint("receivable + revenue + discount + cash + credit = 0", name="balance"),
        CheckConstraint("revenue <> 0 OR discount <> 0 OR cash <> 0 OR credit <> 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    """Says which event it records, so that it is recorded once."""
    kind: Mapped[PostingKind] = mapped_column(one_of(PostingKind, "kind"))
    ticketid: Mapped[str] = mapped_column(ForeignKey("appointment.ticketid"), index=True)
    patientid: Mapped[int] = mapped_column(ForeignKey("patient.patientid"), index=True)
    instance_id: Mapped[str | None] = mapped_column(String(50))
    who: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    receivable: Mapped[Decimal] = mapped_column(default=Decimal(0))
    revenue: Mapped[Decimal] = mapped_column(default=Decimal(0))
    discount: Mapped[Decimal] = mapped_column(default=Decimal(0))
    cash: Mapped[Decimal] = mapped_column(default=Decimal(0))
    credit: Mapped[Decimal] = mapped_column(default=Decimal(0))

    @property
    def amount(self) -> Decimal:
        """How much was charged, let off, paid, used or given back: the posting's amount for a reader, positive."""
        match self.kind:
            case PostingKind.CHARGE | PostingKind.TAKEN_BACK:
                return abs(self.revenue)
            case PostingKind.DISCOUNT:
                return self.discount
            case PostingKind.PAYMENT:
                return self.cash
            case PostingKind.CREDIT_USED:
                return self.credit
            case PostingKind.REFUND:
                return -(self.cash + self.credit)
