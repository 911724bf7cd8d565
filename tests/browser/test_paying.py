"""A patient pays too much, and one bill twice, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Keep, Visit
from tests.browser.test_pages import check
from tests.house import House
from tests.lives import Life, book


@pytest.fixture
def life(house: House) -> Life:
    """An appointment that costs 120.00, not paid."""
    return book(house)


def open_form(page: Page, life: Life, amount: str) -> None:
    page.goto(f"/payment/start?ticket={life.ticketid}")
    page.get_by_label("Amount paid").fill(amount)


def is_paid(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("The bill is paid")


def paid_once(page: Page, life: Life, amount: str) -> None:
    """The bill shows the charge and one payment, below the heads of their columns."""
    page.goto(f"/payment/bills/{life.ticketid}")
    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("row").filter(has_text="Payment")).to_contain_text(amount)
    assert len([kind for kind in life.postings() if kind == "payment"]) == 1


def test_what_is_paid_too_much_is_shown_as_credit(life: Life, enter: Visit, keep: Keep) -> None:
    page = enter(life.username)
    open_form(page, life, "150")
    page.get_by_role("button", name="Record this payment").click()
    is_paid(page)
    expect(page.get_by_role("status")).to_contain_text("150.00 GBP recorded, of which 30.00 GBP was too much")
    expect(page.get_by_text("30.00 GBP, kept as a credit")).to_be_visible()
    check(page)
    keep(page, "credit-1-paid")
    page.get_by_role("link", name="Bills", exact=True).click()
    expect(page.get_by_role("listitem").filter(has_text="to be paid").first).to_contain_text("0.00 GBP")
    expect(page.get_by_role("listitem").filter(has_text="credit")).to_contain_text("30.00 GBP")
    check(page)
    keep(page, "credit-2-bills")


def test_a_form_sent_twice_pays_once(life: Life, enter: Visit, keep: Keep) -> None:
    page = enter(life.username)
    open_form(page, life, "120.00")
    form = page.locator("form").filter(has=page.get_by_label("Amount paid"))
    form.evaluate("form => form.target = '_blank'")  # so that the form is still there, to be sent again
    answers = []
    for _ in range(2):
        with page.expect_popup() as opened:
            page.get_by_role("button", name="Record this payment").click()
        answers.append(opened.value)
    for answer in answers:
        is_paid(answer)
        expect(answer.get_by_role("status")).to_have_text("120.00 GBP recorded.")
        answer.reload()
        is_paid(answer)
    paid_once(page, life, "120.00 GBP")
    keep(page, "paid-twice-1-bill")


def test_who_goes_back_after_paying_finds_the_bill_paid(life: Life, enter: Visit, keep: Keep) -> None:
    page = enter(life.username)
    open_form(page, life, "120.00")
    page.get_by_role("button", name="Record this payment").click()
    is_paid(page)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pay a bill")
    expect(page.get_by_text("This bill is paid already. Nothing is due any more.")).to_be_visible()
    expect(page.get_by_role("button", name="Record this payment")).to_have_count(0)
    check(page)
    keep(page, "paid-twice-2-back")
    page.go_forward()
    is_paid(page)
    paid_once(page, life, "120.00 GBP")
