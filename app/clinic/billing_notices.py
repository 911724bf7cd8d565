"""What patients are told about their bills."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from app.clinic import billing, notices
from app.clinic.details import ClinicDetails
from app.clinic.models import Notice


def tell_release(session: Session, *, ticketid: str, clinic: ClinicDetails, now: datetime) -> Notice | None:
    """Leave the patient the notice that a bill is paid, with the date, once for each time that it was settled.

    A bill that is not paid, or not any more, gives no notice. Raise `NotFound` for a ticket without a bill.
    """
    bill = billing.bill(session, ticketid=ticketid)
    if bill.date_released is None:
        return None
    released = bill.date_released.astimezone(clinic.zone)
    credit = f" {clinic.money(bill.credit)} too much is a credit for your next bill." if bill.credit else ""
    return notices.notify(
        session,
        login_id=bill.appointment.patient.login_id,
        subject=f"Your bill is paid ({clinic.money(bill.due)})",
        body=f"The bill for ticket {ticketid} was released on {released:%A %-d %B %Y}. Nothing more is due.{credit}",
        key=f"{ticketid} released {bill.date_released.isoformat()}",
        now=now,
        ticketid=ticketid,
    )


def tell_hold(session: Session, *, ticketid: str, key: str, clinic: ClinicDetails, now: datetime) -> Notice | None:
    """Leave the patient the notice that a part of a bill is still due, once for each payment, which `key` names.

    A bill of which nothing is due gives no notice. Raise `NotFound` for a ticket without a bill.
    """
    bill = billing.bill(session, ticketid=ticketid)
    if not bill.outstanding:
        return None
    return notices.notify(
        session,
        login_id=bill.appointment.patient.login_id,
        subject=f"{clinic.money(bill.outstanding)} of your bill are still due",
        body=f"Of {clinic.money(bill.due)} for ticket {ticketid}, {clinic.money(bill.paid)} are paid. "
        f"The bill is on hold until the rest is paid.",
        key=f"{ticketid} on hold after {key}",
        now=now,
        ticketid=ticketid,
    )


def tell_overdue(session: Session, *, ticketid: str, clinic: ClinicDetails, now: datetime) -> Notice | None:
    """Remind the patient of what is still due for an appointment that is over, at most once in a calendar week.

    A bill of which nothing is due gives no notice. Raise `NotFound` for a ticket without a bill.
    """
    bill = billing.bill(session, ticketid=ticketid)
    if not bill.outstanding:
        return None
    due = clinic.money(bill.outstanding)
    year, week, _ = now.astimezone(clinic.zone).isocalendar()
    return notices.notify(
        session,
        login_id=bill.appointment.patient.login_id,
        subject=f"Please pay {due}",
        body=f"Your appointment with ticket {ticketid} is over, and {due} of its bill are still to be paid.",
        key=f"{ticketid} overdue {year}-W{week:02}",
        now=now,
        ticketid=ticketid,
    )


def tell_refund(
    session: Session, *, ticketid: str, refunded: Decimal, key: str, clinic: ClinicDetails, now: datetime
) -> Notice:
    """Leave the patient the notice of what is given back, once for each `key`. Raise `NotFound` without a bill."""
    bill = billing.bill(session, ticketid=ticketid)
    return notices.notify(
        session,
        login_id=bill.appointment.patient.login_id,
        subject=f"{clinic.money(refunded)} are given back to you",
        body=f"The charge for ticket {ticketid} was taken back, and what you paid for it is given back.",
        key=f"{ticketid} refunded by {key}",
        now=now,
        ticketid=ticketid,
    )
