"""Patients make their own accounts: an e-mail address first, then, by the link that was sent there, the rest."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic import one_time_links, self_service
from app.clinic.errors import NotFound
from app.clinic.models import LinkPurpose, Role
from app.clinic.secret_texts import digest
from app.web import profiles
from app.web.access import public
from app.web.entries import Entries, field, opened, submit
from app.web.limits import MAILS, MAILS_TO_ONE, SIGN_UPS, count
from app.web.mailed_links import address_of, over_page, sent_page
from app.web.services import services
from workflows.diagrams.forms import FieldType, Form, FormView
from workflows.diagrams.forms.model import InputKind
from workflows.expressions.expression import Literal

signing_up = Blueprint("signing_up", __name__, url_prefix="/account/sign-up")

_MAILED = ("email",)
"""What is known of the profile: the address to which the link was sent."""

_EMAIL = Form(
    "email",
    (
        field(
            "email",
            FieldType.STRING,
            "E-mail address",
            hint="We send a link there, with which you make your account.",
            longest=254,
            input_kind=InputKind.EMAIL,
        ),
    ),
    submit_label=Literal("Send me the link"),
)
_ACCOUNT = Form(
    "account",
    (profiles.USERNAME, *profiles.new_password(), *profiles.fields(Role.PATIENT, _MAILED)),
    submit_label=Literal("Make the account"),
)


@signing_up.get("")
@public
def ask() -> ResponseReturnValue:
    """Ask for an e-mail address."""
    return _ask_page(opened(_EMAIL))


@signing_up.post("")
@public
def send() -> ResponseReturnValue:
    """Send a link to the address, and say the same to everybody."""
    count(MAILS)
    refused = submit(_EMAIL, _send)
    return sent_page("Look into your mail") if refused is None else (_ask_page(refused), 422)


@signing_up.get("/<link>")
@public
def form(link: str) -> ResponseReturnValue:
    """Ask who somebody is who has got a link."""
    address = _address(link)
    return over_page("signing_up.ask", "Ask for a new link") if address is None else _page(opened(_ACCOUNT), address)


@signing_up.post("/<link>")
@public
def make(link: str) -> ResponseReturnValue:
    """Make the account: a patient's, whatever else the request says."""
    count(SIGN_UPS)
    address = _address(link)
    if address is None:
        return over_page("signing_up.ask", "Ask for a new link")
    refused = submit(_ACCOUNT, lambda entered: _make(link, entered))
    if refused is not None:
        return _page(refused, address), 422
    flash("Your account is made. Sign in with your user name and your password.")
    return redirect(url_for("account.login"), 303)


def _send(entered: Entries) -> None:
    email = entered.text("email")
    count(MAILS_TO_ONE, digest(email.lower()))
    found = services()
    with found.database.write() as session:
        self_service.ask_to_sign_up(
            session,
            email=email,
            clinic_name=found.clinic_name,
            address=address_of("signing_up.form"),
            now=found.clock(),
        )


def _make(link: str, entered: Entries) -> None:
    username = entered.text("username")
    password_hash = profiles.hashed_password(username, request.form)
    with services().database.write() as session:
        self_service.sign_up(
            session,
            text=link,
            username=username,
            password_hash=password_hash,
            profile=profiles.profile(Role.PATIENT, entered, _MAILED),
            now=services().clock(),
        )


def _address(link: str) -> str | None:
    """Return the address to which a link was sent, None if it can't be used."""
    with services().database.read() as session:
        try:
            found = one_time_links.find(session, text=link, purpose=LinkPurpose.SIGN_UP, now=services().clock())
        except NotFound:
            return None
    return found.address


def _ask_page(view: FormView) -> str:
    return render_template(
        "account/form.html", heading="Make an account", lead="", view=view, back=url_for("account.login")
    )


def _page(view: FormView, address: str) -> str:
    lead = f"Your e-mail address is {address}."
    return render_template(
        "account/form.html", heading="Make your account", lead=lead, view=view, back=url_for("account.login")
    )
