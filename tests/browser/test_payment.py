"""A patient pays a bill in parts and the clinic's desk takes too much, in a real browser."""

from io import BytesIO
from pathlib import Path

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from app.clinic.demo import PATIENTS
from tests.browser.conftest import Keep, Visit
from tests.browser.test_pages import check

UNPAID, PAID_IN_PART = PATIENTS[17], PATIENTS[16]


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def pay(page: Page, amount: str) -> None:
    page.get_by_label("Amount paid").fill(amount)
    page.get_by_role("button", name="Record this payment").click()


def test_a_patient_pays_in_parts_and_takes_the_receipt(visit: Visit, keep: Keep) -> None:
    page = visit(UNPAID.username)
    page.get_by_role("link", name="Bills", exact=True).click()
    check(page)
    keep(page, "payment-1-bills")
    page.get_by_role("link", name="Pay", exact=False).first.click()
    heading(page, "Pay a bill")
    expect(page.get_by_label("Amount paid")).to_have_value("60.00")
    expect(page.get_by_text("No card is charged here.")).to_be_visible()
    check(page)
    keep(page, "payment-2-form")
    pay(page, "60,00")
    expect(page.get_by_role("alert")).to_contain_text("with a point before the cents")
    check(page)
    keep(page, "payment-3-refused")
    pay(page, "45.50")
    heading(page, "The bill is on hold")
    check(page)
    keep(page, "payment-4-on-hold")
    page.get_by_role("link", name="Pay the rest").click()
    pay(page, "14.50")
    heading(page, "The bill is paid")
    check(page)
    keep(page, "payment-5-paid")
    page.reload()
    heading(page, "The bill is paid")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Receipt").click()
    text = PdfReader(BytesIO(Path(waiting.value.path()).read_bytes())).pages[0].extract_text()
    assert "45.50 GBP" in text
    page.get_by_role("link", name="Everything recorded for this bill").click()
    expect(page.get_by_role("row")).to_have_count(4)  # with the heading: a charge and two payments
    check(page)
    keep(page, "payment-6-bill")
    page.get_by_role("link", name="Dashboard").click()
    expect(page.get_by_text("Your bill is paid (60.00 GBP)").first).to_be_visible()


def test_the_desk_completes_a_held_payment_with_the_keyboard(visit: Visit, keep: Keep) -> None:
    page = visit("admin")
    page.get_by_role("link", name="Payments", exact=True).press("Enter")
    heading(page, "Payments")
    check(page)
    keep(page, "payment-7-held")
    row = page.get_by_role("listitem").filter(has_text=PAID_IN_PART.lastname)
    row.get_by_role("link", name="Pay the rest").press("Enter")
    expect(page.get_by_label("Amount paid")).to_have_value("35.00")
    page.get_by_label("Amount paid").fill("50")
    page.keyboard.press("Enter")
    heading(page, "The bill is paid")
    expect(page.get_by_role("status")).to_contain_text("15.00 GBP was too much and is kept as a credit")
    keep(page, "payment-8-too-much")
    page.get_by_role("link", name="Payments", exact=True).click()
    expect(page.get_by_role("listitem").filter(has_text=PAID_IN_PART.lastname)).to_have_count(0)
