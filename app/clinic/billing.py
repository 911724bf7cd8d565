"""What appointments cost: charging, paying, giving back. Every amount is exact, positive, and of one currency.

Each function that records something does it once for its `key`: the same key again returns the first result and
changes nothing, and with other content it raises `KeyUsed`. `by` is a login's id or the service, `instance_id` the
process instance that does it. They raise `NotFound` for an unknown ticket, and `InvalidInput` for an amount that is
not more than zero, in cents, and below the limit of `validation.money`. Balances are sums over the ledger.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from app.clinic import validation
from app.clinic.errors import InvalidInput, NotAllowed, NotFound
from app.clinic.ledger import Event, Page, lock, open_page
from app.clinic.models import Appointment, Login, Posting, PostingKind, Role

NOTHING = Decimal("0.00")
_REVERSALS = frozenset({PostingKind.REFUND, PostingKind.TAKEN_BACK})
_IS_REFUND = Posting.kind == PostingKind.REFUND
_SUMS = select(
    Posting.ticketid,
    func.sum(Posting.revenue).label("revenue"),
    func.sum(Posting.discount).label("discount"),
    func.sum(Posting.receivable).label("receivable"),
    func.sum(case((Posting.kind == PostingKind.PAYMENT, Posting.credit), else_=NOTHING)).label("credit"),
    func.sum(case((_IS_REFUND, Posting.cash + Posting.credit), else_=NOTHING)).label("refunded"),
    func.max(case((Posting.receivable < NOTHING, Posting.created_at))).label("settled_at"),
).group_by(Posting.ticketid)
"""The accounts of each bill."""

_OUTSTANDING = func.sum(Posting.receivable)
_PAID = func.sum(Posting.revenue + Posting.discount + Posting.receivable)


class BillStatus(StrEnum):
    """Where a bill stands. A held one is paid in part; a void one was taken back before anything was paid."""

    OPEN = "open"
    HELD = "held"
    PAID = "paid"
    REFUNDED = "refunded"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Bill:
    """What a ticket costs and what was paid for it: `outstanding` is still to pay of what is `due`.

    `paid` counts used credit too. `credit` is what payments for this ticket brought above what was outstanding, and
    belongs to the patient; `refunded` was given back. `date_released` is when the last of it was paid.
    """

    appointment: Appointment
    charge: Decimal
    discount: Decimal
    outstanding: Decimal
    credit: Decimal
    refunded: Decimal
    date_released: datetime | None

    @property
    def ticketid(self) -> str:
        """The ticket of the appointment that is billed."""
        return self.appointment.ticketid

    @property
    def patientid(self) -> int:
        """Whose bill it is."""
        return self.appointment.patientid

    @property
    def due(self) -> Decimal:
        """The charge less the discount."""
        return self.charge - self.discount

    @property
    def paid(self) -> Decimal:
        """What was paid of what is due."""
        return self.due - self.outstanding

    @property
    def has_receipt(self) -> bool:
        """Whether something was paid that a receipt can tell of."""
        return bool(self.paid or self.credit or self.refunded)

    @property
    def status(self) -> BillStatus:
        """Where the bill stands."""
        if not self.charge:
            return BillStatus.REFUNDED if self.refunded else BillStatus.VOID
        if not self.outstanding:
            return BillStatus.PAID
        return BillStatus.HELD if self.paid else BillStatus.OPEN


@dataclass(frozen=True, slots=True)
class Paid:
    """What a payment did: `paid` was handed over, `credit` of it was too much and belongs to the patient."""

    due_before: Decimal
    paid: Decimal
    due_after: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Balance:
    """What a patient owes over all bills, and the credit that can be used for them."""

    outstanding: Decimal
    credit: Decimal


def charge(
    session: Session,
    *,
    ticketid: str,
    amount: Decimal,
    description: str,
    key: str,
    now: datetime,
    by: str,
    instance_id: str | None = None,
) -> Posting:
    """Charge an amount for an appointment; charges of one ticket add up to one bill."""
    amount = validation.money("amount", amount)
    page = open_page(session, Event(ticketid, key, now, by, instance_id), {PostingKind.CHARGE}, amount=amount)
    return page.earlier or page.post(PostingKind.CHARGE, description, receivable=amount, revenue=-amount)


def discount(
    session: Session,
    *,
    ticketid: str,
    amount: Decimal,
    description: str,
    key: str,
    now: datetime,
    by: str,
    instance_id: str | None = None,
) -> Posting:
    """Let the patient off an amount; raise `InvalidInput` if it is more than what is outstanding."""
    amount = validation.money("amount", amount)
    page = open_page(session, Event(ticketid, key, now, by, instance_id), {PostingKind.DISCOUNT}, amount=amount)
    if page.earlier is not None:
        return page.earlier
    if amount > (outstanding := _outstanding(session, ticketid)):
        raise InvalidInput("amount", f"The discount can be {outstanding} at most: no more is due.")
    return page.post(PostingKind.DISCOUNT, description, receivable=-amount, discount=amount)


def pay(
    session: Session,
    *,
    ticketid: str,
    amount: Decimal,
    key: str,
    now: datetime,
    by: str,
    instance_id: str | None = None,
) -> Paid:
    """Record what was handed over for a bill; less than is due leaves the rest due, what is too much is a credit.

    Of two payments at once both are recorded, and the later is a credit: money that was handed over is never lost.
    Raise `NotAllowed` if nothing is charged for the ticket, or not any more.
    """
    amount = validation.money("amount", amount)
    page = open_page(session, Event(ticketid, key, now, by, instance_id), {PostingKind.PAYMENT}, amount=amount)
    posting = page.earlier
    if posting is None:
        outstanding = _payable(session, ticketid)
        settled = min(amount, outstanding)
        posting = page.post(PostingKind.PAYMENT, "Payment", cash=amount, receivable=-settled, credit=settled - amount)
    before = _outstanding(session, ticketid, Posting.id < posting.id)
    return Paid(before, amount, before + posting.receivable, -posting.credit)


def use_credit(
    session: Session, *, ticketid: str, key: str, now: datetime, by: str, instance_id: str | None = None
) -> Decimal:
    """Pay a bill with the patient's credit, as far as it goes; return how much that was, which may be nothing.

    Raise `NotAllowed` if nothing is charged for the ticket, or not any more.
    """
    page = open_page(session, Event(ticketid, key, now, by, instance_id), {PostingKind.CREDIT_USED})
    if page.earlier is not None:
        return page.earlier.amount
    credit = balance_of_patient(session, patientid=page.patientid).credit
    used = min(credit, _payable(session, ticketid))
    if used:
        page.post(PostingKind.CREDIT_USED, "Credit used", credit=used, receivable=-used)
    return used


def refund(
    session: Session, *, ticketid: str, key: str, now: datetime, by: str, instance_id: str | None = None
) -> Decimal:
    """Take the charge back and give back everything that was paid for the ticket; return how much that was.

    What was paid with credit becomes a credit again, and an over-payment stays one. A ticket for which nothing is
    charged, or not any more, is left as it is.
    """
    page = open_page(session, Event(ticketid, key, now, by, instance_id), _REVERSALS)
    if page.earlier is not None:
        return page.earlier.amount if page.earlier.kind is PostingKind.REFUND else NOTHING
    return _reverse(page)


def take_back_charge(
    session: Session, *, ticketid: str, key: str, now: datetime, by: str, instance_id: str | None = None
) -> None:
    """Take the charge of a ticket back; raise `NotAllowed` if something was paid, which is a case for `refund`."""
    page = open_page(session, Event(ticketid, key, now, by, instance_id), {PostingKind.TAKEN_BACK})
    if page.earlier is not None:
        return
    if any(bill.paid for bill in _bills(session, Posting.ticketid == ticketid)):
        raise NotAllowed(f"Something was paid for ticket {ticketid}: refund it.")
    _reverse(page)


def bill(session: Session, *, ticketid: str) -> Bill:
    """Return the bill of a ticket; raise `NotFound` if nothing was ever charged for it."""
    found = _bills(session, Posting.ticketid == ticketid) if ticketid.isprintable() else []
    if not found:
        raise NotFound("bill of appointment", ticketid)
    return found[0]


def lock_bill(session: Session, *, ticketid: str) -> Bill:
    """Return the bill of a ticket, which nobody can change until the transaction ends; raise `NotFound`."""
    lock(session, patientid=bill(session, ticketid=ticketid).patientid)
    return bill(session, ticketid=ticketid)


def bill_for_login(session: Session, *, ticketid: str, login: Login) -> Bill:
    """Return a bill that this login may see and pay: the patient's own, or any for an administrator.

    Raise `NotFound` for others' as for unknown ones, so that nobody learns which tickets there are.
    """
    found = bill(session, ticketid=ticketid)
    if login.role is not Role.ADMINISTRATOR and login.id != found.appointment.patient.login_id:
        raise NotFound("bill of appointment", ticketid)
    return found


def bills_of_patient(session: Session, *, patientid: int, limit: int = 100) -> list[Bill]:
    """Return a patient's bills, that of the latest appointment first."""
    return _bills(session, Posting.patientid == patientid, limit=limit)


