"""The same booking in a real browser, moved by a real Zeebe broker."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.clinic.demo import PATIENTS
from tests.browser.conftest import Keep, Visit, visits
from tests.browser.served import ROOT, Served
from tests.browser.test_booking import DOCTOR, book, download
from tests.servers.processes import free_port
from tests.servers.programs import ServerMissingError
from tests.servers.zeebe import Records, running_zeebe

_FIRST_KEYS = str(2**51)[:8]
"""How the broker's keys begin, which are the ids of its instances."""

_USER, _PASSWORD = "zeebe", "a secret between two"


@pytest.fixture(scope="module")
def on_zeebe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service with demo data, all of whose diagrams run on a broker of its own."""
    port = free_port()
    try:
        with running_zeebe(
            tmp_path_factory.mktemp("zeebe"), Records(f"http://127.0.0.1:{port}", _USER, _PASSWORD)
        ) as broker:
            service = Served(tmp_path_factory.mktemp("on-zeebe"))
            service.settings = {
                "ENGINE": "zeebe",
                "ZEEBE_ADDRESS": broker.address,
                "ZEEBE_REST_URL": broker.rest,
                "ZEEBE_RECORDS_ADDRESS": f"127.0.0.1:{port}",
                "ZEEBE_RECORDS_PASSWORD": _PASSWORD,
            }
            service.run("db", "upgrade")
            service.run("seed")
            files = [str(path) for path in sorted((ROOT / "bpmn").iterdir()) if path.suffix != ".md"]
            try:
                service.start()
                service.run("deploy", *files)
                yield service
            finally:
                service.stop()
    except ServerMissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def come(on_zeebe: Served, browser: Browser) -> Iterator[Visit]:
    """Open a browser in front of that service, signed in as one of the demo clinic."""
    with visits(browser, on_zeebe.address, on_zeebe.password) as sign_in:
        yield sign_in


def test_a_patient_books_on_zeebe(on_zeebe: Served, come: Visit, keep: Keep) -> None:
    page = come(PATIENTS[2].username, accept_downloads=True)
    book(page, keep, "booking-zeebe")
    keep(page, "booking-zeebe-5-confirmation")
    ticket = page.locator(".facts .ticket").inner_text()
    assert download(page, "Schedule (PDF)").startswith(b"%PDF")
    page.get_by_role("link", name="Go to the dashboard").click()
    expect(page.get_by_role("main")).to_contain_text(ticket)
    doctor = come(DOCTOR.username)
    notice = doctor.get_by_role("listitem").filter(has_text=ticket).filter(has_text="comes to see you")
    expect(notice).to_contain_text("new")
    booked = next(line for line in on_zeebe.run("instances").splitlines() if ticket in line)
    assert booked.startswith(_FIRST_KEYS)
