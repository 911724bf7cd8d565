"""Two people in two browsers: what one does, the other's open page shows by itself."""

import sys
import time

from playwright.sync_api import Page, expect

from app.clinic.demo import DOCTORS, PATIENTS
from tests.browser.conftest import Visit

DOCTOR = DOCTORS[3]
_PATIENCE_MS = 60_000


def test_a_doctor_sees_a_booking_on_the_page_that_is_open(visit: Visit) -> None:
    doctor, administrator, patient = visit(DOCTOR.username), visit("admin"), visit(PATIENTS[11].username)
    for page in (doctor, administrator):
        page.evaluate("window.kept = true")  # a page that is loaded again knows nothing of it
    _go_to_last_form(patient)
    before = doctor.locator("[data-part=queue] .ticket").count()
    begun = time.perf_counter()
    patient.get_by_role("button", name="Book this appointment").click()
    expect(doctor.locator("[data-part=queue] .ticket")).to_have_count(before + 1, timeout=_PATIENCE_MS)
    shown = time.perf_counter() - begun
    expect(patient.get_by_role("heading", level=1)).to_have_text("The appointment is booked", timeout=_PATIENCE_MS)
    sys.stdout.write(f"the doctor saw the booking {shown * 1000:.0f} ms after the patient pressed the button\n")
    ticketid = patient.locator(".ticket").first.inner_text()
    expect(doctor.locator("[data-part=queue]")).to_contain_text(ticketid)
    expect(administrator.locator("[data-part=board]")).to_contain_text(ticketid, timeout=_PATIENCE_MS)
    assert doctor.evaluate("window.kept")
    assert administrator.evaluate("window.kept")


def test_a_page_without_scripts_shows_the_same_when_it_is_loaded(visit: Visit) -> None:
    plain, scripted = visit(DOCTOR.username, java_script_enabled=False), visit(DOCTOR.username)
    part = "[data-part=queue]"
    assert plain.locator(part).inner_text() == scripted.locator(part).inner_text()


def _go_to_last_form(page: Page) -> None:
    page.get_by_role("button", name="Book an appointment").click()
    page.get_by_label(DOCTOR.specialization).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label(f"Dr {DOCTOR.firstname} {DOCTOR.lastname}").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("radio").last.check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Routine").check()
