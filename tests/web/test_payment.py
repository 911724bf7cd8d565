"""Paying bills over HTTP: the form, the workflow behind it, its jobs and the ledger."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from io import BytesIO
from threading import Barrier

import pytest
from pypdf import PdfReader

from app.clinic import appointments, billing, notices, people, slots
from app.clinic.billing import BillStatus
from app.clinic.models import Posting
from app.clinic.tickets import new_ticket
from app.web import paying
from tests.house import ZONE, House
from tests.lives import eventually
from tests.visitor import Page, Visitor
from workflows.engine import InstanceQuery, InstanceState, ProcessInstance
from workflows.payment import CONTINUED, PROCESS_ID
from workflows.values import Variables

SIXTY = Decimal("60.00")


@dataclass(frozen=True, slots=True)
class Payer:
    """A patient with one appointment that was charged."""

    house: House
    visitor: Visitor
    username: str
    ticketid: str

    @property
    def bill(self) -> billing.Bill:
        """The bill, from the database."""
        with self.house.services.database.read() as session:
            return billing.bill(session, ticketid=self.ticketid)

    @property
    def postings(self) -> list[Posting]:
        """What was recorded, from the database."""
        with self.house.services.database.read() as session:
            return billing.postings_of_bill(session, ticketid=self.ticketid)

    @property
    def payments(self) -> list[str]:
        """The amounts that were paid."""
        return [str(posting.amount) for posting in self.postings if posting.kind == "payment"]

    @property
    def states(self) -> list[InstanceState]:
        """How the workflows of the bill stand once their jobs are done."""
        query = InstanceQuery(process_id=PROCESS_ID, business_key=self.ticketid)
        found = self.house.engine.instances(query)
        deadline = time.monotonic() + 60
        while any(self._works(instance) for instance in found) and time.monotonic() < deadline:
            time.sleep(0.01)
            found = self.house.engine.instances(query)
        return [instance.state for instance in found]

    def _works(self, instance: ProcessInstance) -> bool:
        running = [entry.element_id for entry in self.house.engine.history(instance.id) if entry.outcome == "running"]
        return instance.state is InstanceState.ACTIVE and running != ["dams_patient_rest"]

    def open(self) -> Page:
        """Open the form."""
        return self.visitor.open(f"/payment/start?ticket={self.ticketid}")

    def pay(self, amount: str, page: Page | None = None, **changes: str) -> Page:
        """Fill the form and send it."""
        return self.visitor.submit(page or self.open(), {"amount": amount, **changes}, form="/payment/start")

    def take_back(self) -> None:
        """Take the charge back, as the billing process does when an appointment is cancelled in time."""
        with self.house.services.database.write() as session:
            key, now = f"{self.ticketid} refund", self.house.clock.now
            billing.refund(session, ticketid=self.ticketid, key=key, now=now, by="tests")

    def notices(self) -> list[str]:
        """The subjects of what the patient was told, newest first."""
        assert self.states
        login_id = self.house.login_id(self.username)
        with self.house.services.database.read() as session:
            return [notice.subject for notice in notices.list_notices(session, login_id=login_id)]


def charge(house: House, username: str, *, discount: Decimal | None = None) -> str:
    """Book an appointment for a patient, charge it, and return the ticket."""
    now, ticketid = house.clock.now, new_ticket()
    with house.services.database.write() as session:
        login = people.find_username(session, username=username)
        patient = people.patient_of_login(session, login_id=login.id)
        slot = slots.free_slots(session, docid="HSP-205", now=now, zone=ZONE)[0]
        appointments.reserve(
            session,
            ticketid=ticketid,
            docid=slot.docid,
            patientid=patient.patientid,
            starts_at=slot.starts_at,
            priority_level=3,
            now=now,
            zone=ZONE,
        )
        for what, amount in ((billing.charge, SIXTY), (billing.discount, discount)):
            if amount is not None:
                key = f"{ticketid} {what.__name__}"
                what(session, ticketid=ticketid, amount=amount, description="Heart", key=key, now=now, by="tests")
    return ticketid


@pytest.fixture
def payer(house: House) -> Payer:
    """A new patient with a bill of 60.00, signed in."""
    username = house.add_patient()
    return Payer(house, house.visitor(username), username, charge(house, username))


def facts(page: Page) -> dict[str, str]:
    """Return what stands beside each label."""
    return {
        str(label.text_content()): " ".join(value.text_content().split())
        for label, value in zip(page.html.iter("dt"), page.html.iter("dd"), strict=True)
    }


def error_beside(page: Page, field: str) -> str:
    """Return the message beside a field."""
    control = page.html.xpath(f"string(//input[@name='{field}']/@aria-describedby)").split()
    return " ".join(page.html.xpath(f"string(//*[@id='{control[-1]}'])").split())


# The must-show paths


def test_paying_exactly_what_is_due_releases_the_bill(payer: Payer) -> None:
    page = payer.pay("60.00")
    assert (page.status, page.path, page.heading) == (200, "/payment/onrelease", "The bill is paid")
    assert "60.00 GBP recorded." in page.text
    assert (payer.bill.status, payer.payments, payer.states) == (
        BillStatus.PAID,
        ["60.00"],
        [InstanceState.COMPLETED],
    )
    assert payer.notices() == ["Your bill is paid (60.00 GBP)"]


def test_a_part_holds_the_bill_until_the_rest_is_paid(payer: Payer) -> None:
    page = payer.pay("25.50")
    assert (page.path, page.heading) == ("/payment/onhold", "The bill is on hold")
    assert "34.50 GBP of 60.00 GBP are still to be paid." in page.text
    assert (payer.bill.status, payer.states) == (BillStatus.HELD, [InstanceState.ACTIVE])
    rest = payer.visitor.open(page.link("Pay the rest"))
    assert rest.chosen("amount") == ["34.50"]
    page = payer.pay("34.50", rest)
    assert page.path == "/payment/onrelease"
    assert (payer.bill.status, payer.payments) == (BillStatus.PAID, ["25.50", "34.50"])
    assert payer.states == [InstanceState.COMPLETED]
    assert payer.notices() == ["Your bill is paid (60.00 GBP)", "34.50 GBP of your bill are still due"]


def test_many_parts_go_through_one_workflow(payer: Payer) -> None:
    for _ in range(5):
        assert payer.pay("10.00").path == "/payment/onhold"
    assert payer.pay("10.00").path == "/payment/onrelease"
    assert (payer.payments, payer.states) == (["10.00"] * 6, [InstanceState.COMPLETED])


def test_too_much_releases_and_the_rest_is_a_credit(payer: Payer) -> None:
    page = payer.pay("100.00")
    assert page.path == "/payment/onrelease"
    assert "100.00 GBP recorded, of which 40.00 GBP was too much and is kept as a credit." in page.text
    assert (payer.bill.status, payer.bill.credit) == (BillStatus.PAID, Decimal("40.00"))
    figures = payer.visitor.open("/payment/bills").html.xpath("//*[@class='figures']//strong/text()")
    assert figures == ["0.00 GBP", "40.00 GBP"]


def test_a_form_sent_twice_is_charged_once(payer: Payer) -> None:
    form = payer.open()
    first, second = payer.pay("60.00", form), payer.pay("60.00", form)
    assert first.path == second.path == "/payment/onrelease"
    assert (payer.payments, payer.states) == (["60.00"], [InstanceState.COMPLETED])
    assert payer.visitor.open(second.address).status == 200
    assert payer.payments == ["60.00"]


@pytest.mark.parametrize("amount", ["60.00", "25.00"])
def test_a_form_sent_many_times_at_once_is_charged_once(payer: Payer, amount: str) -> None:
    form, crowd = payer.open(), 4
    visitors = [payer.house.visitor(payer.username) for _ in range(crowd)]
    together = Barrier(crowd)

    def send(visitor: Visitor) -> str:
        own = visitor.open(f"/payment/start?ticket={payer.ticketid}")
        together.wait(timeout=60)
        page = visitor.submit(own, {"amount": amount, "key": form.chosen("key")[0]}, form="/payment/start")
        return _settled(visitor, page).path

    with ThreadPoolExecutor(crowd) as threads:
        paths = list(threads.map(send, visitors))
    assert paths == ["/payment/onrelease" if amount == "60.00" else "/payment/onhold"] * crowd
    assert payer.payments == [amount]
    if amount == "25.00":
        assert payer.pay("35.00").path == "/payment/onrelease"
    assert set(payer.states) == {InstanceState.COMPLETED}


def test_two_who_pay_one_bill_at_once_are_both_recorded(payer: Payer) -> None:
    visitors = [payer.house.visitor(payer.username), payer.house.visitor("admin")]
    forms = [visitor.open(f"/payment/start?ticket={payer.ticketid}") for visitor in visitors]
    together = Barrier(len(visitors))

    def send(visitor: Visitor, form: Page) -> int:
        together.wait(timeout=60)
        page = visitor.submit(form, {"amount": "60.00"}, form="/payment/start")
        return _settled(visitor, page).status

    with ThreadPoolExecutor(len(visitors)) as threads:
        statuses = sorted(threads.map(send, visitors, forms))
    bill = payer.bill
    assert bill.status is BillStatus.PAID
    if statuses == [200, 200]:  # neither saw the other's: the later is a credit
        assert (payer.payments, bill.credit) == (["60.00", "60.00"], SIXTY)
    else:  # one was told in time that nothing was due any more
        assert (statuses, payer.payments, bill.credit) == ([200, 409], ["60.00"], Decimal(0))


def _settled(visitor: Visitor, page: Page) -> Page:
    """Return the page to which a payment leads once it is recorded."""
    deadline = time.monotonic() + 60
    while page.heading == "Working on it" and time.monotonic() < deadline:
        time.sleep(0.05)
        page = visitor.open(page.address)
    return page


# Bad input


BAD_AMOUNTS = [
    ("-60.00", "more than zero"),
    ("0", "more than zero"),
    ("0.00", "more than zero"),
    ("100000.01", "100,000.00 at most"),
    ("999999999999", "100,000.00 at most"),
    ("9" * 20, "with a point before the cents"),
    ("60,00", "with a point before the cents"),
    ("60.005", "with a point before the cents"),
    ("€ 60", "with a point before the cents"),
    ("60 GBP", "with a point before the cents"),
    ("sixty", "with a point before the cents"),
    ("1e2", "with a point before the cents"),
    ("NaN", "with a point before the cents"),
    ("<b>60</b>", "with a point before the cents"),
    ("", "with a point before the cents"),
]


@pytest.mark.parametrize(("amount", "message"), BAD_AMOUNTS)
def test_an_amount_that_makes_no_sense_is_refused_beside_its_field(payer: Payer, amount: str, message: str) -> None:
    page = payer.pay(amount)
    assert (page.status, page.path) == (422, "/payment/start")
    assert message in error_beside(page, "amount")
    assert page.html.xpath("//input[@name='amount']/@aria-invalid") == ["true"]
    assert page.chosen("amount") == [amount or "60.00"]
    assert (payer.bill.status, payer.payments, payer.states) == (BillStatus.OPEN, [], [])


def test_a_refused_form_can_be_mended(payer: Payer) -> None:
    page = payer.pay("60.00", payer.pay("60,00"))
    assert (page.path, payer.payments) == ("/payment/onrelease", ["60.00"])


@pytest.mark.parametrize("ticket", ["T-0000000000", "nonsense", "T-' OR 1=1 --"])
def test_an_unknown_ticket_is_refused_beside_its_field(payer: Payer, ticket: str) -> None:
    for page in (payer.visitor.open(f"/payment/start?ticket={ticket}"), payer.pay("60.00", ticket=ticket)):
        assert page.status == 404
        assert "no bill with this ticket" in error_beside(page, "ticket")
        assert page.html.xpath("//input[@name='ticket']/@value") == [ticket]
    assert (payer.payments, payer.states) == ([], [])


def test_anothers_bill_is_as_unknown(payer: Payer, house: House) -> None:
    stranger = house.visitor(house.add_patient())
    form = payer.open()
    for page in (
        stranger.open(f"/payment/start?ticket={payer.ticketid}"),
        stranger.post("/payment/start", {"ticket": payer.ticketid, "amount": "60.00", "key": form.chosen("key")[0]}),
    ):
        assert page.status in {400, 404}  # a forged form has no CSRF token either
    own = Payer(house, stranger, "", charge(house, house.add_patient())).visitor
    assert own.open(f"/payment/bills/{payer.ticketid}").status == 404
    assert own.open(f"/payment/bills/{payer.ticketid}/receipt").status == 404
    assert own.open(f"/payment/onrelease?ticket={payer.ticketid}").status == 404
    assert payer.payments == []


def test_another_patient_cant_pay_with_a_form_of_their_own(house: House, payer: Payer) -> None:
    username = house.add_patient()
    other = Payer(house, house.visitor(username), username, charge(house, username))
    page = other.pay("60.00", ticket=payer.ticketid)
    assert page.status == 404
    assert (payer.payments, other.payments) == ([], [])


def test_a_paid_bill_takes_no_second_payment(payer: Payer) -> None:
    late = payer.open()
    payer.pay("60.00")
    page = payer.pay("60.00", late, key=payer_key(payer, late))
    assert page.status == 409
    assert "paid already" in error_beside(page, "amount")
    assert payer.payments == ["60.00"]
    again = payer.open()
    assert "paid already" in again.text
    assert again.html.xpath("//input[@name='amount']") == []


def payer_key(payer: Payer, page: Page) -> str:
    """Return a key that the server minted for another opening of the form."""
    key = page.chosen("key")[0]
    assert key.startswith("pay-")
    return key


def test_a_form_sent_again_with_another_amount_is_refused(payer: Payer) -> None:
    form = payer.open()
    payer.pay("20.00", form)
    page = payer.pay("30.00", form)
    assert page.status == 409
    assert "sent before with another amount" in error_beside(page, "amount")
    assert payer.payments == ["20.00"]


@pytest.mark.parametrize("key", ["", "pay-1", "T-1 charge", "pay-" + "x" * 22 + "\n"])
def test_a_form_without_the_servers_key_is_refused(payer: Payer, key: str) -> None:
    assert payer.pay("60.00", key=key).status == 400
    assert (payer.payments, payer.states) == ([], [])


def test_a_cancelled_and_refunded_bill_takes_no_payment(payer: Payer, house: House) -> None:
    form = payer.open()
    with house.services.database.write() as session:
        appointments.cancel(session, ticketid=payer.ticketid, now=house.clock.now, by="tests")
    payer.take_back()
    page = payer.pay("60.00", form)
    assert page.status == 409
    assert "taken back" in error_beside(page, "amount")
    assert "taken back" in payer.open().text
    assert (payer.payments, payer.states) == ([], [])


# What follows


def test_a_discount_counts(house: House) -> None:
    username = house.add_patient()
    payer = Payer(house, house.visitor(username), username, charge(house, username, discount=Decimal("15.00")))
    form = payer.open()
    assert (facts(form)["Charge"], facts(form)["Discount"], facts(form)["Due"]) == (
        "60.00 GBP",
        "15.00 GBP",
        "45.00 GBP",
    )
    assert form.chosen("amount") == ["45.00"]
    assert payer.pay("45.00", form).path == "/payment/onrelease"


def test_what_the_clinic_knows_cant_be_changed_by_the_form(payer: Payer) -> None:
    page = payer.pay("1.00", charge="1.00", discount="59.00", patientid="1", status="paid", date_released="2020-01-01")
    assert page.path == "/payment/onhold"
    assert str(payer.bill.outstanding) == "59.00"
    names = set(payer.open().html.xpath("//main//input/@name"))
    assert names == {"dams:csrf", "ticket", "key", "amount"}


def test_the_page_says_that_no_card_is_charged(payer: Payer, administrator: Visitor) -> None:
    for page in (payer.open(), payer.visitor.open("/payment/bills"), administrator.open("/payment/held")):
        assert "No card is charged here." in page.text


def test_credit_pays_the_next_bill(payer: Payer, house: House) -> None:
    payer.pay("80.00")
    second = replace(payer, ticketid=charge(house, payer.username))
    page = payer.visitor.submit(second.open(), form="/payment/credit")
    assert (page.path, second.bill.status, str(second.bill.outstanding)) == (
        "/payment/onhold",
        BillStatus.HELD,
        "40.00",
    )
    assert second.pay("40.00").path == "/payment/onrelease"
    assert second.states == [InstanceState.COMPLETED]


def test_an_administrator_takes_a_payment_at_the_desk(payer: Payer, administrator: Visitor, house: House) -> None:
    form = administrator.open("/payment/start").form("/payment/start")
    assert (form.method, list(form.fields)) == ("GET", ["ticket"])
    page = administrator.open(f"/payment/start?ticket={payer.ticketid.lower()}")
    page = administrator.submit(page, {"amount": "10.00"}, form="/payment/start")
    assert page.path == "/payment/onhold"
    assert payer.postings[-1].who == house.login_id("admin")
    assert payer.ticketid in administrator.open("/payment/held").text


def test_staff_see_held_and_unpaid_bills(payer: Payer, administrator: Visitor) -> None:
    listed = administrator.open("/payment/held").html
    assert payer.ticketid in listed.xpath("string(//section[@aria-labelledby='unpaid'])")
    payer.pay("10.00")
    listed = administrator.open("/payment/held").html
    assert payer.ticketid in listed.xpath("string(//section[@aria-labelledby='held'])")
    payer.pay("50.00")
    assert payer.ticketid not in administrator.open("/payment/held").text


def test_doctors_and_strangers_see_no_bills(payer: Payer, doctor: Visitor, house: House) -> None:
    pages = ("/payment/bills", "/payment/held", "/payment/start", f"/payment/bills/{payer.ticketid}")
    assert {doctor.open(page).status for page in pages} == {403}
    assert {house.visitor().open(page).path for page in pages} == {"/login"}
    assert payer.visitor.open("/payment/held").status == 403


def test_a_bill_shows_everything_that_was_recorded(payer: Payer) -> None:
    payer.pay("100.00")
    page = payer.visitor.open(f"/payment/bills/{payer.ticketid}")
    rows = [" ".join(row.text_content().split()) for row in page.html.xpath("//tbody/tr")]
    assert len(rows) == 2
    assert "Charge: Heart 60.00 GBP" in rows[0]
    assert "Payment 100.00 GBP (40.00 GBP as credit)" in rows[1]


def test_the_receipt_is_a_pdf_with_what_was_paid(payer: Payer) -> None:
    assert payer.visitor.open(f"/payment/bills/{payer.ticketid}/receipt").status == 409
    page = payer.pay("60.00")
    receipt = payer.visitor.open(page.link("Receipt"))
    assert (receipt.status, receipt.response.mimetype) == (200, "application/pdf")
    assert f"receipt-{payer.ticketid}.pdf" in receipt.response.headers["Content-Disposition"]
    text = PdfReader(BytesIO(receipt.response.data)).pages[0].extract_text()
    for shown in ("Receipt", payer.ticketid, "Vera Novak", "60.00 GBP", "Riverside Clinic", "Released", "Payment"):
        assert shown in text


def test_the_dashboard_shows_what_is_to_be_paid(payer: Payer) -> None:
    assert payer.ticketid in payer.visitor.open("/dashboard").html.xpath("string(//section[@aria-labelledby='bills'])")
    payer.pay("60.00")
    assert payer.visitor.open("/dashboard").html.xpath("//section[@aria-labelledby='bills']") == []


def test_result_pages_tell_how_the_bill_stands_now(payer: Payer) -> None:
    held = payer.pay("10.00").address
    payer.pay("50.00")
    assert payer.visitor.open(held).path == "/payment/onrelease"
    assert payer.visitor.open("/payment/onrelease").status == 404


# Payments that don't come through at once


def start(payer: Payer, amount: str) -> tuple[str, str]:
    """Start the workflow as a form does; return the address of its progress and the instance's id."""
    key = paying.new_key()
    told: Variables = {"ticketid": payer.ticketid, "payment_key": key, "paid_by": "tests", "amount": amount}
    instance = payer.house.engine.start(PROCESS_ID, told, business_key=payer.ticketid)
    return f"/payment/progress?ticket={payer.ticketid}&payment={key}", instance.id


