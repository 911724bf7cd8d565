"""The jobs of the payment workflow (`workflows/payment.py`). Amounts are text, as JSON has no exact numbers."""

from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.clinic import billing, billing_notices
from app.clinic.billing import Bill, BillStatus
from app.clinic.errors import ClinicError, NotAllowed
from workers.clinic import Clinic
from workers.registry import Job, job

_OUTCOMES = {BillStatus.PAID: "paid", BillStatus.HELD: "held", BillStatus.OPEN: "held"}


@job("tx_patient_pay")
def tx_patient_pay(
    *,
    job: Job,
    session: Session,
    clinic: Clinic,
    ticketid: str,
    payment_key: str,
    paid_by: str,
    amount: Decimal | None = None,
) -> dict[str, Any]:
    """Record a payment, once for its key; without an amount, as much of the patient's credit as there is and is due.

    `status` is what the workflow goes on with: paid, held, or refused for a `reason`, and then nothing was recorded.
    """
    told = {"ticketid": ticketid, "key": payment_key, "by": paid_by, "instance_id": job.instance_id}
    try:
        if amount is not None:
            billing.pay(session, amount=amount, now=clinic.now(), **told)
        elif not billing.use_credit(session, now=clinic.now(), **told):
            raise NotAllowed("There is no credit to use, or nothing to use it for.")
    except ClinicError as error:
        return {"status": "refused", "reason": str(error)}
    return _told(billing.bill(session, ticketid=ticketid))


@job("tx_patient_release")
def tx_patient_release(session: Session, clinic: Clinic, ticketid: str) -> None:
    """Issue the release notice to the patient."""
    billing_notices.tell_release(session, ticketid=ticketid, clinic=clinic.details, now=clinic.now())


@job("tx_patient_onhold")
def tx_patient_onhold(session: Session, clinic: Clinic, ticketid: str, payment_key: str) -> dict[str, Any]:
    """Tell the patient what is still due, and the workflow if the rest was paid, or the charge taken back, meanwhile.

    The bill is locked, so that no payment comes between this and the workflow's wait for it.
    """
    bill = billing.lock_bill(session, ticketid=ticketid)
    billing_notices.tell_hold(session, ticketid=ticketid, key=payment_key, clinic=clinic.details, now=clinic.now())
    return _told(bill)


def _told(bill: Bill) -> dict[str, Any]:
    return {
        "status": _OUTCOMES.get(bill.status, "refused"),
        "reason": None,
        "patientid": bill.patientid,
        "charge": str(bill.charge),
        "discount": str(bill.discount),
        "amount_paid": str(bill.paid + bill.credit),
        "date_released": None if bill.date_released is None else bill.date_released.isoformat(),
    }
