"""A doctor records a diagnosis and asks for a test, an administrator approves, the patient reads; hours are changed."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from playwright.sync_api import Page, expect

from app.clinic.demo import DOCTORS, PATIENTS
from tests.browser.conftest import Keep, Visit
from tests.browser.test_pages import check

LINDQVIST, MOREAU = DOCTORS[1], DOCTORS[5]


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def look(page: Page, keep: Keep, name: str) -> None:
    """Check a page in light and in dark, and keep its pictures."""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        check(page)
        keep(page, f"{name}-{scheme}")


def open_patient(visit: Visit, number: int, **context: object) -> Page:
    """Open the page of a patient, as the doctor who treated them."""
    patient = PATIENTS[number]
    page = visit(DOCTORS[number % len(DOCTORS)].username, **context)
    page.get_by_role("link", name="Patients").click()
    heading(page, "Your patients")
    page.get_by_label("Name or patient number").fill(patient.lastname)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=f"Open {patient.firstname}").click()
    return page


def test_a_diagnosis_and_a_test_from_doctor_to_patient(visit: Visit, keep: Keep) -> None:
    details = "Lipids and blood sugar, fasting"
    doctor = open_patient(visit, 0, java_script_enabled=False)
    doctor.get_by_role("link", name="Record a diagnosis").click()
    doctor.get_by_role("button", name="Record it").click()
    expect(doctor.get_by_role("alert")).to_contain_text("Please fill in this field.")
    look(doctor, keep, "diagnosis-refused")
    doctor.get_by_label("What you found").fill("Blood pressure 132/84.\nRegular rhythm.")
    doctor.get_by_label("What the patient is to do").fill("Walk half an hour a day.")
    doctor.get_by_role("button", name="Record it").click()
    expect(doctor.get_by_text("Walk half an hour a day.")).to_be_visible()
    doctor.get_by_role("link", name="Request a laboratory test").click()
    doctor.get_by_label("What is to be tested, and why").fill(details)
    doctor.get_by_role("button", name="Request it").click()
    expect(doctor.get_by_text(details)).to_be_visible()
    look(doctor, keep, "doctor-patient")

    administrator = visit("admin", java_script_enabled=False)
    administrator.get_by_role("link", name="Laboratory").click()
    row = administrator.get_by_role("listitem").filter(has_text=details)
    look(administrator, keep, "laboratory")
    row.get_by_role("link", name="Decide").click()
    heading(administrator, "Approve this test?")
    look(administrator, keep, "laboratory-request")
    administrator.get_by_role("button", name="Approve it").click()
    expect(administrator.get_by_role("status").first).to_contain_text("The test is approved")
    doctor.reload()
    expect(doctor.get_by_role("listitem").filter(has_text=details)).to_contain_text("approved")

    reader = visit(PATIENTS[0].username, java_script_enabled=False)
    reader.get_by_role("link", name="Findings").click()
    heading(reader, "Your findings")
    expect(reader.get_by_text("Walk half an hour a day.")).to_be_visible()
    look(reader, keep, "patient-findings")


def test_a_corrected_diagnosis_shows_its_earlier_wording(visit: Visit, keep: Keep) -> None:
    doctor = open_patient(visit, 2)
    doctor.get_by_role("link", name="Correct the diagnosis").first.click()
    doctor.get_by_label("What the patient is to do").fill("Apply the ointment once a day.")
    doctor.get_by_role("button", name="Correct it").press("Enter")
    expect(doctor.get_by_text("Apply the ointment once a day.")).to_be_visible()
    doctor.get_by_text("Earlier wording", exact=True).press("Enter")
    expect(doctor.get_by_text("Apply the ointment twice a day")).to_be_visible()
    look(doctor, keep, "diagnosis-corrected")


def test_hours_that_an_administrator_adds_are_booked_and_not_lost_unseen(visit: Visit, keep: Keep) -> None:
    administrator = visit("admin", java_script_enabled=False)
    administrator.get_by_role("link", name="Availability").click()
    heading(administrator, "Availability")
    look(administrator, keep, "availability")
    administrator.get_by_role("link", name=f"Dr {MOREAU.firstname} {MOREAU.lastname}").click()
    administrator.get_by_role("link", name="Add hours").click()
    administrator.get_by_label("Sunday").check()
    administrator.get_by_label("From").fill("10:05")
    administrator.get_by_label("Until").fill("11:05")
    administrator.get_by_label("Minutes of a slot").fill("7")
    administrator.get_by_role("button", name="Save").click()
    expect(administrator.get_by_role("alert")).to_contain_text("in steps of 5")
    look(administrator, keep, "availability-refused")
    administrator.get_by_label("Minutes of a slot").fill("20")
    administrator.get_by_role("button", name="Save").click()
    sunday = administrator.get_by_role("row").filter(has_text="Sunday")
    expect(sunday).to_contain_text("10:05 to 11:05")
    look(administrator, keep, "availability-week")

    book_on_sunday(visit(PATIENTS[7].username, java_script_enabled=False))
    sunday.get_by_role("link").click()
    administrator.get_by_role("button", name="Remove these hours").click()
    heading(administrator, "1 appointment would lie outside")
    expect(administrator.get_by_role("listitem").filter(has_text=PATIENTS[7].lastname)).to_contain_text("10:25")
    look(administrator, keep, "availability-asks")
    administrator.get_by_role("button", name="Change it all the same").click()
    expect(sunday.get_by_role("link")).to_have_count(0)


def book_on_sunday(page: Page) -> None:
    """Book the second of the times that are new."""
    page.get_by_role("button", name="Book an appointment").click()
    page.get_by_label(MOREAU.specialization).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label(f"Dr {MOREAU.firstname} {MOREAU.lastname}").check()
    page.get_by_role("button", name="Continue").click()
    heading(page, "Choose a time")
    times = page.get_by_role("group", name="Sunday").last.get_by_role("radio")
    expect(times).to_have_count(3)
    times.nth(1).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Routine").check()
    page.get_by_role("button", name="Book this appointment").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("booked")


def test_leave_is_added_and_taken_back_by_keyboard(visit: Visit, keep: Keep) -> None:
    page = visit(LINDQVIST.username)
    page.get_by_role("link", name="Availability").press("Enter")
    page.get_by_role("link", name="Add leave").press("Enter")
    first = datetime.now(UTC).date() + timedelta(days=200)
    page.get_by_label("First day").fill(first.isoformat())
    page.get_by_label("Last day").fill((first - timedelta(days=1)).isoformat())
    page.get_by_label("Reason").fill("A congress")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("The end must come after the start.")
    look(page, keep, "leave-refused")
    page.get_by_label("Last day").fill((first + timedelta(days=2)).isoformat())
    page.keyboard.press("Enter")
    leave = page.get_by_role("listitem").filter(has_text="Leave: A congress")
    leave.get_by_role("button", name="Take back").press("Enter")
    expect(leave).to_have_count(0)
