"""Accounts in a real browser: signing up by a mail that a real server took, a forgotten password, staff's accounts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.clinic.details import ClinicDetails
from tests.browser.conftest import Keep, Visit
from tests.browser.test_pages import check
from tests.house import PASSWORD, ZONE, House
from tests.servers.smtp import Mailbox, running_smtp
from workers.mail import MailSender, MailServer

NEW = "a quite new password"


class Post:
    """Sends what waits in the outbox, and finds the links in what the server took."""

    def __init__(self, house: House, mailbox: Mailbox, port: int) -> None:
        clinic = ClinicDetails("Riverside Clinic", ZONE, email="desk@clinic.example")
        self._mailbox = mailbox
        self._sender = MailSender(
            house.services.database, MailServer("127.0.0.1", port, "none"), clinic, house.services.clock
        )

    def link_for(self, address: str) -> str:
        """Return the path of the link in the newest mail to an address."""
        self._sender.send_due()
        texts = [mail.get_content() for mail in self._mailbox.mails if address in str(mail["To"])]
        found = re.search(r"http://localhost(/\S+)", texts[-1].replace("=\n", ""))
        assert found is not None
        return found[1]


@pytest.fixture
def post(house: House) -> Iterator[Post]:
    """A mail server, and the way to it."""
    mailbox = Mailbox()
    with running_smtp(mailbox) as port:
        yield Post(house, mailbox, port)


@pytest.fixture
def page(browser: Browser, house_address: str) -> Iterator[Page]:
    """A browser in which nobody is signed in, without scripts."""
    context = browser.new_context(base_url=house_address, locale="en-GB", java_script_enabled=False)
    yield context.new_page()
    context.close()


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def choose_password(page: Page, label: str, password: str) -> None:
    page.get_by_label(label, exact=False).first.fill(password)
    page.get_by_label("The same again").fill(password)


def sign_in(page: Page, username: str, password: str) -> None:
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_patient_signs_up_forgets_the_password_and_chooses_another(page: Page, post: Post, keep: Keep) -> None:
    page.goto("/login")
    keep(page, "accounts-0-sign-in")
    page.get_by_role("link", name="Make an account").click()
    heading(page, "Make an account")
    page.get_by_label("E-mail address").fill("nora@example.org")
    keep(page, "accounts-1-email")
    page.get_by_role("button", name="Send me the link").click()
    heading(page, "Look into your mail")
    keep(page, "accounts-2-sent")
    page.goto(post.link_for("nora@example.org"))
    heading(page, "Make your account")
    page.get_by_label("User name").fill("nora.lind")
    choose_password(page, "Password", "short")
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("alert")).to_contain_text("Please fill in this field.")
    expect(page.get_by_label("The same again")).to_have_value("")
    keep(page, "accounts-3-refused")
    choose_password(page, "Password", PASSWORD)
    for label, value in (("First name", "Nora"), ("Family name", "Lind"), ("Telephone", "+49 40 5550144")):
        page.get_by_label(label).fill(value)
    page.get_by_label("Date of birth").fill("1991-05-06")
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("status")).to_contain_text("Your account is made.")
    page.get_by_role("link", name="I have forgotten my password").click()
    page.get_by_label("User name or e-mail address").fill("nora.lind")
    keep(page, "accounts-4-forgotten")
    page.get_by_role("button", name="Send me a link").click()
    page.goto(post.link_for("nora@example.org"))
    expect(page.get_by_text("Your user name is nora.lind.")).to_be_visible()
    choose_password(page, "New password", NEW)
    keep(page, "accounts-5-new-password")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is set.")
    sign_in(page, "nora.lind", PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    sign_in(page, "nora.lind", NEW)
    heading(page, "Good day, Nora Lind")
    page.get_by_role("link", name="Your account").click()
    keep(page, "accounts-6-account")
    page.get_by_role("link", name="Change your password").click()
    keep(page, "accounts-7-change")


def test_an_administrator_makes_a_doctors_account_closes_and_opens_it(
    enter: Visit, page: Page, post: Post, keep: Keep
) -> None:
    staff = enter("admin")
    staff.get_by_role("link", name="Accounts", exact=True).click()
    heading(staff, "Accounts")
    check(staff)
    keep(staff, "accounts-8-listing")
    staff.get_by_role("link", name="New doctor").click()
    values = {
        "User name": "ida.zeller",
        "First name": "Ida",
        "Family name": "Zeller",
        "E-mail address": "ida@clinic.example",
        "Telephone number": "+49 40 5550155",
        "Position": "Consultant",
        "Started on": "2026-05-01",
        "Staff number": "HSP-700",
        "Specialization": "Neurology",
    }
    for label, value in values.items():
        staff.get_by_label(label).fill(value)
    check(staff)
    keep(staff, "accounts-9-new-doctor")
    staff.get_by_role("button", name="Make the account").click()
    expect(staff.get_by_role("status").first).to_contain_text("The account is made")
    page.goto(post.link_for("ida@clinic.example"))
    choose_password(page, "New password", PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    sign_in(page, "ida.zeller", PASSWORD)
    heading(page, "Good day, Dr Ida Zeller")
    staff.get_by_label("Name").fill("zeller")
    staff.get_by_role("button", name="Find").click()
    staff.get_by_role("button", name="Close").click()
    expect(staff.get_by_role("status").first).to_contain_text("its owner is signed out")
    row = staff.get_by_role("listitem").filter(has_text="ida.zeller")
    page.reload()
    heading(page, "Sign in")
    staff.get_by_label("Name").fill("zeller")
    staff.get_by_role("button", name="Find").click()
    expect(row).to_contain_text("closed")
    keep(staff, "accounts-10-closed")
    row.get_by_role("button", name="Open again").click()
    expect(staff.get_by_role("status").first).to_contain_text("The account is open again.")
    sign_in(page, "ida.zeller", PASSWORD)
    heading(page, "Good day, Dr Ida Zeller")


def test_a_doctor_asks_for_an_account_and_changes_profile_and_address(
    enter: Visit, page: Page, post: Post, keep: Keep
) -> None:
    page.goto("/login")
    page.get_by_role("link", name="Ask for an account").click()
    page.get_by_label("E-mail address").fill("ada@clinic.example")
    page.get_by_role("button", name="Send me the link").click()
    page.goto(post.link_for("ada@clinic.example"))
    heading(page, "Ask for your account")
    values = {"User name": "ada.stern", "First name": "Ada", "Family name": "Stern", "Telephone": "+49 40 5550177"}
    for label, value in {**values, "Specialization": "Neurology", "Message": "I begin in June."}.items():
        page.get_by_label(label).fill(value)
    keep(page, "accounts-11-request")
    page.get_by_role("button", name="Ask for the account").click()
    expect(page.get_by_role("status")).to_contain_text("Your request is kept.")
    staff = enter("admin")
    staff.goto("/accounts")
    staff.get_by_role("link", name="Requests (1)").click()
    check(staff)
    keep(staff, "accounts-12-requests")
    staff.get_by_role("link", name="Decide on the request of Ada Stern").click()
    check(staff)
    keep(staff, "accounts-13-decision")
    staff.get_by_role("link", name="Approve as doctor").click()
    for label, value in {"Position": "Consultant", "Started on": "2026-06-01", "Staff number": "HSP-701"}.items():
        staff.get_by_label(label).fill(value)
    keep(staff, "accounts-14-approval")
    staff.get_by_role("button", name="Approve it and make the account").click()
    expect(staff.get_by_role("status").first).to_contain_text("The account is made")
    page.goto(post.link_for("ada@clinic.example"))
    choose_password(page, "New password", PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    sign_in(page, "ada.stern", PASSWORD)
    heading(page, "Good day, Dr Ada Stern")
    page.get_by_role("link", name="Your account").click()
    page.get_by_role("link", name="Change your profile").click()
    page.get_by_label("Family name").fill("Stern-Vale")
    keep(page, "accounts-15-profile")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Your profile is changed.")
    page.get_by_role("link", name="Change your e-mail address").click()
    page.get_by_label("E-mail address").fill("vale@clinic.example")
    page.get_by_label("Present password").fill(PASSWORD)
    keep(page, "accounts-16-address")
    page.get_by_role("button", name="Send me the link").click()
    page.goto(post.link_for("vale@clinic.example"))
    expect(page.get_by_text("Mail for you will come to vale@clinic.example.")).to_be_visible()
    keep(page, "accounts-17-confirm")
    page.get_by_role("button", name="Use this address").click()
    expect(page.get_by_role("status")).to_contain_text("Your e-mail address is changed.")
