"""Staff in front of the service's pages and of Airflow's own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.airflow import REPORT, Airflow
from tests.airflow.looking import ask, ended, until
from tests.browser.served import Served
from tests.chromium import SCREENSHOTS
from tests.servers.airflow import PASSWORD, USER

_MS = 120_000


@pytest.fixture
def page(browser: Browser, clinic: Served) -> Iterator[Page]:
    """The administrator, signed in at the service."""
    context = browser.new_context(base_url=clinic.address, locale="en-GB", viewport={"width": 1400, "height": 900})
    context.set_default_timeout(_MS)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(clinic.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/login" not in address)
    yield page
    context.close()


def sign_in_to_airflow(page: Page) -> None:
    """Fill Airflow's own form, as its page asks."""
    page.get_by_label("Username").fill(USER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def keep(page: Page, name: str) -> None:
    """Keep a picture of the page."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def test_a_report_that_was_asked_for_on_the_page_is_green_in_airflow(page: Page, rest: Airflow) -> None:
    page.goto("/dag-runs")
    page.get_by_role("button", name="Count the accounts now").click()
    expect(page.get_by_role("status")).to_contain_text("Airflow makes the report: dams__")
    run_id = rest.runs(REPORT, limit=1)[0].run_id
    assert ended(rest, REPORT, run_id).state == "success"
    page.reload()
    row = page.get_by_role("listitem").filter(has_text=run_id)
    expect(row).to_contain_text("success")
    keep(page, "dag-runs")
    row.get_by_role("link", name="Open in Airflow").click()
    sign_in_to_airflow(page)
    expect(page.get_by_text("Success").first).to_be_visible(timeout=_MS)
    expect(page.get_by_text("return_report").first).to_be_visible(timeout=_MS)
    keep(page, "airflow-run")


def test_a_human_step_is_reached_from_airflow(page: Page, rest: Airflow) -> None:
    run_id = rest.trigger("try_human").run_id
    place = f"dags/try_human/dagRuns/{run_id}/taskInstances/ask"
    address = until(lambda: ask(rest, f"{place}/links").get("extra_links", {}).get("Human step"), "the link")
    page.goto(f"{rest.url}/dags/try_human/runs/{run_id}/tasks/ask/details")
    sign_in_to_airflow(page)
    link = page.get_by_role("link", name="Human step")
    expect(link).to_have_attribute("href", address, timeout=_MS)
    keep(page, "airflow-human-step")
    page.goto(address)
    page.get_by_role("button", name="Take this task").click()
    page.get_by_label("Approved").check()
    page.get_by_role("button", name="Complete").click()
    assert ended(rest, "try_human", run_id).state == "success"
    assert rest.xcom("try_human", run_id, "ask", "return_value") == {"approved": True}
