"""Money at the same moment: a payment counts once for its key, and no payment is lost."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from app.clinic import appointments, billing
from app.clinic.billing import BillStatus
from app.clinic.errors import ClinicError, KeyUsed, NotAllowed
from app.clinic.models import Posting, PostingKind
from app.database import Database
from tests.clinic.builders import BERLIN, NOW, add_doctor, add_patient, berlin
from workflows.embedded.database import open_engine

CROWD = 20
SIXTY = Decimal("60.00")


def charge(session: Session, ticketid: str, key: str) -> None:
    billing.charge(
        session,
        ticketid=ticketid,
        amount=SIXTY,
        description="Consultation",
        key=f"{ticketid} {key}",
        now=NOW,
        by="tests",
    )


@pytest.fixture
def crowded(database: Database) -> Iterator[Database]:
    """The database with a connection for each of the crowd; T-1 and T-2 of one patient are charged, T-3 of another."""
    with database.write() as session:
        add_doctor(session)
        owner, other = add_patient(session), add_patient(session)
        for number, patient in enumerate((owner, owner, other), 1):
            ticketid = f"T-{number}"
            appointments.reserve(
                session,
                ticketid=ticketid,
                docid="HSP-200",
                patientid=patient.patientid,
                starts_at=berlin("2026-06-01", f"{8 + number:02}:00"),
                priority_level=3,
                now=NOW,
                zone=BERLIN,
            )
            charge(session, ticketid, "charge")
    url: URL = database.engine.url
    wide = Database(open_engine(url.render_as_string(hide_password=False), pool_size=CROWD))
    yield wide
    wide.close()


def outcomes(action: Callable[[int], object]) -> Counter[object]:
    """Do it once in each of many threads at the same moment, and count what comes out."""
    together = Barrier(CROWD)

    def attempt(number: int) -> object:
        together.wait(timeout=60)
        try:
            return action(number)
        except ClinicError as error:
            return type(error)

    with ThreadPoolExecutor(CROWD) as threads:
        return Counter(threads.map(attempt, range(CROWD)))


def pay(database: Database, key: str, *, ticketid: str = "T-1", amount: Decimal = SIXTY) -> tuple[Decimal, Decimal]:
    """Pay, and return what was still due afterwards and what became a credit."""
    with database.write() as session:
        paid = billing.pay(session, ticketid=ticketid, amount=amount, key=key, now=NOW, by="tests")
    return paid.due_after, paid.credit


def kinds(database: Database) -> Counter[PostingKind]:
    with database.read() as session:
        return Counter(session.scalars(select(Posting.kind)))


def test_one_payment_sent_by_many_charges_once(crowded: Database) -> None:
    result = outcomes(lambda _number: pay(crowded, "one"))
    assert result == {(0, 0): CROWD}
    assert kinds(crowded) == {PostingKind.CHARGE: 3, PostingKind.PAYMENT: 1}


def test_payments_with_keys_of_their_own_are_all_recorded_and_the_later_are_credit(crowded: Database) -> None:
    result = outcomes(lambda number: pay(crowded, f"payment {number}"))
    assert result == {(0, 0): 1, (0, SIXTY): CROWD - 1}
    with crowded.read() as session:
        bill = billing.bill(session, ticketid="T-1")
        balance = billing.balance_of_patient(session, patientid=bill.patientid)
    assert (bill.status, bill.paid, balance.credit) == (BillStatus.PAID, SIXTY, SIXTY * (CROWD - 1))


def test_parts_paid_at_once_add_up(crowded: Database) -> None:
    result = outcomes(lambda number: pay(crowded, f"payment {number}", amount=Decimal("2.50")))
    assert result == {(Decimal("2.50") * left, 0): 1 for left in range(60 * 2 // 5 - CROWD, 60 * 2 // 5)}
    with crowded.read() as session:
        assert billing.bill(session, ticketid="T-1").outstanding == Decimal("10.00")


def test_one_key_used_for_two_patients_at_once_is_taken_by_one(crowded: Database) -> None:
    result = outcomes(lambda number: pay(crowded, "one", ticketid="T-1" if number % 2 else "T-3"))
    assert result == {(0, 0): CROWD // 2, KeyUsed: CROWD // 2}
    assert kinds(crowded)[PostingKind.PAYMENT] == 1


def test_credit_is_spent_once_over_two_bills(crowded: Database) -> None:
    pay(crowded, "too much", amount=Decimal("90.00"))
    with crowded.write() as session:
        charge(session, "T-1", "another charge")

    def use(number: int) -> Decimal:
        ticketid = f"T-{1 + number % 2}"
        with crowded.write() as session:
            return billing.use_credit(session, ticketid=ticketid, key=f"use {number}", now=NOW, by="tests")

    assert outcomes(use) == {Decimal("30.00"): 1, Decimal(0): CROWD - 1}


def test_refunds_and_payments_at_once_leave_nothing_over(crowded: Database) -> None:
    pay(crowded, "first")

    def pay_or_refund(number: int) -> object:
        if number % 2:
            return pay(crowded, f"payment {number}")
        with crowded.write() as session:
            return billing.refund(session, ticketid="T-1", key=f"refund {number}", now=NOW, by="tests")

    result = outcomes(pay_or_refund)
    assert (result[SIXTY], result[Decimal(0)]) == (1, CROWD // 2 - 1)
    assert result[(0, SIXTY)] + result[NotAllowed] == CROWD // 2
    with crowded.read() as session:
        bill = billing.bill(session, ticketid="T-1")
        balance = billing.balance_of_patient(session, patientid=bill.patientid)
    assert (bill.status, bill.refunded, balance.credit) == (BillStatus.REFUNDED, SIXTY, SIXTY * result[(0, SIXTY)])
