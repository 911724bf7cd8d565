"""Administrators look after accounts, and make those of staff: their owners choose the passwords by a mailed link."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.clinic import account_requests, directory, people, self_service
from app.clinic import accounts as making
from app.clinic.errors import NotAllowed
from app.clinic.models import Login, Role
from app.web import profiles
from app.web.access import only
from app.web.entries import Entries, opened, submit
from app.web.errors import error_page
from app.web.identity import the_user
from app.web.mailed_links import address_of, form_page
from app.web.services import services
from workflows.diagrams.forms import Form, FormView
from workflows.expressions.expression import Literal

accounts = Blueprint("accounts", __name__, url_prefix="/accounts")

_ROLES = {role.name.lower(): role for role in Role}


@accounts.get("")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List the accounts of one role, a page at a time."""
    role = _ROLES.get(request.args.get("role", ""), Role.DOCTOR)
    search = request.args.get("search", "")
    with services().database.read() as session:
        found = directory.page_of_holders(session, role=role, search=search, page=request.args.get("page", 1, type=int))
        waiting = account_requests.count_open(session)
    return render_template(
        "accounts/listing.html", found=found, role=role, roles=list(Role), search=search, waiting=waiting
    )


@accounts.get("/new/<role_name>")
@only(Role.ADMINISTRATOR)
def form(role_name: str) -> ResponseReturnValue:
    """Ask for whom an account is to be made; the address of the page says of which role."""
    role = _role(role_name)
    return _page(role, opened(_form(role)))


@accounts.post("/new/<role_name>")
@only(Role.ADMINISTRATOR)
def make(role_name: str) -> ResponseReturnValue:
    """Make an account with a password that nobody knows, and send its owner a link to choose one."""
    role = _role(role_name)
    refused = submit(_form(role), lambda entered: _make(role, entered))
    if refused is not None:
        return _page(role, refused), 422
    flash("The account is made, and its owner is sent a link to choose a password.")
    return redirect(url_for("accounts.listing", role=role_name), 303)


@accounts.post("/<login_id>/invite")
@only(Role.ADMINISTRATOR)
def invite(login_id: str) -> ResponseReturnValue:
    """Send the owner of an account a link to choose a password."""
    login = _login(login_id)
    if not login.active:
        return error_page(409, "This account is closed. Open it again first.")
    with services().database.write() as session:
        invite_owner(session, login_id)
    flash("A link to choose a password is on its way.")
    return _back(login)


@accounts.post("/<login_id>/close")
@only(Role.ADMINISTRATOR)
def close(login_id: str) -> ResponseReturnValue:
    """Close an account."""
    try:
        with services().database.write() as session:
            login = directory.close(session, login_id=login_id, by=the_user().id, now=services().clock())
    except NotAllowed as error:
        return error_page(409, str(error), {"Accounts": url_for("accounts.listing")})
    flash("The account is closed, and its owner is signed out.")
    return _back(login)


@accounts.post("/<login_id>/open")
@only(Role.ADMINISTRATOR)
def reopen(login_id: str) -> ResponseReturnValue:
    """Open an account that was closed."""
    with services().database.write() as session:
        login = directory.reopen(session, login_id=login_id, by=the_user().id, now=services().clock())
    flash("The account is open again.")
    return _back(login)


def invite_owner(session: Session, login_id: str) -> None:
    """Send the owner of an account a link to choose a password."""
    found = services()
    self_service.invite(
        session,
        login_id=login_id,
        clinic_name=found.clinic_name,
        address=address_of("passwords.form"),
        now=found.clock(),
        by=the_user().id,
    )


def _make(role: Role, entered: Entries) -> None:
    password_hash = self_service.unknown_password()
    user, now = the_user(), services().clock()
    with services().database.write() as session:
        login = making.create(
            session,
            username=entered.text("username"),
            password_hash=password_hash,
            role=role,
            profile=profiles.profile(role, entered),
            now=now,
            by=user.id,
        )
        invite_owner(session, login.id)


def _login(login_id: str) -> Login:
    with services().database.read() as session:
        return people.find_login(session, login_id=login_id)


def _role(role_name: str) -> Role:
    role = _ROLES.get(role_name)
    if role is None or not making.may_create(the_user().role, role):
        abort(404)
    return role


def _form(role: Role) -> Form:
    return Form("account", (profiles.USERNAME, *profiles.fields(role)), submit_label=Literal("Make the account"))


def _back(login: Login) -> ResponseReturnValue:
    return redirect(url_for("accounts.listing", role=login.role.name.lower()), 303)


def _page(role: Role, view: FormView) -> str:
    lead = "Its owner gets a mail with a link to choose a password."
    back = url_for("accounts.listing", role=role.name.lower())
    return form_page(profiles.account_heading(role), view, back, lead)
