"""Every other page once in a real browser: its picture, and that it keeps to the rules of good pages."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from app.clinic.demo import DOCTORS, PATIENTS
from tests.browser.conftest import Keep, Visit
from tests.browser.served import Served

LUMINANCE = """
() => {
  const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const behind = element => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest('.visually-hidden')) continue;
    const pair = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (contrast < 4.5) poor.push(`${walker.currentNode.data.trim()} ${contrast.toFixed(2)}`);
  }
  return poor;
}
"""


def check(page: Page) -> None:
    """One first-level heading, no level left out, enough contrast, no console error, a name for every control."""
    page.wait_for_load_state()
    levels = [int(name[1]) for name in page.locator("h1, h2, h3").evaluate_all("all => all.map(e => e.tagName)")]
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert page.evaluate(LUMINANCE) == []
    nameless = (
        page.locator("main")
        .locator("input:not([type=hidden]), select, textarea, button")
        .evaluate_all(
            "all => all.filter(e => !(e.labels && e.labels.length) && !e.textContent.trim()).map(e => e.outerHTML)"
        )
    )
    assert nameless == []


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    """What the reader's system prefers."""
    return str(request.param)


Look = Callable[[Page, str], None]


@pytest.fixture
def look(keep: Keep, scheme: str) -> Look:
    """Check a page and keep its picture."""

    def both(page: Page, name: str) -> None:
        check(page)
        keep(page, f"{name}-{scheme}")

    return both


def test_signing_in(served: Served, browser: Browser, look: Look, scheme: str) -> None:
    context = browser.new_context(base_url=served.address, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/login")
    look(page, "sign-in")
    page.get_by_label("User name").fill("nobody")
    page.get_by_label("Password").fill("a wrong password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    look(page, "sign-in-refused")
    context.close()


def test_pages_of_patients(visit: Visit, look: Look, scheme: str) -> None:
    page = visit(PATIENTS[0].username, color_scheme=scheme)
    look(page, "patient-dashboard")
    page.goto("/doctor/expertise")
    look(page, "begin")
    page.get_by_role("button", name="Start a new booking").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose a specialization")
    look(page, "expertise")
    page.get_by_role("link", name="Abandon this booking").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Abandon this booking?")
    look(page, "abandon")
    page.get_by_role("button", name="Abandon it").click()
    expect(page.get_by_text("The booking is abandoned.")).to_be_visible()
    look(page, "abandoned")
    page.goto("/tasks")
    look(page, "tasks")
    page.goto("/desk")
    look(page, "forbidden")
    page.goto("/nothing")
    look(page, "not-found")


def test_pages_of_doctors(visit: Visit, look: Look, scheme: str) -> None:
    page = visit(DOCTORS[0].username, color_scheme=scheme)
    look(page, "doctor-dashboard")
    page.get_by_role("link", name="Book for a patient").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Book for a patient")
    look(page, "patients")
    page.get_by_label("Name or patient number").fill("nobody at all")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("Nobody has such a name or number.")).to_be_visible()
    look(page, "patients-none")


def test_pages_of_administrators(visit: Visit, look: Look, scheme: str) -> None:
    page = visit("admin", color_scheme=scheme)
    look(page, "administrator-dashboard")
    page.goto("/desk")
    look(page, "desk-tasks")
    page.get_by_role("link", name="Processes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Processes")
    look(page, "processes")
    page.get_by_role("link", name="Deploy", exact=True).click()
    broken = FilePayload(name="broken.bpmn", mimeType="application/xml", buffer=b"<definitions")
    page.get_by_label("Diagrams, decisions and forms").set_input_files(broken)
    page.get_by_role("button", name="Look at them").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was deployed")
    look(page, "processes-refused")
    large = FilePayload(name="large.bpmn", mimeType="application/xml", buffer=b"x" * 20_000_000)
    page.get_by_label("Diagrams, decisions and forms").set_input_files(large)
    page.get_by_role("button", name="Look at them").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("That is too much")
    look(page, "processes-too-large")


def test_staff_books_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit(DOCTORS[0].username)
    page.get_by_role("link", name="Book for a patient").press("Enter")
    page.get_by_label("Name or patient number").press_sequentially("kovac")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("1 patient")
    page.get_by_role("button", name="Book for Ana").press("Enter")
    for heading in ("Choose a specialization", "Choose a doctor", "Choose a time"):
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        page.get_by_role("radio").first.press("Space")
        page.keyboard.press("Enter")
    expect(page.get_by_label("Patient")).to_have_value("1")
    page.get_by_role("radio").first.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The appointment is booked")


def test_times_can_be_chosen_by_thumb(visit: Visit) -> None:
    """Every control is at least 44 pixels high on a phone, or stands in a label that is."""
    page = visit(PATIENTS[1].username, viewport={"width": 360, "height": 740})
    page.get_by_role("button", name="Book an appointment").click()
    for _ in range(2):
        page.get_by_role("radio").first.check()
        page.get_by_role("button", name="Continue").click()
    heights = page.locator(".choice label, main .button").evaluate_all("all => all.map(e => e.offsetHeight)")
    assert len(heights) > 10
    assert min(heights) >= 44
