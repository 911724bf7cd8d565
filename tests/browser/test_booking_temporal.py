"""A patient books an appointment while Temporal moves the process; killed services lose nothing of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.clinic.demo import PATIENTS
from tests.browser.conftest import Keep, Visit, visits
from tests.browser.served import ROOT, Served
from tests.browser.test_booking import DOCTOR, book
from tests.servers.temporal import TemporalServer


@pytest.fixture(scope="module")
def on_temporal(tmp_path_factory: pytest.TempPathFactory, own_temporal_server: TemporalServer) -> Iterator[Served]:
    """The service with demo data, whose processes are all on a Temporal server."""
    settings = {"ENGINE": "temporal", "TEMPORAL_ADDRESS": own_temporal_server.address}
    service = Served(tmp_path_factory.mktemp("on-temporal"), settings=settings)
    service.run("db", "upgrade")
    service.run("seed")
    service.run("deploy", *(str(path) for path in sorted((ROOT / "bpmn").iterdir()) if path.suffix != ".md"))
    service.start()
    yield service
    service.stop()


@pytest.fixture
def visit_temporal(on_temporal: Served, browser: Browser) -> Iterator[Visit]:
    """Open a browser in front of the service, signed in as one of the demo clinic."""
    with visits(browser, on_temporal.address, on_temporal.password) as sign_in:
        yield sign_in


def test_a_patient_books_an_appointment_on_temporal(on_temporal: Served, visit_temporal: Visit, keep: Keep) -> None:
    page = visit_temporal(PATIENTS[2].username)
    book(page, keep, "booking-temporal")
    ticket = page.locator(".facts .ticket").inner_text()
    on_temporal.kill()
    on_temporal.start()
    page.get_by_role("link", name="Go to the dashboard").click()
    expect(page.get_by_role("main")).to_contain_text(ticket)
    doctor = visit_temporal(DOCTOR.username)
    notice = doctor.get_by_role("listitem").filter(has_text=ticket).filter(has_text="comes to see you")
    expect(notice).to_contain_text("new")
