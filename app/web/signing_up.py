"""Patients make their own accounts: an e-mail address first, then, by the link that was sent there, the rest."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic import self_service
from app.clinic.models import LinkPurpose, Role
from app.web import mailed_links, profiles
from app.web.access import public
from app.web.entries import Entries, opened, submit
from app.web.limits import SIGN_UPS, count
from app.web.services import services
from workflows.diagrams.forms import Form, FormView
from workflows.expressions.expression import Literal

signing_up = Blueprint("signing_up", __name__, url_prefix="/account/sign-up")

_ASKING = mailed_links.Asking(
    endpoint="signing_up.ask",
    target="signing_up.form",
    heading="Make an account",
    form=profiles.email_form("We send a link there, with which you make your account."),
    ask=self_service.ask_to_sign_up,
)
_ACCOUNT = Form(
    "account",
    (profiles.USERNAME, *profiles.new_password(), *profiles.fields(Role.PATIENT, profiles.MAILED)),
    submit_label=Literal("Make the account"),
)


@signing_up.get("")
@public
def ask() -> ResponseReturnValue:
    """Ask for an e-mail address."""
    return _ASKING.show()


@signing_up.post("")
@public
def send() -> ResponseReturnValue:
    """Send a link to the address, and say the same to everybody."""
    return _ASKING.send()


@signing_up.get("/<link>")
@public
def form(link: str) -> ResponseReturnValue:
    """Ask who somebody is who has got a link."""
    found = mailed_links.find(link, LinkPurpose.SIGN_UP)
    return _ASKING.over() if found is None else _page(opened(_ACCOUNT), found.address)


@signing_up.post("/<link>")
@public
def make(link: str) -> ResponseReturnValue:
    """Make the account: a patient's, whatever else the request says."""
    count(SIGN_UPS)
    found = mailed_links.find(link, LinkPurpose.SIGN_UP)
    if found is None:
        return _ASKING.over()
    refused = submit(_ACCOUNT, lambda entered: _make(link, entered))
    if refused is not None:
        return _page(refused, found.address), 422
    flash("Your account is made. Sign in with your user name and your password.")
    return redirect(url_for("account.login"), 303)


def _make(link: str, entered: Entries) -> None:
    username = entered.text("username")
    password_hash = profiles.hashed_password(username, request.form)
    with services().database.write() as session:
        self_service.sign_up(
            session,
            text=link,
            username=username,
            password_hash=password_hash,
            profile=profiles.profile(Role.PATIENT, entered, profiles.MAILED),
            now=services().clock(),
        )


def _page(view: FormView, address: str) -> str:
    lead = f"Your e-mail address is {address}."
    return mailed_links.form_page("Make your account", view, url_for("account.login"), lead)
