"""A doctor can't come: three patients are told, in browsers of their own, and one of them moves."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from tests.browser.conftest import Keep, Visit, reload_until
from tests.browser.test_pages import check
from tests.house import ZONE, House
from tests.lives import Life, book, pass_until

DOCTOR = "Dr Amara Okafor, Cardiology"


def record(page: Page, day: str) -> None:
    """Ask whom the absence concerns."""
    page.goto("/absences/new")
    page.get_by_label("Who can't come?").select_option(label=DOCTOR)
    page.get_by_label("First day").fill(day)
    page.get_by_label("Reason, for staff").fill("ill")
    page.get_by_role("button", name="Show whom that concerns").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Whom the absence concerns")


def is_told(page: Page, life: Life) -> None:
    """The patient finds a notice, and by it the appointment, which says so too."""
    page.goto("/notices")
    notice = page.get_by_role("listitem").filter(has_text="Your doctor can't come")
    reload_until(page, notice)
    expect(notice).to_contain_text(life.ticketid)
    notice.get_by_role("link", name="Look at the appointment").click()
    expect(page.get_by_text("Dr Amara Okafor can't come at this time. Please choose another")).to_be_visible()


def test_three_patients_are_told_and_move_or_are_cancelled(house: House, enter: Visit, keep: Keep) -> None:
    lives = [book(house) for _ in range(3)]
    (day,) = {life.appointment.starts_at.astimezone(ZONE).date() for life in lives}
    moves, *stay = sorted(lives, key=lambda life: life.appointment.starts_at)
    moves.pay("120.00")
    staff = enter("admin")
    record(staff, day.isoformat())
    for life in lives:
        expect(staff.get_by_role("listitem").filter(has_text=life.ticketid)).to_have_count(1)
    check(staff)
    keep(staff, "absence-3-three-patients")
    staff.get_by_role("button", name="Record the absence and tell them").click()
    expect(staff.get_by_role("status").first).to_contain_text("The absence is recorded. Patients told: 3.")
    pages = {life.ticketid: enter(life.username) for life in lives}
    for life in lives:
        is_told(pages[life.ticketid], life)
        life.settle()
    mover = pages[moves.ticketid]
    keep(mover, "absence-4-told")
    pass_until(house, moves.appointment.starts_at - timedelta(hours=3))  # after the cut-off, which does not bind now
    mover.get_by_role("link", name="Choose another time").click()
    mover.get_by_role("radio").first.check()
    mover.get_by_role("button", name="Move the appointment").click()
    expect(mover.get_by_role("status").first).to_contain_text("The appointment is moved.")
    assert moves.appointment.starts_at.astimezone(ZONE).date() != day
    expect(mover.locator(".tag").first).to_have_text("booked")
    for life in stay:
        pass_until(house, life.appointment.starts_at - timedelta(minutes=5))
        life.end()
        page = pages[life.ticketid]
        page.reload()
        expect(page.locator(".tag").first).to_have_text("cancelled")
        page.goto("/payment/bills")
        expect(page.get_by_role("listitem").filter(has_text=life.ticketid)).to_contain_text("nothing to pay")
    keep(page, "absence-5-nothing-to-pay")
