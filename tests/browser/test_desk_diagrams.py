"""Diagrams on pages of the desk, drawn by bpmn-js."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Keep, Visit
from tests.browser.test_pages import check


def open_definition(page: Page, name: str) -> None:
    page.goto("/desk/definitions")
    page.locator("main").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_definition_shows_its_diagram_within_the_policy_of_the_page(visit: Visit, keep: Keep) -> None:
    page = visit("admin")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    open_definition(page, "Doctor's Appointment")
    expect(page.locator(".diagram-canvas [data-element-id=Task_ReserveSlot]")).to_be_visible()
    expect(page.locator(".diagram-picture")).to_have_count(0)
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    page.get_by_role("button", name="Zoom in").press("Enter")
    page.get_by_role("button", name="Whole diagram").click()
    check(page)
    keep(page, "desk-definition")
    assert complaints == []


def test_a_process_in_python_shows_the_picture_of_the_service(visit: Visit) -> None:
    page = visit("admin")
    open_definition(page, "Payment")
    expect(page.locator(".diagram-picture svg")).to_be_visible()