def list_bills(
    session: Session,
    *,
    patientid: int | None = None,
    outstanding: bool | None = None,
    offset: int = 0,
    limit: int = 100,
) -> list[Bill]:
    """Return bills, a patient's or everybody's, that of the latest appointment first; those with something to pay,
    those without, or all."""
    where = () if patientid is None else (Posting.patientid == patientid,)
    having = {None: (), True: (_OUTSTANDING > NOTHING,), False: (_OUTSTANDING == NOTHING,)}[outstanding]
    return _bills(session, *where, having=having, limit=limit, offset=offset)


def unpaid_bills(session: Session, *, limit: int = 100) -> list[Bill]:
    """Return everybody's bills of which nothing is paid yet, that of the latest appointment first."""
    return _bills(session, having=(_OUTSTANDING > NOTHING, _PAID == NOTHING), limit=limit)


def held_bills(session: Session, *, limit: int = 100) -> list[Bill]:
    """Return everybody's bills that are paid in part, that of the latest appointment first."""
    return _bills(session, having=(_OUTSTANDING > NOTHING, _PAID != NOTHING), limit=limit)


def overdue_bills(session: Session, *, now: datetime, limit: int = 1000) -> list[Bill]:
    """Return everybody's bills that are not paid in full although the appointment is over, that of the latest first."""
    over = select(Appointment.ticketid).where(Appointment.ends_at <= now)
    return _bills(session, Posting.ticketid.in_(over), having=(_OUTSTANDING > NOTHING,), limit=limit)


