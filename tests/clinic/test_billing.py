"""Bills: charging, paying in full, in parts and too much, discounts, credit, refunds; each once for its key."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clinic import appointments, billing
from app.clinic.billing import Balance, BillStatus, Paid
from app.clinic.errors import ClinicError, InvalidInput, KeyUsed, NotAllowed, NotFound
from app.clinic.models import Doctor, Patient, Posting, PostingKind
from app.clinic.validation import money
from tests.clinic.builders import BERLIN, NOW, add_patient, berlin

SIXTY = Decimal("60.00")


class Ledger(Protocol):
    """The functions of billing, told who, when, and, unless the test says it, which key."""

    def __call__(self, function: Any, ticketid: str = "T-1", **given: Any) -> Any: ...


@pytest.fixture
def ledger(session: Session, doctor: Doctor, patient: Patient) -> Ledger:
    """Two booked appointments of a patient, T-1 and T-2, and the functions over them."""
    for number in (1, 2):
        appointments.reserve(
            session,
            ticketid=f"T-{number}",
            docid=doctor.docid,
            patientid=patient.patientid,
            starts_at=berlin("2026-06-01", f"{9 + number}:00"),
            priority_level=3,
            now=NOW,
            zone=BERLIN,
        )
    keys = iter(range(1000))

    def call(function: Any, ticketid: str = "T-1", **given: Any) -> Any:
        told = {"key": f"event {next(keys)}", "now": NOW, "by": patient.login_id, "instance_id": "i-1"}
        return function(session, ticketid=ticketid, **{**told, **given})

    return call


def charge(ledger: Ledger, amount: Decimal = SIXTY, ticketid: str = "T-1", **given: Any) -> Posting:
    posting: Posting = ledger(billing.charge, ticketid, **{"amount": amount, "description": "Consultation", **given})
    return posting


def figures(*amounts: Decimal) -> str:
    """Write amounts down, so that their cents can be seen."""
    return " ".join(str(amount) for amount in amounts)


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Posting)) or 0


def test_a_charge_opens_a_bill(session: Session, ledger: Ledger, patient: Patient) -> None:
    posting = charge(ledger)
    assert (posting.kind, posting.amount, posting.receivable, posting.revenue) == (
        PostingKind.CHARGE,
        SIXTY,
        SIXTY,
        -SIXTY,
    )
    assert (posting.ticketid, posting.patientid, posting.instance_id, posting.who, posting.created_at) == (
        "T-1",
        patient.patientid,
        "i-1",
        patient.login_id,
        NOW,
    )
    bill = billing.bill(session, ticketid="T-1")
    assert figures(bill.charge, bill.discount, bill.due, bill.paid, bill.outstanding) == "60.00 0.00 60.00 0.00 60.00"
    assert [unpaid.ticketid for unpaid in billing.unpaid_bills(session)] == ["T-1"]
    assert billing.held_bills(session) == []
    assert (bill.status, bill.date_released, bill.patientid) == (BillStatus.OPEN, None, patient.patientid)


def test_paying_exactly_what_is_due_releases(session: Session, ledger: Ledger) -> None:
    charge(ledger)
    later = NOW + timedelta(hours=1)
    assert ledger(billing.pay, amount=SIXTY, now=later) == Paid(SIXTY, SIXTY, Decimal(0), Decimal(0))
    bill = billing.bill(session, ticketid="T-1")
    assert (bill.status, bill.date_released) == (BillStatus.PAID, later)
    assert figures(bill.paid, bill.outstanding, bill.credit) == "60.00 0.00 0.00"


def test_a_part_holds_until_the_rest_comes(session: Session, ledger: Ledger) -> None:
    charge(ledger)
    assert ledger(billing.pay, amount=Decimal("25.50")) == Paid(SIXTY, Decimal("25.50"), Decimal("34.50"), Decimal(0))
    bill = billing.bill(session, ticketid="T-1")
    assert (bill.status, bill.paid, bill.date_released) == (BillStatus.HELD, Decimal("25.50"), None)
    assert [held.ticketid for held in billing.held_bills(session)] == ["T-1"]
    assert billing.unpaid_bills(session) == []
    rest = ledger(billing.pay, amount=Decimal("34.50"))
    assert rest == Paid(Decimal("34.50"), Decimal("34.50"), Decimal(0), Decimal(0))
    assert billing.bill(session, ticketid="T-1").status is BillStatus.PAID
    assert billing.held_bills(session) == []


def test_too_much_is_a_credit_that_pays_the_next_bill(session: Session, ledger: Ledger, patient: Patient) -> None:
    charge(ledger)
    assert ledger(billing.pay, amount=Decimal("100.00")) == Paid(SIXTY, Decimal(100), Decimal(0), Decimal(40))
    assert billing.bill(session, ticketid="T-1").credit == 40
    charge(ledger, ticketid="T-2")
    assert billing.balance_of_patient(session, patientid=patient.patientid) == Balance(SIXTY, Decimal(40))
    assert ledger(billing.use_credit, "T-2") == 40
    assert billing.bill(session, ticketid="T-2").status is BillStatus.HELD
    assert billing.balance_of_patient(session, patientid=patient.patientid) == Balance(Decimal(20), Decimal(0))
    assert ledger(billing.use_credit, "T-2") == 0


def test_only_as_much_credit_is_used_as_is_due(session: Session, ledger: Ledger, patient: Patient) -> None:
    charge(ledger)
    ledger(billing.pay, amount=Decimal("160.00"))
    charge(ledger, ticketid="T-2")
    assert ledger(billing.use_credit, "T-2") == SIXTY
    assert billing.bill(session, ticketid="T-2").status is BillStatus.PAID
    assert billing.balance_of_patient(session, patientid=patient.patientid).credit == 40


def test_paying_a_paid_bill_is_a_credit(session: Session, ledger: Ledger) -> None:
    charge(ledger)
    ledger(billing.pay, amount=SIXTY)
    assert ledger(billing.pay, amount=SIXTY) == Paid(Decimal(0), SIXTY, Decimal(0), SIXTY)
    assert billing.bill(session, ticketid="T-1").credit == SIXTY


def test_due_is_the_charge_less_the_discount(session: Session, ledger: Ledger) -> None:
    charge(ledger)
    ledger(billing.discount, amount=Decimal("15.00"), description="Regular patient")
    bill = billing.bill(session, ticketid="T-1")
    assert figures(bill.charge, bill.discount, bill.due, bill.outstanding) == "60.00 15.00 45.00 45.00"
    assert ledger(billing.pay, amount=Decimal("45.00")).due_after == 0
    assert billing.bill(session, ticketid="T-1").status is BillStatus.PAID


def test_a_whole_discount_releases(session: Session, ledger: Ledger) -> None:
    charge(ledger)
    ledger(billing.discount, amount=SIXTY, description="Hardship")
    bill = billing.bill(session, ticketid="T-1")
    assert (bill.status, figures(bill.due), bill.date_released) == (BillStatus.PAID, "0.00", NOW)


def test_a_discount_above_what_is_due_is_refused(session: Session, ledger: Ledger) -> None:
    charge(ledger)
    with pytest.raises(InvalidInput, match=r"60\.00 at most"):
        ledger(billing.discount, amount=Decimal("60.01"), description="Too kind")
    assert count(session) == 1


def test_charges_of_one_ticket_add_up(session: Session, ledger: Ledger) -> None:
    charge(ledger)
    ledger(billing.pay, amount=SIXTY)
    charge(ledger, Decimal("12.30"))
    bill = billing.bill(session, ticketid="T-1")
    assert (bill.charge, bill.outstanding, bill.status) == (Decimal("72.30"), Decimal("12.30"), BillStatus.HELD)


def test_a_refund_gives_back_all_that_was_paid(session: Session, ledger: Ledger, patient: Patient) -> None:
    charge(ledger)
    ledger(billing.discount, amount=Decimal("10.00"), description="Regular patient")
    ledger(billing.pay, amount=Decimal("20.00"))
    ledger(billing.pay, amount=Decimal("30.00"))
    assert ledger(billing.refund) == 50
    bill = billing.bill(session, ticketid="T-1")
    assert bill.status is BillStatus.REFUNDED
    assert figures(bill.refunded, bill.due, bill.paid, bill.outstanding) == "50.00 0.00 0.00 0.00"
    assert billing.balance_of_patient(session, patientid=patient.patientid) == Balance(Decimal(0), Decimal(0))
    assert billing.postings_of_bill(session, ticketid="T-1")[-1].cash == -50


def test_what_was_paid_with_credit_becomes_a_credit_again(session: Session, ledger: Ledger, patient: Patient) -> None:
    charge(ledger)
    ledger(billing.pay, amount=Decimal("100.00"))
    charge(ledger, ticketid="T-2")
    ledger(billing.use_credit, "T-2")
    ledger(billing.pay, "T-2", amount=Decimal("20.00"))
    assert ledger(billing.refund, "T-2") == SIXTY
    refund = billing.postings_of_bill(session, ticketid="T-2")[-1]
    assert figures(refund.cash, refund.credit, refund.amount) == "-20.00 -40.00 60.00"
    assert billing.balance_of_patient(session, patientid=patient.patientid) == Balance(Decimal(0), Decimal(40))


def test_an_overpayment_stays_a_credit_when_its_bill_is_refunded(
    session: Session, ledger: Ledger, patient: Patient
) -> None:
    charge(ledger)
    ledger(billing.pay, amount=Decimal("100.00"))
    assert ledger(billing.refund) == SIXTY
    assert billing.balance_of_patient(session, patientid=patient.patientid) == Balance(Decimal(0), Decimal(40))


def test_refunding_what_was_not_paid_takes_the_charge_back(session: Session, ledger: Ledger) -> None:
    charge(ledger)
    assert ledger(billing.refund) == 0
    assert billing.bill(session, ticketid="T-1").status is BillStatus.VOID
    assert ledger(billing.refund) == 0
    assert count(session) == 2


def test_refunding_a_ticket_without_a_charge_changes_nothing(session: Session, ledger: Ledger) -> None:
    assert ledger(billing.refund) == 0
    assert count(session) == 0


def test_a_charge_is_taken_back_only_while_nothing_is_paid(session: Session, ledger: Ledger) -> None:
    charge(ledger)
    ledger(billing.take_back_charge)
    assert billing.bill(session, ticketid="T-1").status is BillStatus.VOID
    charge(ledger, ticketid="T-2")
    ledger(billing.pay, "T-2", amount=Decimal("0.01"))
    with pytest.raises(NotAllowed, match="refund it"):
        ledger(billing.take_back_charge, "T-2")


def test_a_ticket_can_be_charged_again_after_a_refund(session: Session, ledger: Ledger) -> None:
    charge(ledger)
    ledger(billing.pay, amount=SIXTY)
    ledger(billing.refund)
    charge(ledger, Decimal("80.00"))
    bill = billing.bill(session, ticketid="T-1")
    assert (bill.status, figures(bill.due, bill.outstanding)) == (BillStatus.OPEN, "80.00 80.00")
    assert ledger(billing.pay, amount=Decimal("80.00")).due_after == 0
    assert ledger(billing.refund) == 80


@pytest.mark.parametrize("ending", [billing.refund, billing.take_back_charge])
def test_a_charge_that_was_taken_back_takes_no_payment(session: Session, ledger: Ledger, ending: Any) -> None:
    charge(ledger)
    ledger(ending)
    with pytest.raises(NotAllowed, match="was taken back"):
        ledger(billing.pay, amount=SIXTY)
    with pytest.raises(NotAllowed, match="was taken back"):
        ledger(billing.use_credit)
    assert count(session) == 2


def test_a_ticket_without_a_charge_takes_no_payment(session: Session, ledger: Ledger) -> None:
    with pytest.raises(NotAllowed, match="Nothing is charged"):
        ledger(billing.pay, amount=SIXTY)
    with pytest.raises(NotFound):
        billing.bill(session, ticketid="T-1")
    assert count(session) == 0


@pytest.mark.parametrize("ticketid", ["T-9", "", "\0", "x" * 500])
def test_an_unknown_ticket_is_not_found(session: Session, ledger: Ledger, ticketid: str) -> None:
    for function, given in ((billing.pay, {"amount": SIXTY}), (billing.refund, {}), (billing.use_credit, {})):
        with pytest.raises(NotFound):
            ledger(function, ticketid, **given)
    with pytest.raises(NotFound):
        billing.bill(session, ticketid=ticketid)


WRONG = [
    (Decimal(0), "more than zero"),
    (Decimal("-5.00"), "more than zero"),
    (Decimal("NaN"), "more than zero"),
    (Decimal("Infinity"), "more than zero"),
    (Decimal("0.001"), "fraction of a cent"),
    (Decimal("60.005"), "fraction of a cent"),
    (Decimal("100000.01"), "100,000.00 at most"),
    (Decimal("1e300"), "100,000.00 at most"),
]


@pytest.mark.parametrize(("amount", "message"), WRONG)
def test_an_amount_that_makes_no_sense_is_refused(
    session: Session, ledger: Ledger, amount: Decimal, message: str
) -> None:
    charge(ledger)
    for function, given in (
        (billing.charge, {"description": "Consultation"}),
        (billing.discount, {"description": "Regular patient"}),
        (billing.pay, {}),
    ):
        with pytest.raises(InvalidInput, match=message) as refused:
            ledger(function, amount=amount, **given)
        assert refused.value.field == "amount"
    assert count(session) == 1


@pytest.mark.parametrize("text", ["60,00", "1,000.00", "60 EUR", "€60", "", "sixty", "6e1", "60.", ".5", "6.000", "٦٠"])
def test_text_that_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="with a point before the cents"):
        money("amount", text)


@pytest.mark.parametrize(("text", "amount"), [("60", "60.00"), (" 60.5 ", "60.50"), ("0.01", "0.01")])
def test_text_that_is_an_amount_is_read_to_the_cent(text: str, amount: str) -> None:
    assert str(money("amount", text)) == amount


def test_the_same_key_again_returns_the_first_result(session: Session, ledger: Ledger) -> None:
    charge(ledger)
    for key, function, given in (
        ("a", billing.charge, {"amount": Decimal("20.00"), "description": "Laboratory"}),
        ("b", billing.discount, {"amount": Decimal("5.00"), "description": "Regular patient"}),
        ("c", billing.pay, {"amount": Decimal("50.00")}),
        ("d", billing.pay, {"amount": Decimal("50.00")}),
        ("e", billing.refund, {}),
    ):
        first = ledger(function, key=key, **given)
        before = count(session)
        ledger(billing.charge, amount=SIXTY, description="Something between", ticketid="T-2")
        assert ledger(function, key=key, **given) == first, key
        assert count(session) == before + 1


def test_credit_is_used_once_for_a_key(session: Session, ledger: Ledger) -> None:
    charge(ledger)
    ledger(billing.pay, amount=Decimal("70.00"))
    charge(ledger, ticketid="T-2")
    assert [ledger(billing.use_credit, "T-2", key="once") for _ in range(2)] == [10, 10]
    assert billing.bill(session, ticketid="T-2").outstanding == 50


def test_a_key_with_other_content_is_refused(session: Session, ledger: Ledger) -> None:
    charge(ledger)
    charge(ledger, ticketid="T-2")
    ledger(billing.pay, amount=Decimal("10.00"), key="once")
    for function, ticketid, given in (
        (billing.pay, "T-1", {"amount": Decimal("11.00")}),
        (billing.pay, "T-2", {"amount": Decimal("10.00")}),
        (billing.charge, "T-1", {"amount": Decimal("10.00"), "description": "Consultation"}),
        (billing.refund, "T-1", {}),
    ):
        with pytest.raises(KeyUsed):
            ledger(function, ticketid, key="once", **given)
    assert count(session) == 3


@pytest.mark.parametrize("change", [{"key": ""}, {"key": "x" * 201}, {"description": ""}, {"description": "x" * 201}])
def test_what_does_not_fit_is_refused(session: Session, ledger: Ledger, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        charge(ledger, **change)
    assert count(session) == 0


def test_the_session_goes_on_after_every_error(session: Session, ledger: Ledger) -> None:
    charge(ledger)
    for amount, ticketid in ((Decimal(-1), "T-1"), (SIXTY, "T-9"), (SIXTY, "T-2")):
        with pytest.raises(ClinicError):
            ledger(billing.pay, ticketid, amount=amount)
    assert ledger(billing.pay, amount=SIXTY).due_after == 0


def test_a_patient_sees_their_own_bills_the_latest_appointment_first(
    session: Session, ledger: Ledger, patient: Patient
) -> None:
    charge(ledger)
    charge(ledger, ticketid="T-2")
    mine = billing.bills_of_patient(session, patientid=patient.patientid)
    assert [bill.ticketid for bill in mine] == ["T-2", "T-1"]
    assert mine[0].appointment.doctor.full_name == "Mira Okafor"
    stranger = add_patient(session)
    assert billing.bills_of_patient(session, patientid=stranger.patientid) == []


def test_a_bill_is_for_its_patient_and_administrators(
    session: Session, ledger: Ledger, patient: Patient, doctor: Doctor
) -> None:
    charge(ledger)
    stranger = add_patient(session)
    assert billing.bill_for_login(session, ticketid="T-1", login=patient.login).ticketid == "T-1"
    for login in (stranger.login, doctor.login):
        with pytest.raises(NotFound):
            billing.bill_for_login(session, ticketid="T-1", login=login)
