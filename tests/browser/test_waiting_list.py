"""The waiting list in a real browser: an offer is accepted in time, or goes to the next in line."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Keep, Visit, reload_until
from tests.browser.test_pages import check
from tests.house import House
from tests.lives import book, pass_until

LIST = "/waiting-list"


@pytest.fixture
def line(house: House, enter: Visit) -> Iterator[list[Page]]:
    """The browsers of two who wait for one doctor, in order. Nobody stays in line."""
    pages = [enter(house.add_patient("Weber")) for _ in range(2)]
    for page in pages:
        page.get_by_role("link", name="Waiting list").click()
        page.get_by_label("Whom would you like to see?").select_option(label="Cardiology: Dr Amara Okafor")
        page.get_by_label("Until when?").fill("2099-12-31")
        page.get_by_role("button", name="Join the waiting list").click()
        expect(page.get_by_role("status").first).to_contain_text("You are on the waiting list.")
        house.clock.advance(seconds=1)  # who comes next is next
    yield pages
    for page in pages:
        page.goto(LIST)
        for place in page.locator("summary", has_text="Give up this place").all():
            place.click()
            page.get_by_role("button", name="Give it up").click()


def test_who_waits_longest_accepts_the_time_that_somebody_gave_up(
    house: House, line: list[Page], enter: Visit, keep: Keep
) -> None:
    life = book(house)
    slot = life.appointment
    first, second = line
    patient = enter(life.username)
    patient.goto(f"{life.path}/cancel")
    patient.get_by_role("button", name="Cancel the appointment").click()
    expect(patient.get_by_role("status").first).to_contain_text("The appointment is cancelled.")
    reload_until(first, first.get_by_role("heading", name="Free for you"))
    expect(first.get_by_text("Held for you until")).to_be_visible()
    check(first)
    keep(first, "waiting-list-1-offer")
    first.get_by_role("button", name="Accept").click()
    expect(first.get_by_role("status").first).to_contain_text("The appointment is yours.")
    expect(first.get_by_role("heading", level=1)).to_have_text("Appointment with Dr Amara Okafor")
    assert first.locator(".facts time").get_attribute("datetime") == slot.starts_at.isoformat()
    expect(first.locator(".tag").first).to_have_text("booked")
    check(first)
    keep(first, "waiting-list-2-accepted")
    second.goto(LIST)
    expect(second.get_by_role("heading", name="Free for you")).to_have_count(0)
    expect(second.locator("summary", has_text="Give up this place")).to_have_count(1)
    second.goto("/notices")
    expect(second.get_by_text("A time is free on")).to_have_count(0)


def test_an_offer_that_nobody_answers_goes_to_the_next(
    house: House, line: list[Page], enter: Visit, keep: Keep
) -> None:
    life = book(house)
    slot = life.appointment
    first, second = line
    life.send("cancel")
    reload_until(first, first.get_by_role("heading", name="Free for you"))
    pass_until(house, house.clock.now + timedelta(hours=2))
    second.goto(LIST)
    reload_until(second, second.get_by_role("heading", name="Free for you"))
    first.get_by_role("button", name="Accept").click()  # on the page that was opened in time
    expect(first.get_by_text("This offer is over: it was answered already, or its time has run out.")).to_be_visible()
    check(first)
    keep(first, "waiting-list-3-over")
    first.get_by_role("link", name="Go to the waiting list").click()
    expect(first.get_by_role("heading", name="Free for you")).to_have_count(0)
    expect(first.locator("summary", has_text="Give up this place")).to_have_count(1)
    second.get_by_role("button", name="Accept").click()
    expect(second.get_by_role("status").first).to_contain_text("The appointment is yours.")
    assert second.locator(".facts time").get_attribute("datetime") == slot.starts_at.isoformat()
