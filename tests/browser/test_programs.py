"""Programs in a real browser: one of others is registered and allowed by a patient, and a token is made."""

from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import expect

from tests.browser.conftest import Keep, Visit

BACK = "https://calendar.example/back"


def test_a_program_is_registered_refused_and_allowed_and_a_token_shown_once(visit: Visit, keep: Keep) -> None:
    staff = visit("admin")
    staff.goto("/oauth/clients")
    staff.get_by_label("Name").fill("Calendar of the clinic")
    staff.get_by_label("An app or a page in the browser").check()
    staff.get_by_label("Where people are sent back to").fill(BACK)
    staff.get_by_label("Read appointments, bills and notices").check()
    staff.get_by_label("Book, change and cancel appointments").check()
    staff.get_by_role("button", name="Register it").click()
    client_id = staff.locator("code").first.inner_text()
    keep(staff, "programs-0-registered")
    staff.goto("/oauth/clients")
    expect(staff.get_by_text(client_id)).to_be_visible()
    keep(staff, "programs-1-clients")

    page = visit("ana.kovac")
    page.route(f"{BACK}**", lambda route: route.fulfill(body="here again"))
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": BACK,
        "scope": "clinic:read clinic:write",
        "state": "s",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    page.goto(f"/oauth/authorize?{urlencode(asked)}")
    expect(page.get_by_role("heading", name="Let Calendar of the clinic act for you?")).to_be_visible()
    keep(page, "programs-2-consent")
    page.get_by_role("button", name="Refuse it").click()
    expect(page.get_by_text("here again")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["error"] == ["access_denied"]

    page.goto(f"/oauth/authorize?{urlencode(asked)}")
    page.get_by_role("button", name="Allow it").click()
    expect(page.get_by_text("here again")).to_be_visible()
    told = parse_qs(urlsplit(page.url).query)
    assert (told["state"], len(told["code"])) == (["s"], 1)

    page.goto("/account/tokens")
    page.get_by_label("Name").fill("My calendar")
    page.get_by_label("Read appointments, bills and notices").check()
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator(".token")).to_contain_text("dams_")
    keep(page, "programs-3-token")
    page.goto("/account/tokens")
    expect(page.get_by_text("My calendar", exact=True).first).to_be_visible()
    expect(page.locator(".token")).to_have_count(0)
    keep(page, "programs-4-tokens")