def postings_of_bill(session: Session, *, ticketid: str) -> list[Posting]:
    """Return what happened to a bill, in order."""
    return list(session.scalars(select(Posting).where(Posting.ticketid == ticketid).order_by(Posting.id)))


def select_payments(*, patientid: int | None = None, ticketid: str | None = None) -> Select[Posting]:
    """Return the query for what was paid, in money or with credit, newest first."""
    query = select(Posting).where(Posting.kind.in_([PostingKind.PAYMENT, PostingKind.CREDIT_USED]))
    if patientid is not None:
        query = query.where(Posting.patientid == patientid)
    if ticketid is not None:
        query = query.where(Posting.ticketid == ticketid)
    return query.order_by(Posting.id.desc())


def balance_of_patient(session: Session, *, patientid: int) -> Balance:
    """Return what a patient owes and has to good."""
    sums = select(func.sum(Posting.receivable), func.sum(Posting.credit)).where(Posting.patientid == patientid)
    outstanding, credit = session.execute(sums).one()
    return Balance(outstanding or NOTHING, -(credit or NOTHING))


def _payable(session: Session, ticketid: str) -> Decimal:
    """Return what is outstanding, which can be nothing; raise `NotAllowed` if there is no charge to pay."""
    charged = session.scalar(select(func.sum(Posting.revenue)).where(Posting.ticketid == ticketid))
    if charged is None:
        raise NotAllowed(f"Nothing is charged for ticket {ticketid}.")
    if not charged:
        raise NotAllowed(f"The charge for ticket {ticketid} was taken back; there is nothing to pay.")
    return _outstanding(session, ticketid)


def _outstanding(session: Session, ticketid: str, *before: ColumnElement[bool]) -> Decimal:
    query = select(func.sum(Posting.receivable)).where(Posting.ticketid == ticketid, *before)
    return session.scalar(query) or NOTHING


def _reverse(page: Page) -> Decimal:
    """Undo all that was charged, let off and paid; return what is given back. Without a charge do nothing."""
    found = _bills(page.session, Posting.ticketid == page.event.ticketid)
    if not found or not found[0].charge:
        return NOTHING
    undone, credit = found[0], _paid_with_credit(page.session, page.event.ticketid)
    page.post(
        PostingKind.REFUND if undone.paid else PostingKind.TAKEN_BACK,
        "Refund" if undone.paid else "Charge taken back",
        revenue=undone.charge,
        discount=-undone.discount,
        receivable=-undone.outstanding,
        credit=-credit,
        cash=credit - undone.paid,
    )
    return undone.paid


def _paid_with_credit(session: Session, ticketid: str) -> Decimal:
    kinds = Posting.kind.in_([PostingKind.CREDIT_USED, PostingKind.REFUND])
    return session.scalar(select(func.sum(Posting.credit)).where(Posting.ticketid == ticketid, kinds)) or NOTHING


def _bills(
    session: Session,
    *where: ColumnElement[bool],
    having: Iterable[ColumnElement[bool]] = (),
    limit: int = 1,
    offset: int = 0,
) -> list[Bill]:
    sums = _SUMS.where(*where).having(*having).subquery()
    query = select(Appointment, sums).join(sums, sums.c.ticketid == Appointment.ticketid)
    ordered = query.order_by(Appointment.starts_at.desc(), Appointment.ticketid)
    rows = session.execute(ordered.limit(limit).offset(offset))
    return [
        Bill(
            appointment=row.Appointment,
            charge=-row.revenue,
            discount=row.discount,
            outstanding=row.receivable,
            credit=-row.credit,
            refunded=-row.refunded,
            date_released=None if row.receivable or not row.revenue else row.settled_at,
        )
        for row in rows
    ]
