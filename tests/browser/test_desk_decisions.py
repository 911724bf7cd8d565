"""Decisions on the desk, drawn by dmn-js."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Keep, Visit
from tests.browser.served import ROOT
from tests.browser.test_pages import check
from tests.house import House
from workflows.engine import Resource

FILES = ROOT / "tests" / "decisions" / "files"
KNOWN = ("Inferno", "inline style")
"""What browsers say of dmn-js: of how its makers built it, and of the watermark's style, which it writes into HTML."""


@pytest.fixture(autouse=True, scope="module")
def dishes(house: House) -> None:
    """A file with four decisions, of which one asks two others."""
    name = "dish-camunda7.dmn"
    house.engine.deploy([Resource(name, (FILES / name).read_bytes())])


def open_dish(page: Page) -> None:
    page.goto("/desk/decisions")
    page.locator("main").get_by_role("link", name="Dish", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dish")


def test_a_decision_is_drawn_within_the_policy_of_the_page(enter: Visit, keep: Keep) -> None:
    page = enter("admin")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    open_dish(page)
    table = page.locator(".decision-canvas .tjs-table")
    expect(table).to_contain_text("Light Salad and a nice Steak")
    expect(page.locator(".decision-plain")).to_have_count(0)
    watermark = page.locator(".bjs-powered-by")
    expect(watermark).to_be_visible()
    expect(watermark).to_have_css("position", "absolute")
    below, above = watermark.bounding_box(), table.bounding_box()
    assert below is not None
    assert above is not None
    assert below["y"] >= above["y"] + above["height"]  # it hides no rule, and no rule hides it
    check(page)
    keep(page, "desk-decision")
    page.get_by_role("button", name="Season").press("Enter")
    expect(table).to_contain_text("Temperature")
    expect(page.get_by_role("button", name="Season")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Graph").click()
    expect(page.locator(".decision-canvas [data-element-id=beverages]")).to_be_visible()
    expect(page.get_by_role("button", name="Season")).to_have_attribute("aria-pressed", "false")
    keep(page, "desk-decision-graph")
    watermark.click()
    expect(page.locator(".bjs-powered-by-lightbox")).to_have_css("position", "fixed")
    assert [each for each in complaints if not any(known in each for known in KNOWN)] == []


def test_without_scripts_the_rules_are_there_as_tables(enter: Visit, keep: Keep) -> None:
    page = enter("admin", java_script_enabled=False)
    open_dish(page)
    rules = page.get_by_role("region", name="Rules of Dish")
    expect(rules.get_by_role("row", name="Roastbeef")).to_contain_text('"Winter"')
    expect(page.get_by_role("region", name="Rules of Season")).to_be_visible()
    keep(page, "desk-decision-plain")


def test_a_wide_table_is_moved_with_the_keyboard(enter: Visit) -> None:
    page = enter("admin", viewport={"width": 360, "height": 740})
    open_dish(page)
    box = page.locator(".decision-canvas .tjs-table-container")
    expect(box).to_have_attribute("tabindex", "0")
    box.focus()
    last = box.locator("th").last
    expect(last).not_to_be_in_viewport()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    expect(last).to_be_in_viewport()


def test_decisions_and_deployments_fit_on_a_phone(enter: Visit, keep: Keep) -> None:
    page = enter("admin")
    for address, name in (("/desk/decisions", "Decisions"), ("/desk/definitions/deployments", "Deployments")):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        check(page)
        keep(page, f"desk-{name.lower()}")
