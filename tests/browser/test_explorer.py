"""The explorer of the API in a real browser, under the policy that the service gives it."""

from playwright.sync_api import ConsoleMessage, expect

from tests.browser.conftest import Visit
from tests.chromium import SCREENSHOTS

PATIENCE = 60_000


def test_a_patient_tries_an_operation(visit: Visit) -> None:
    page = visit("ana.kovac")
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page.on("console", listen)
    page.goto("/api/docs")
    operation = page.locator(".opblock", has_text="Mark every notice as read.")
    page.get_by_text("notices", exact=True).first.click(timeout=PATIENCE)
    operation.get_by_role("button").first.click(timeout=PATIENCE)
    operation.get_by_role("button", name="Try it out").click(timeout=PATIENCE)
    operation.get_by_role("button", name="Execute").click(timeout=PATIENCE)
    answer = operation.locator(".live-responses-table")
    expect(answer).to_contain_text('"unread": 0', timeout=PATIENCE)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "api-explorer.png")
    assert complaints == []
