"""Staff ask for accounts, by a mailed link that confirms their address; administrators approve or refuse."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic import account_requests as clinic
from app.clinic import self_service
from app.clinic.accounts import FIELDS
from app.clinic.errors import NotAllowed
from app.clinic.models import AccountRequest, LinkPurpose, RequestStatus, Role
from app.clinic.models.care import LONGEST_REFUSAL, LONGEST_TEXT
from app.web import mailed_links, profiles
from app.web.access import only, public
from app.web.accounts import invite_owner
from app.web.entries import Entries, field, opened, submit
from app.web.errors import error_page
from app.web.identity import the_user
from app.web.limits import SIGN_UPS, count
from app.web.services import services
from workflows.diagrams.forms import FieldType, Form, FormView
from workflows.expressions.expression import Literal

account_requests = Blueprint("account_requests", __name__)

_NOT_ASKED = tuple(name for name in FIELDS[Role.DOCTOR] if name not in clinic.ASKED)
_MESSAGE = field(
    "message",
    FieldType.TEXTAREA,
    "Message",
    hint="What an administrator should know, such as when you begin. Write nothing about patients.",
    required=False,
    longest=LONGEST_TEXT,
)
_REASON = field("reason", FieldType.STRING, "Reason", hint="It is mailed to who asked.", longest=LONGEST_REFUSAL)
_REQUEST = Form(
    "request",
    (profiles.USERNAME, *profiles.fields(Role.DOCTOR, _NOT_ASKED), _MESSAGE),
    submit_label=Literal("Ask for the account"),
)
_REFUSAL = Form("refusal", (_REASON,), submit_label=Literal("Refuse it"))
_ASKING = mailed_links.Asking(
    endpoint="account_requests.ask",
    target="account_requests.form",
    heading="An account for staff",
    form=profiles.email_form("We send a link there, with which you ask for your account."),
    ask=clinic.ask_for_link,
    lead="For doctors of the clinic. An administrator decides on what you ask for.",
)
_ROLES = {role.name.lower(): role for role in clinic.STAFF}


@account_requests.get("/account/staff")
@public
def ask() -> ResponseReturnValue:
    """Ask for an e-mail address."""
    return _ASKING.show()


@account_requests.post("/account/staff")
@public
def send() -> ResponseReturnValue:
    """Send a link to the address, and say the same to everybody."""
    return _ASKING.send()


@account_requests.get("/account/staff/<link>")
@public
def form(link: str) -> ResponseReturnValue:
    """Ask who somebody is who has got a link."""
    found = mailed_links.find(link, LinkPurpose.STAFF)
    return _ASKING.over() if found is None else _request_page(opened(_REQUEST), found.address)


@account_requests.post("/account/staff/<link>")
@public
def make(link: str) -> ResponseReturnValue:
    """Keep the request; it gives nobody anything before it is approved."""
    count(SIGN_UPS)
    found = mailed_links.find(link, LinkPurpose.STAFF)
    if found is None:
        return _ASKING.over()

    def write(entered: Entries) -> None:
        with services().database.write() as session:
            clinic.ask(
                session,
                text=link,
                username=entered.text("username"),
                profile=profiles.profile(Role.DOCTOR, entered, _NOT_ASKED),
                message=entered.text("message"),
                now=services().clock(),
            )

    refused = submit(_REQUEST, write)
    if refused is not None:
        return _request_page(refused, found.address), 422
    flash("Your request is kept. You get a mail when an administrator has decided.")
    return redirect(url_for("account.login"), 303)


@account_requests.get("/accounts/requests")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List the requests of one status, a page at a time."""
    wanted = request.args.get("status", "")
    status = RequestStatus(wanted) if wanted in list(RequestStatus) else RequestStatus.OPEN
    with services().database.read() as session:
        found = clinic.page_of_requests(session, status=status, page=request.args.get("page", 1, type=int))
    return render_template("accounts/requests.html", found=found, status=status, statuses=list(RequestStatus))


