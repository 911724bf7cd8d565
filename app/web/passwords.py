"""Passwords: forgotten ones, new ones by a link, and changing one's own."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic import people, self_service
from app.clinic.models import LinkPurpose, Login
from app.web import mailed_links, present_password, profiles
from app.web.access import only, public
from app.web.account import begin_session, succeed_attempt
from app.web.entries import Entries, field, opened, submit
from app.web.identity import the_user
from app.web.services import services
from workflows.diagrams.forms import FieldType, Form, FormView
from workflows.expressions.expression import Literal

passwords = Blueprint("passwords", __name__, url_prefix="/account")

_ASKING = mailed_links.Asking(
    endpoint="passwords.forgotten",
    target="passwords.form",
    heading="Forgotten password",
    form=Form(
        "forgotten",
        (field("name", FieldType.STRING, "User name or e-mail address", longest=254),),
        submit_label=Literal("Send me a link"),
    ),
    ask=self_service.ask_for_new_password,
)
_NEW = Form("new", profiles.new_password("New password"), submit_label=Literal("Set the password"))
_CHANGE = Form(
    "change",
    (present_password.FIELD, *profiles.new_password("New password")),
    submit_label=Literal("Change the password"),
)


@passwords.get("/forgotten-password")
@public
def forgotten() -> ResponseReturnValue:
    """Ask whose password is forgotten."""
    return _ASKING.show()


@passwords.post("/forgotten-password")
@public
def send() -> ResponseReturnValue:
    """Send a link to the owner, if there is one, and say the same to everybody."""
    return _ASKING.send()


@passwords.get("/new-password/<link>")
@public
def form(link: str) -> ResponseReturnValue:
    """Ask for the new password of who has got a link."""
    owner = _owner(link)
    if owner is None:
        return _ASKING.over()
    return _choosing_page(opened(_NEW), owner)


@passwords.post("/new-password/<link>")
@public
def choose(link: str) -> ResponseReturnValue:
    """Set the password; signing in with it is the next step."""
    owner = _owner(link)
    if owner is None:
        return _ASKING.over()

    def act(_: Entries) -> None:
        password_hash = profiles.hashed_password(owner.username, request.form)
        with services().database.write() as session:
            self_service.choose_password(session, text=link, password_hash=password_hash, now=services().clock())

    refused = submit(_NEW, act)
    if refused is not None:
        return _choosing_page(refused, owner), 422
    succeed_attempt(owner.username)
    flash("Your password is set. Sign in with it.")
    return redirect(url_for("account.login"), 303)


@passwords.get("/password")
@only()
def ask_to_change() -> ResponseReturnValue:
    """Ask for the present password and a new one."""
    return _changing_page(opened(_CHANGE))


@passwords.post("/password")
@only()
def change() -> ResponseReturnValue:
    """Change one's own password: every other browser is signed out, this one gets a new session."""
    refused = submit(_CHANGE, _change)
    if refused is not None:
        return _changing_page(refused), 422
    begin_session(the_user().id)
    flash("Your password is changed. Everywhere else you are signed out.")
    return redirect(url_for("account.show"), 303)


def _change(_: Entries) -> None:
    user = the_user()
    present_password.check()
    password_hash = profiles.hashed_password(user.username, request.form)
    with services().database.write() as session:
        self_service.change_password(session, login_id=user.id, password_hash=password_hash, now=services().clock())


def _owner(link: str) -> Login | None:
    """Return whose password a link lets somebody choose, None if it can't be used."""
    found = mailed_links.find(link, LinkPurpose.PASSWORD)
    if found is None:
        return None
    with services().database.read() as session:
        return people.find_login(session, login_id=found.login_id or "")


def _choosing_page(view: FormView, owner: Login) -> str:
    lead = f"Your user name is {owner.username}."
    return mailed_links.form_page("Choose a password", view, url_for("account.login"), lead)


def _changing_page(view: FormView) -> str:
    return mailed_links.form_page("Change your password", view, url_for("account.show"))
