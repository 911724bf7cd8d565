"""A patient moves and cancels an appointment in a real browser."""

from playwright.sync_api import Page, expect

from app.clinic.demo import DOCTORS, PATIENTS
from tests.browser.conftest import Keep, Visit

DOCTOR = DOCTORS[2]


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def book_the_last_time(page: Page) -> None:
    page.get_by_role("button", name="Book an appointment").click()
    page.get_by_label(DOCTOR.specialization).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label(f"Dr {DOCTOR.firstname} {DOCTOR.lastname}").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("radio").last.check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Routine").check()
    page.get_by_role("button", name="Book this appointment").click()
    heading(page, "The appointment is booked")


def test_a_patient_moves_an_appointment_and_cancels_it_without_scripts(visit: Visit, keep: Keep) -> None:
    page = visit(PATIENTS[7].username, java_script_enabled=False)
    book_the_last_time(page)
    page.get_by_role("link", name="Look at the appointment").click()
    heading(page, f"Appointment with Dr {DOCTOR.firstname} {DOCTOR.lastname}")
    keep(page, "appointment-1-booked")
    day = page.locator(".facts time").inner_text()
    page.get_by_role("link", name="Choose another time").click()
    heading(page, "Choose another time")
    keep(page, "appointment-2-reschedule")
    page.get_by_role("button", name="Move the appointment").click()
    expect(page.get_by_role("alert")).to_contain_text("Please")
    keep(page, "appointment-3-nothing-chosen")
    page.get_by_role("radio").last.check()
    page.get_by_role("button", name="Move the appointment").click()
    expect(page.get_by_role("status").first).to_contain_text("The appointment is moved.")
    expect(page.locator(".facts time")).not_to_have_text(day)
    keep(page, "appointment-4-moved")
    page.get_by_role("link", name="Cancel the appointment").click()
    heading(page, "Cancel this appointment?")
    keep(page, "appointment-5-cancel")
    page.get_by_label("Why? You need not say.").fill("I am well again.")
    page.get_by_role("button", name="Cancel the appointment").click()
    expect(page.get_by_role("status").first).to_contain_text("The appointment is cancelled.")
    expect(page.locator(".tag").first).to_have_text("cancelled")
    keep(page, "appointment-6-cancelled")


def test_a_patient_joins_the_waiting_list_and_staff_previews_an_absence(visit: Visit, keep: Keep) -> None:
    page = visit(PATIENTS[9].username)
    page.get_by_role("link", name="Waiting list").click()
    page.get_by_label("Whom would you like to see?").select_option(label=f"{DOCTOR.specialization}: any doctor")
    page.get_by_label("Until when?").fill("2099-12-31")
    page.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_role("status").first).to_contain_text("You are on the waiting list.")
    keep(page, "waiting-list")
    page.locator("summary", has_text="Give up this place").press("Enter")
    expect(page.get_by_role("main")).to_contain_text("Who joins again stands at the end.")
    keep(page, "waiting-list-leave")
    page.get_by_role("button", name="Give it up").press("Enter")
    expect(page.get_by_role("main")).to_contain_text("You wait for nobody yet.")
    staff = visit("admin")
    staff.goto("/absences/new")
    staff.get_by_label("Who can't come?").select_option(index=1)
    staff.get_by_label("First day").fill("2099-12-31")
    keep(staff, "absence-1-form")
    staff.get_by_role("button", name="Show whom that concerns").click()
    heading(staff, "Whom the absence concerns")
    keep(staff, "absence-2-preview")
