"""People change their own profile, and their e-mail address by a link that is mailed there."""

from functools import partial

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.clinic import own_profile as clinic
from app.clinic import people
from app.clinic.errors import NotFound
from app.clinic.models import LinkPurpose, Role
from app.clinic.secret_texts import digest
from app.web import mailed_links, present_password, profiles
from app.web.access import only
from app.web.entries import Entries, opened, submit
from app.web.identity import the_user
from app.web.limits import MAILS, MAILS_TO_ONE, count
from app.web.services import services
from workflows.diagrams.forms import Form, FormView
from workflows.expressions.expression import Literal

own_profile = Blueprint("own_profile", __name__, url_prefix="/account")

_EMAIL = profiles.email_form(
    "We send a link there. Until you open it, mail comes to the address that you have.", present_password.FIELD
)
_CONFIRM = Form("confirm", (), submit_label=Literal("Use this address"))


@own_profile.get("/profile")
@only()
def form() -> ResponseReturnValue:
    """Show one's own profile, to be changed."""
    with services().database.read() as session:
        known = clinic.own_profile(session, login_id=the_user().id)
    return _page(opened(_form(), known))


@own_profile.post("/profile")
@only()
def change() -> ResponseReturnValue:
    """Change one's own profile: what the form has, and nothing else that is sent."""
    refused = submit(_form(), _change)
    if refused is not None:
        return _page(refused), 422
    flash("Your profile is changed.")
    return redirect(url_for("account.show"), 303)


@own_profile.get("/email")
@only()
def ask() -> ResponseReturnValue:
    """Ask for another e-mail address."""
    return _email_page(opened(_EMAIL))


@own_profile.post("/email")
@only()
def send() -> ResponseReturnValue:
    """Send a link to the new address."""
    refused = submit(_EMAIL, _send)
    return mailed_links.sent_page("Look into your mail") if refused is None else (_email_page(refused), 422)


@own_profile.get("/email/<link>")
@only()
def confirm(link: str) -> ResponseReturnValue:
    """Ask whether the address to which the link was sent is to be one's own."""
    found = mailed_links.find(link, LinkPurpose.EMAIL)
    if found is None or found.login_id != the_user().id:
        return mailed_links.over_page("own_profile.ask")
    lead = f"Mail for you will come to {found.address}."
    return mailed_links.form_page("Your new e-mail address", opened(_CONFIRM), url_for("account.show"), lead)


@own_profile.post("/email/<link>")
@only()
def take(link: str) -> ResponseReturnValue:
    """Take the address for one's own: a link that was sent to somebody else by mistake is of no use to them."""
    try:
        with services().database.write() as session:
            clinic.change_email(session, text=link, login_id=the_user().id, now=services().clock())
    except NotFound:
        return mailed_links.over_page("own_profile.ask")
    flash("Your e-mail address is changed.")
    return redirect(url_for("account.show"), 303)


def _change(entered: Entries) -> None:
    user = the_user()
    given = profiles.profile(user.role, entered, clinic.NOT_THEIRS)
    with services().database.write() as session:
        clinic.change(session, login_id=user.id, profile=given, now=services().clock())


def _send(entered: Entries) -> None:
    present_password.check()
    email = entered.text("email")
    count(MAILS)
    count(MAILS_TO_ONE, digest(email.lower()))
    mailed_links.mail(partial(clinic.ask_for_email, login_id=the_user().id), email, "own_profile.confirm")


def _form() -> Form:
    return Form("profile", profiles.fields(the_user().role, clinic.NOT_THEIRS), submit_label=Literal("Save"))


def _page(view: FormView) -> str:
    staff = the_user().role is not Role.PATIENT
    lead = "Your staff number, your position and your first day are for the clinic to say." if staff else ""
    return mailed_links.form_page("Your profile", view, url_for("account.show"), lead)


def _email_page(view: FormView) -> str:
    with services().database.read() as session:
        login = people.find_login(session, login_id=the_user().id)
        present = people.person_of_login(session, login=login).email
    lead = f"Now mail for you comes to {present}."
    return mailed_links.form_page("Your e-mail address", view, url_for("account.show"), lead)