def test_a_payment_that_takes_long_shows_its_progress(payer: Payer, house: House) -> None:
    address, instance_id = start(payer, "no amount")  # fails each time, and is tried again after a pause
    page = payer.visitor.open(address)
    assert (page.status, page.heading) == (200, "Working on it")
    assert page.html.xpath("//meta[@http-equiv='refresh']")

    def stuck() -> bool:
        house.clock.advance(hours=1)
        return bool(house.engine.incidents(instance_id))

    eventually(stuck)
    page = payer.visitor.open(address)
    assert (page.heading, payer.payments) == ("Something got stuck", [])
    house.engine.cancel(instance_id)
    page = payer.visitor.open(address)
    assert page.heading == "The payment was not recorded"
    assert "staff ended it" in page.text


def test_progress_leads_on_once_the_payment_is_recorded(payer: Payer) -> None:
    address, _ = start(payer, "20.00")
    eventually(lambda: payer.visitor.open(address).path, "/payment/onhold")


def test_a_charge_taken_back_meanwhile_refuses_the_payment(payer: Payer, house: House) -> None:
    payer.pay("20.00")
    with house.services.database.write() as session:
        billing.refund(
            session, ticketid=payer.ticketid, key=f"{payer.ticketid} refund", now=house.clock.now, by="tests"
        )
    address, instance_id = start(payer, "40.00")
    eventually(lambda: house.engine.instance(instance_id).state, InstanceState.COMPLETED)
    page = payer.visitor.open(address)
    assert page.heading == "The payment was not recorded"
    assert "was taken back" in page.text
    assert payer.payments == ["20.00"]


def test_a_payment_on_hold_ends_when_its_charge_was_taken_back(payer: Payer, house: House) -> None:
    payer.pay("20.00")
    with house.services.database.write() as session:
        billing.refund(
            session, ticketid=payer.ticketid, key=f"{payer.ticketid} refund", now=house.clock.now, by="tests"
        )
    assert payer.states == [InstanceState.ACTIVE]
    house.engine.publish_message(CONTINUED, payer.ticketid)
    eventually(lambda: payer.states, [InstanceState.COMPLETED])
    assert payer.payments == ["20.00"]


def test_a_payment_that_nobody_made_is_not_recorded(payer: Payer) -> None:
    page = payer.visitor.open(f"/payment/progress?ticket={payer.ticketid}&payment={paying.new_key()}")
    assert page.heading == "The payment was not recorded"