@account_requests.get("/accounts/requests/<account_request_id>")
@only(Role.ADMINISTRATOR)
def show(account_request_id: str) -> ResponseReturnValue:
    """Show a request, and what can be decided."""
    return _decision_page(_asked(account_request_id), opened(_REFUSAL))


@account_requests.get("/accounts/requests/<account_request_id>/approve/<role_name>")
@only(Role.ADMINISTRATOR)
def approval(account_request_id: str, role_name: str) -> ResponseReturnValue:
    """Show what was asked for, to be completed; the address of the page says which role is given."""
    role, asked = _role(role_name), _asked(account_request_id)
    known = {name: getattr(asked, name) for name in ("username", *clinic.ASKED)}
    return _approval_page(role, asked, opened(_account(role), known))


@account_requests.post("/accounts/requests/<account_request_id>/approve/<role_name>")
@only(Role.ADMINISTRATOR)
def approve(account_request_id: str, role_name: str) -> ResponseReturnValue:
    """Make the account, and send its owner a link to choose a password."""
    role, asked = _role(role_name), _asked(account_request_id)
    try:
        refused = submit(_account(role), lambda entered: _approve(role, asked.id, entered))
    except NotAllowed as error:
        return _was_decided(error)
    if refused is not None:
        return _approval_page(role, asked, refused), 422
    flash("The account is made, and its owner is sent a link to choose a password.")
    return redirect(url_for("account_requests.listing"), 303)


@account_requests.post("/accounts/requests/<account_request_id>/refuse")
@only(Role.ADMINISTRATOR)
def refuse(account_request_id: str) -> ResponseReturnValue:
    """Refuse a request, and say why."""
    asked, found = _asked(account_request_id), services()

    def write(entered: Entries) -> None:
        with found.database.write() as session:
            clinic.refuse(
                session,
                request_id=asked.id,
                reason=entered.text("reason"),
                clinic_name=found.clinic_name,
                now=found.clock(),
                by=the_user().id,
            )

    try:
        refused = submit(_REFUSAL, write)
    except NotAllowed as error:
        return _was_decided(error)
    if refused is not None:
        return _decision_page(asked, refused), 422
    flash("The request is refused, and who asked is written why.")
    return redirect(url_for("account_requests.listing"), 303)


def _approve(role: Role, request_id: str, entered: Entries) -> None:
    password_hash = self_service.unknown_password()
    with services().database.write() as session:
        login = clinic.approve(
            session,
            request_id=request_id,
            role=role,
            username=entered.text("username"),
            password_hash=password_hash,
            profile=profiles.profile(role, entered, profiles.MAILED),
            now=services().clock(),
            by=the_user().id,
        )
        invite_owner(session, login.id)


def _asked(request_id: str) -> AccountRequest:
    with services().database.read() as session:
        return clinic.find_request(session, request_id=request_id)


def _role(role_name: str) -> Role:
    role = _ROLES.get(role_name)
    if role is None:
        abort(404)
    return role


def _account(role: Role) -> Form:
    fields = (profiles.USERNAME, *profiles.fields(role, profiles.MAILED))
    return Form("account", fields, submit_label=Literal("Approve it and make the account"))


def _request_page(view: FormView, address: str) -> str:
    lead = f"Your e-mail address is {address}. An administrator reads what you enter here."
    return mailed_links.form_page("Ask for your account", view, url_for("account.login"), lead)


def _decision_page(asked: AccountRequest, view: FormView) -> str:
    return render_template("accounts/request.html", asked=asked, view=view, roles=_ROLES)


def _approval_page(role: Role, asked: AccountRequest, view: FormView) -> str:
    lead = f"Its owner gets a mail at {asked.email} with a link to choose a password."
    back = url_for("account_requests.show", account_request_id=asked.id)
    return mailed_links.form_page(profiles.account_heading(role), view, back, lead)


def _was_decided(error: NotAllowed) -> ResponseReturnValue:
    sentence = f"{error} Nothing was changed by this form."
    return error_page(409, sentence, {"Go to the open requests": url_for("account_requests.listing")})
