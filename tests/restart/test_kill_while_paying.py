"""`kill -9` between any two steps of a payment loses nothing and charges nothing twice."""

import contextlib
import threading
import time
from http.client import HTTPException

import pytest

from app.clinic.demo import PATIENTS
from tests.browser.served import Served
from tests.restart.conftest import Client, Page

UNPAID, ALSO_UNPAID, PAID_IN_PART = PATIENTS[11].username, PATIENTS[17].username, PATIENTS[10].username
"""Patients whose bill of 60.00 nothing, or 25.00, is paid of."""


def signed_in(served: Served, username: str) -> Client:
    client = Client(served.address)
    client.sign_in(username, served.password)
    return client


def open_form(client: Client) -> Page:
    """Open the form of the patient's only bill that is not paid."""
    return client.open(client.open("/dashboard").link("Pay"))


def payments(client: Client, form: Page) -> list[str]:
    """Return the amounts that were recorded for the bill of a form."""
    ticket = str(form.html.xpath("string(//input[@name='ticket']/@value)"))
    rows = client.open(f"/payment/bills/{ticket}").html.xpath("//tbody/tr[contains(., 'Payment')]/td[last()]")
    return [" ".join(row.text_content().split()) for row in rows]


def settled(client: Client, page: Page) -> Page:
    """Return the page to which a payment leads once it is recorded."""
    deadline = time.monotonic() + 90
    while page.heading == "Working on it" and time.monotonic() < deadline:
        time.sleep(0.2)
        page = client.open(page.address)
    return page


def kill_and_start(served: Served) -> None:
    served.kill()
    served.start()


def test_a_form_that_was_opened_before_the_kill_can_be_sent_after_it(served: Served) -> None:
    client = signed_in(served, ALSO_UNPAID)
    form = open_form(client)
    kill_and_start(served)
    page = settled(client, client.submit(form, "/payment/start", amount="60.00"))
    assert (page.path, payments(client, form)) == ("/payment/onrelease", ["60.00 GBP"])
    kill_and_start(served)
    page = settled(client, client.submit(form, "/payment/start", amount="60.00"))
    assert (page.path, payments(client, form)) == ("/payment/onrelease", ["60.00 GBP"])


def test_a_payment_on_hold_is_completed_after_the_kill(served: Served) -> None:
    client = signed_in(served, PAID_IN_PART)
    form = open_form(client)
    page = settled(client, client.submit(form, "/payment/start", amount="15.00"))
    assert (page.path, payments(client, form)) == ("/payment/onhold", ["25.00 GBP", "15.00 GBP"])
    kill_and_start(served)
    assert client.open(page.address).path == "/payment/onhold"
    page = settled(client, client.submit(open_form(client), "/payment/start"))
    assert (page.path, payments(client, form)) == ("/payment/onrelease", ["25.00 GBP", "15.00 GBP", "20.00 GBP"])


@pytest.mark.parametrize("milliseconds", [0, 20, 60, 150])
def test_a_payment_survives_a_kill_while_it_is_answered(served: Served, milliseconds: int) -> None:
    client = signed_in(served, UNPAID)
    form = open_form(client)
    before = payments(client, form)
    sending = threading.Thread(target=_send, args=(client, form))
    sending.start()
    time.sleep(milliseconds / 1000)
    served.kill()
    sending.join()
    served.start()
    page = settled(client, client.submit(form, "/payment/start", amount="1.00"))
    assert (page.path, payments(client, form)) == ("/payment/onhold", [*before, "1.00 GBP"])


def _send(client: Client, form: Page) -> None:
    """Send a form to a service that may die before it answers."""
    with contextlib.suppress(OSError, HTTPException):
        client.submit(form, "/payment/start", amount="1.00")
