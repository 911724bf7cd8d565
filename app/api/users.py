"""Accounts by programs: one JSON object makes a login and the profile of its role, by a chain of Celery tasks.

Only an administrator's word makes one at once. Who is not signed in is sent a link, with which patients make their own.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from app.api.problems import problem
from app.clinic import accounts, passwords, self_service, validation
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import Role, Scope
from app.clinic.people import find_login
from app.clinic.secret_texts import digest
from app.web.access import anybody
from app.web.identity import signed_in_user
from app.web.limits import MAILS, MAILS_TO_ONE, count
from app.web.mailed_links import address_of
from app.web.services import services, tasks
from workers.celery.outcomes import Outcome, Stage, waited

blueprint = Blueprint("users", __name__)

_PATIENCE_SECONDS = 2.0


@blueprint.post("/login/user/add")
@anybody(scope=Scope.WRITE_PEOPLE)
def add() -> ResponseReturnValue:
    """Make an account: 201 with its profile, or 202 with where to look for it, or with what was mailed."""
    user = signed_in_user()
    body = _texts(request.get_json())
    role = _role(body.pop("role", None))
    if not accounts.may_create(user.role if user else None, role):
        abort(403, "Patients sign up themselves, without being signed in; administrators create any account.")
    username = validation.username(str(body.pop("username", "")))
    password = str(body.pop("password", ""))
    profile = accounts.checked_profile(role, {name: str(value) for name, value in body.items()})
    if user is None:
        passwords.check(password)
        return _mail(profile["email"])
    asking, password_hash = tasks(), passwords.STANDARD.hash(password)
    login: dict[str, str | int] = {"username": username, "password_hash": password_hash, "role": int(role)}
    account_id = asking.add_account(login, profile, by=user.id)
    return _answer(account_id, waited(lambda: _outcome(account_id), _PATIENCE_SECONDS), 201)


@blueprint.get("/login/user/add/<account_id>")
@anybody(scope=Scope.WRITE_PEOPLE)
def show(account_id: str) -> ResponseReturnValue:
    """Say what became of an account that was asked for within the last hour, to who knows its id."""
    return _answer(account_id, _outcome(account_id), 200)


def _mail(email: str) -> ResponseReturnValue:
    """Send a link to make the account, and say the same to everybody: a program can't confirm an address."""
    count(MAILS)
    count(MAILS_TO_ONE, digest(email.strip().lower()))
    found = services()
    with found.database.write() as session:
        self_service.ask_to_sign_up(
            session,
            email,
            clinic_name=found.clinic_name,
            address=address_of("signing_up.form"),
            now=found.clock(),
        )
    detail = "No account is made yet. A link was mailed to this address, with which its reader makes it."
    return jsonify(state="mailed", detail=detail), 202


def _outcome(account_id: str) -> Outcome:
    """Return what came of the chain; it is not over before what has failed is undone."""
    outcome = tasks().outcome(account_id)
    if outcome.stage not in {Stage.REFUSED, Stage.FAILED}:
        return outcome
    with services().database.read() as session:
        try:
            find_login(session, login_id=account_id)
        except NotFound:
            return outcome
    return Outcome(Stage.WAITING)


def _answer(account_id: str, outcome: Outcome, status: int) -> ResponseReturnValue:
    if outcome.refusal is not None:
        raise InvalidInput(outcome.refusal.field, outcome.refusal.message)
    match outcome.stage:
        case Stage.DONE:
            return jsonify(profile=outcome.value), status
        case Stage.UNKNOWN:
            abort(404, "There is no such request for an account, or it is more than an hour old.")
        case Stage.FAILED:
            return problem(500, "The account could not be made, and nothing of it is left. Try again later.")
    here = url_for("users.show", account_id=account_id)
    return jsonify(id=account_id, state=outcome.stage, href=here), 202, {"Location": here}


def _texts(body: Any) -> dict[str, str | int]:
    if not isinstance(body, Mapping):
        raise InvalidInput("body", "Send one JSON object: the login, with the profile of its role.")
    for name, value in body.items():
        if name != "role" and not isinstance(value, str):
            raise InvalidInput(name, "This has to be a text.")
        if isinstance(value, str) and "\0" in value:
            raise InvalidInput(name, "The character U+0000 can't be used here.")
    return dict(body)


def _role(value: object) -> Role:
    if isinstance(value, bool) or not isinstance(value, int) or value not in set(Role):
        known = ", ".join(f"{int(role)} ({role.name.lower()})" for role in Role)
        raise InvalidInput("role", f"The role is one of the numbers {known}.")
    return Role(value)
