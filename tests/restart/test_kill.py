"""`kill -9` between any two forms loses nothing: the flow goes on where it was."""

import contextlib
import threading
import time
from http.client import HTTPException

import pytest

from app.clinic.demo import PATIENTS
from tests.browser.served import Served
from tests.restart.conftest import Client, Page

PATHS = ["/doctor/expertise", "/doctor/select", "/doctor/schedule", "/doctor/patient", "/doctor/confirmation"]


@pytest.mark.parametrize("forms", range(5))
def test_a_booking_goes_on_where_it_was(served: Served, forms: int) -> None:
    client = Client(served.address)
    client.sign_in(PATIENTS[forms].username, served.password)
    page = client.begin()
    for _ in range(forms):
        page = client.fill(page)
    ticket = str(page.html.xpath("string(//*[@class='ticket'])"))
    before = page.address
    served.kill()
    served.start()
    page = client.open(before)
    assert (page.address, page.path) == (before, PATHS[forms])
    for _ in range(forms, 4):
        page = client.fill(page)
    assert page.path == "/doctor/confirmation"
    assert ticket in page.html.text_content()
    assert ticket in client.open("/dashboard").html.text_content()


@pytest.mark.parametrize("milliseconds", [0, 20, 60, 150])
def test_a_booking_survives_a_kill_while_a_form_is_answered(served: Served, milliseconds: int) -> None:
    client = Client(served.address)
    client.sign_in(PATIENTS[10 + milliseconds % 7].username, served.password)
    page = client.begin()
    for _ in range(3):
        page = client.fill(page)
    sending = threading.Thread(target=_send, args=(client, page))
    sending.start()
    time.sleep(milliseconds / 1000)
    served.kill()
    sending.join()
    served.start()
    page = _settled(client, page.address)
    if page.path == "/doctor/patient":
        page = client.fill(page)
    assert page.path == "/doctor/confirmation"


def _send(client: Client, page: Page) -> None:
    """Send a form to a service that may die before it answers."""
    with contextlib.suppress(OSError, HTTPException):
        client.fill(page)


def _settled(client: Client, address: str) -> Page:
    """Return the page at which the booking stands once nothing is worked on."""
    deadline = time.monotonic() + 60
    page = client.open(address)
    while page.heading == "Working on it" and time.monotonic() < deadline:
        time.sleep(0.2)
        page = client.open(page.address)
    return page
