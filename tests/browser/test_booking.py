"""A patient books an appointment in a real browser; the doctor sees it."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.clinic.demo import DOCTORS, PATIENTS, DemoPatient
from tests.browser.conftest import Keep, Visit
from tests.browser.served import Served

DOCTOR = DOCTORS[0]


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def choose(page: Page, button: str) -> None:
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name=button).click()


def book(page: Page, keep: Keep, tag: str) -> None:
    page.get_by_role("button", name="Book an appointment").click()
    heading(page, "Choose a specialization")
    keep(page, f"{tag}-1-specialization")
    page.get_by_label(DOCTOR.specialization).check()
    page.get_by_role("button", name="Continue").click()
    heading(page, "Choose a doctor")
    keep(page, f"{tag}-2-doctor")
    page.get_by_label(f"Dr {DOCTOR.firstname} {DOCTOR.lastname}").check()
    page.get_by_role("button", name="Continue").click()
    heading(page, "Choose a time")
    keep(page, f"{tag}-3-time")
    choose(page, "Continue")
    heading(page, "Patient details")
    page.get_by_label("Routine").check()
    keep(page, f"{tag}-4-details")
    page.get_by_role("button", name="Book this appointment").click()
    heading(page, "The appointment is booked")


def download(page: Page, link: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=link).click()
    return Path(waiting.value.path()).read_bytes()


@dataclass(frozen=True, slots=True)
class Booking:
    """Who books, in which browser, by a process that which core steps; `tag` names the pictures."""

    tag: str
    patient: DemoPatient
    scripts: bool = True
    core: str = "dams"


@pytest.mark.parametrize(
    "booking",
    [
        Booking("booking", PATIENTS[2]),
        Booking("booking-without-scripts", PATIENTS[3], scripts=False),
        Booking("booking-spiffworkflow", PATIENTS[6], core="spiff"),
    ],
    ids=lambda booking: booking.tag,
)
def test_a_patient_books_downloads_and_finds_the_appointment(
    served: Served, visit: Visit, keep: Keep, booking: Booking
) -> None:
    tag, patient, scripts = booking.tag, booking.patient, booking.scripts
    assert "Process_ApptDams01 version" in served.deploy_booking(booking.core)
    page = visit(patient.username, java_script_enabled=scripts, accept_downloads=True)
    keep(page, f"{tag}-0-dashboard")
    book(page, keep, tag)
    keep(page, f"{tag}-5-confirmation")
    ticket = page.locator(".facts .ticket").inner_text()
    assert download(page, "Schedule (PDF)").startswith(b"%PDF")
    assert download(page, "Calendar file (ICS)").startswith(b"BEGIN:VCALENDAR")
    page.get_by_role("link", name="Go to the dashboard").click()
    expect(page.get_by_role("main")).to_contain_text(ticket)
    keep(page, f"{tag}-6-dashboard")
    doctor = visit(DOCTOR.username, java_script_enabled=scripts)
    notice = doctor.get_by_role("listitem").filter(has_text=ticket).filter(has_text="comes to see you")
    expect(notice).to_contain_text("new")
    keep(doctor, f"{tag}-7-doctor")
    notice.get_by_role("button", name="Mark as read").click()
    expect(notice).not_to_contain_text("new")


def test_a_forgotten_entry_is_found_by_keyboard(visit: Visit, keep: Keep) -> None:
    page = visit(PATIENTS[4].username)
    page.get_by_role("button", name="Book an appointment").click()
    page.get_by_role("button", name="Continue").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    keep(page, "forgotten-entry")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio").first).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    heading(page, "Choose a doctor")


def test_incomplete_details_come_back_with_their_reasons(visit: Visit, keep: Keep) -> None:
    page = visit(PATIENTS[5].username)
    page.get_by_role("button", name="Book an appointment").click()
    for _ in range(3):
        choose(page, "Continue")
    page.get_by_role("button", name="Book this appointment").click()
    heading(page, "Choose a specialization")
    expect(page.get_by_role("main")).to_contain_text("Say how urgent the appointment is.")
    expect(page.get_by_role("radio").first).to_be_checked()
    keep(page, "incomplete-details")
