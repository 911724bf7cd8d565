"""The jobs around the bill of an appointment. Each posts once for its job."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.clinic import billing, billing_notices, telling
from app.clinic.appointments import SERVICE
from workers.clinic import Clinic
from workers.registry import Job, job


@job("charge_appointment")
def charge_appointment(job: Job, session: Session, clinic: Clinic, ticketid: str, price: Decimal) -> dict[str, Any]:
    """Charge the price, and say when the payment is to be reminded of and until when the slot is held for it.

    An appointment that was made elsewhere may have its bill already; that one counts.
    """
    now, rules = clinic.now(), clinic.rules
    if not billing.postings_of_bill(session, ticketid=ticketid):
        billing.charge(
            session,
            ticketid=ticketid,
            amount=price.quantize(Decimal("0.01")),
            description="Appointment",
            key=job.key,
            now=now,
            by=SERVICE,
            instance_id=job.instance_id,
        )
    return {
        "payment_reminders": [now + offset for offset in sorted(rules.payment_reminders)],
        "hold_until": now + rules.payment_hold,
    }


@job("remind_of_payment")
def remind_of_payment(job: Job, session: Session, clinic: Clinic, ticketid: str, hold_until: datetime) -> None:
    """Remind the patient of what is to be paid, and until when the slot is held."""
    outstanding = billing.bill(session, ticketid=ticketid).outstanding
    telling.tell_payment_due(
        session,
        ticketid=ticketid,
        amount=outstanding,
        until=hold_until,
        clinic=clinic.details,
        key=job.key,
        now=clinic.now(),
    )


@job("list_overdue_bills")
def list_overdue_bills(session: Session, clinic: Clinic) -> dict[str, Any]:
    """Find the tickets of the bills that are due although the appointment is over."""
    return {"overdue": [bill.ticketid for bill in billing.overdue_bills(session, now=clinic.now())]}


@job("remind_of_overdue_bill")
def remind_of_overdue_bill(session: Session, clinic: Clinic, ticketid: str) -> dict[str, Any]:
    """Remind the patient of a bill, unless it was paid meanwhile; say whether there was anything to remind of."""
    told = billing_notices.tell_overdue(session, ticketid=ticketid, clinic=clinic.details, now=clinic.now())
    return {"reminded": told is not None}


@job("issue_release")
def issue_release(session: Session, clinic: Clinic, ticketid: str) -> None:
    """Tell the patient that the bill is paid, and since when."""
    billing_notices.tell_release(session, ticketid=ticketid, clinic=clinic.details, now=clinic.now())


@job("refund_payment")
@job("take_back_charge")
def undo_bill(job: Job, session: Session, clinic: Clinic, ticketid: str) -> None:
    """Take the charge back, give back what was paid, which may be a part, and tell the patient. Once is enough: a
    bill that is undone stays as it is."""
    refunded = billing.refund(
        session, ticketid=ticketid, key=job.key, now=clinic.now(), by=SERVICE, instance_id=job.instance_id
    )
    if refunded:
        billing_notices.tell_refund(
            session, ticketid=ticketid, refunded=refunded, key=job.key, clinic=clinic.details, now=clinic.now()
        )
