"""What becomes of appointments in a real browser, while the clock is moved: held, cancelled, too late."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Keep, Visit, reload_until
from tests.browser.test_pages import check
from tests.house import House
from tests.lives import Life, book, pass_until

DAY = timedelta(days=1)
DOCTOR = "amara.okafor"


@pytest.fixture
def life(house: House) -> Life:
    """An appointment some days ahead, not paid."""
    return book(house)


def notices(page: Page, start: str) -> Locator:
    """What the page of notices says that begins so."""
    return page.get_by_role("listitem").filter(has=page.get_by_text(start))


def is_offered(page: Page, starts_at: datetime) -> bool:
    """Begin a booking with the doctor, and say whether a time can be chosen; the radio's value is the instant."""
    page.goto("/dashboard")
    page.get_by_role("button", name="Book an appointment").click()
    page.get_by_label("Cardiology").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Dr Amara Okafor").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose a time")
    values = page.get_by_role("radio").evaluate_all("all => all.map(each => each.value)")
    return starts_at in {datetime.fromisoformat(value) for value in values}


def test_a_slot_is_held_for_its_payment_until_that_is_overdue(
    house: House, life: Life, enter: Visit, keep: Keep
) -> None:
    starts_at = life.appointment.starts_at
    page, doctor, other = enter(life.username), enter(DOCTOR), enter(house.add_patient())
    page.goto(life.path)
    expect(page.get_by_text("120.00 GBP to be paid")).to_be_visible()
    assert not is_offered(other, starts_at)
    page.goto("/notices")
    for reminders in (1, 2):
        pass_until(house, house.clock.now + DAY)
        reload_until(page, notices(page, "Payment for").nth(reminders - 1))
    assert notices(page, "Payment for").count() == 2
    pass_until(house, house.clock.now + DAY)
    life.end()
    page.reload()
    expect(notices(page, "was released").first).to_contain_text(life.ticketid)
    keep(page, "hold-1-released-notices")
    page.goto(life.path)
    expect(page.locator(".tag").first).to_have_text("cancelled")
    expect(page.get_by_role("link", name="Cancel the appointment")).to_have_count(0)
    check(page)
    keep(page, "hold-2-released")
    page.goto("/payment/bills")
    expect(page.get_by_role("listitem").filter(has_text=life.ticketid)).to_contain_text("nothing to pay")
    doctor.goto("/notices")
    expect(notices(doctor, "was released").filter(has_text=life.ticketid)).to_have_count(1)
    assert is_offered(other, starts_at)


def test_a_paid_appointment_is_cancelled_in_time_and_given_back(
    house: House, life: Life, enter: Visit, keep: Keep
) -> None:
    starts_at = life.appointment.starts_at
    page = enter(life.username, accept_downloads=True)
    page.goto(life.path)
    page.get_by_role("link", name="Pay the bill").click()
    page.get_by_role("link", name="Pay").first.click()
    page.get_by_role("button", name="Record this payment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The bill is paid")
    life.settle()
    page.goto(life.path)
    page.get_by_role("link", name="Cancel the appointment").click()
    expect(page.get_by_text("Nothing is charged, and what was paid is given back.")).to_be_visible()
    page.get_by_role("button", name="Cancel the appointment").click()
    expect(page.get_by_role("status").first).to_contain_text("The appointment is cancelled.")
    life.end()
    page.reload()
    check(page)
    keep(page, "cancelled-in-time-1-appointment")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Calendar file (ICS)").click()
    (event,) = Calendar.from_ical(Path(waiting.value.path()).read_bytes()).walk("VEVENT")
    assert (str(event["STATUS"]), int(str(event["SEQUENCE"]))) == ("CANCELLED", 1)
    page.get_by_role("link", name="See the bill").click()
    expect(page.get_by_role("row").filter(has_text="refund").first).to_contain_text("120.00 GBP")
    check(page)
    keep(page, "cancelled-in-time-2-bill")
    page.goto("/notices")
    expect(notices(page, "120.00 GBP are given back")).to_have_count(1)
    expect(notices(page, "Cancelled:")).to_have_count(1)
    doctor = enter(DOCTOR)
    doctor.goto("/notices")
    expect(notices(doctor, "Cancelled:").filter(has_text=life.ticketid)).to_have_count(1)
    assert is_offered(enter(house.add_patient()), starts_at)


def test_who_cancels_too_late_is_told_and_keeps_the_appointment(
    house: House, life: Life, enter: Visit, keep: Keep
) -> None:
    life.pay("120.00")
    life.settle()
    page = enter(life.username)
    page.goto(f"{life.path}/cancel")
    pass_until(house, life.appointment.starts_at - timedelta(hours=23))
    page.get_by_label("Why? You need not say.").fill("I overslept.")
    page.get_by_role("button", name="Cancel the appointment").click()
    expect(page.get_by_role("alert")).to_contain_text("could be cancelled until")
    expect(page.get_by_label("Why? You need not say.")).to_have_value("I overslept.")
    expect(page.get_by_text("what was charged stays charged")).to_be_visible()
    check(page)
    keep(page, "cancelled-late-1-refused")
    page.goto(life.path)
    expect(page.locator(".tag").first).to_have_text("booked")
    expect(page.get_by_text("It is too late to change this appointment here. Please call us.")).to_be_visible()
    expect(page.get_by_text("120.00 GBP paid")).to_be_visible()
    check(page)
    keep(page, "cancelled-late-2-booked")
    page.goto("/notices")
    expect(notices(page, "Cancelled:")).to_have_count(0)
