"""The pages of notices and outgoing mail, on a desk and on a phone."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Keep, Visit
from tests.browser.test_pages import check


def test_notices_and_the_outbox_are_good_on_a_phone(visit: Visit, keep: Keep) -> None:
    def look(page: Page, name: str) -> None:
        check(page)
        keep(page, name)

    doctor = visit("amara.okafor")
    doctor.get_by_role("navigation", name="Main").get_by_role("link", name="Notices").click()
    expect(doctor.get_by_role("heading", name="Notices", level=1)).to_be_visible()
    look(doctor, "notices")
    administrator = visit("admin")
    administrator.get_by_role("link", name="Outbox").click()
    expect(administrator.get_by_text("No mail server is set.")).to_be_visible()
    look(administrator, "outbox")
    administrator.get_by_role("link", name=re.compile("^Look")).first.click()
    expect(administrator.get_by_role("heading", name="Delivery")).to_be_visible()
    look(administrator, "mail")
