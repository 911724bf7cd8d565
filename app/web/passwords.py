"""Passwords: forgotten ones, new ones by a link, and changing one's own."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic import one_time_links, people, self_service
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import LinkPurpose, Login
from app.clinic.secret_texts import digest
from app.web import profiles
from app.web.access import only, public
from app.web.account import begin_attempt, begin_session, locked_sentence, succeed_attempt
from app.web.entries import Entries, field, opened, submit
from app.web.identity import the_user
from app.web.inputs import PRESENT_PASSWORD
from app.web.limits import MAILS, MAILS_TO_ONE, count
from app.web.mailed_links import address_of, over_page, sent_page
from app.web.services import services
from workflows.diagrams.forms import FieldType, Form, FormView
from workflows.diagrams.forms.model import InputKind
from workflows.expressions.expression import Literal

passwords = Blueprint("passwords", __name__, url_prefix="/account")

_WRONG = "This is not your present password."

_FORGOTTEN = Form(
    "forgotten",
    (field("name", FieldType.STRING, "User name or e-mail address", longest=254),),
    submit_label=Literal("Send me a link"),
)
_NEW = Form("new", profiles.new_password("New password"), submit_label=Literal("Set the password"))
_CHANGE = Form(
    "change",
    (
        field(PRESENT_PASSWORD, FieldType.STRING, "Present password", longest=128, input_kind=InputKind.PASSWORD),
        *profiles.new_password("New password"),
    ),
    submit_label=Literal("Change the password"),
)


@passwords.get("/forgotten-password")
@public
def forgotten() -> ResponseReturnValue:
    """Ask whose password is forgotten."""
    return _page("Forgotten password", opened(_FORGOTTEN), "account.login")


@passwords.post("/forgotten-password")
@public
def send() -> ResponseReturnValue:
    """Send a link to the owner, if there is one, and say the same to everybody."""
    count(MAILS)
    refused = submit(_FORGOTTEN, _send)
    if refused is not None:
        return _page("Forgotten password", refused, "account.login"), 422
    return sent_page("Look into your mail")


@passwords.get("/new-password/<link>")
@public
def form(link: str) -> ResponseReturnValue:
    """Ask for the new password of who has got a link."""
    owner = _owner(link)
    if owner is None:
        return over_page("passwords.forgotten", "Ask for a new link")
    return _page("Choose a password", opened(_NEW), "account.login", f"Your user name is {owner.username}.")


@passwords.post("/new-password/<link>")
@public
def choose(link: str) -> ResponseReturnValue:
    """Set the password; signing in with it is the next step."""
    owner = _owner(link)
    if owner is None:
        return over_page("passwords.forgotten", "Ask for a new link")

    def act(_: Entries) -> None:
        password_hash = profiles.hashed_password(owner.username, request.form)
        with services().database.write() as session:
            self_service.choose_password(session, text=link, password_hash=password_hash, now=services().clock())

    refused = submit(_NEW, act)
    if refused is not None:
        return _page("Choose a password", refused, "account.login", f"Your user name is {owner.username}."), 422
    succeed_attempt(owner.username)
    flash("Your password is set. Sign in with it.")
    return redirect(url_for("account.login"), 303)


@passwords.get("/password")
@only()
def ask_to_change() -> ResponseReturnValue:
    """Ask for the present password and a new one."""
    return _page("Change your password", opened(_CHANGE), "account.show")


@passwords.post("/password")
@only()
def change() -> ResponseReturnValue:
    """Change one's own password: every other browser is signed out, this one gets a new session."""
    refused = submit(_CHANGE, _change)
    if refused is not None:
        return _page("Change your password", refused, "account.show"), 422
    begin_session(the_user().id)
    flash("Your password is changed. Everywhere else you are signed out.")
    return redirect(url_for("account.show"), 303)


def _send(entered: Entries) -> None:
    name = entered.text("name")
    count(MAILS_TO_ONE, digest(name.lower()))
    found = services()
    with found.database.write() as session:
        self_service.ask_for_new_password(
            session,
            name_or_email=name,
            clinic_name=found.clinic_name,
            address=address_of("passwords.form"),
            now=found.clock(),
        )


def _change(_: Entries) -> None:
    user = the_user()
    locked_until = begin_attempt(user.username)
    if locked_until is not None:
        raise InvalidInput(PRESENT_PASSWORD, locked_sentence(locked_until))
    with services().database.read() as session:
        known = people.authenticate(session, username=user.username, password=request.form.get(PRESENT_PASSWORD, ""))
    if known is None:
        raise InvalidInput(PRESENT_PASSWORD, _WRONG)
    succeed_attempt(user.username)
    password_hash = profiles.hashed_password(user.username, request.form)
    with services().database.write() as session:
        self_service.change_password(session, login_id=user.id, password_hash=password_hash, now=services().clock())


def _owner(link: str) -> Login | None:
    """Return whose password a link lets somebody choose, None if it can't be used."""
    with services().database.read() as session:
        try:
            found = one_time_links.find(session, text=link, purpose=LinkPurpose.PASSWORD, now=services().clock())
            return people.find_login(session, login_id=found.login_id or "")
        except NotFound:
            return None


def _page(heading: str, view: FormView, back: str, lead: str = "") -> str:
    return render_template("account/form.html", heading=heading, lead=lead, view=view, back=url_for(back))
