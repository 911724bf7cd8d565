"""People's own API tokens: making one, whose text is shown once, and revoking it."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.clinic import tokens as clinic
from app.clinic.models import ApiToken, Role, Scope
from app.web.access import only
from app.web.entries import Entries, field, opened, submit
from app.web.identity import the_user
from app.web.services import services
from workflows.diagrams.forms import FieldType, Form, FormView
from workflows.expressions.expression import Literal

tokens = Blueprint("tokens", __name__, url_prefix="/account/tokens")

_LIFETIMES = (("7", "One week"), ("30", "30 days"), ("90", "90 days"), ("366", "One year"))
MEANINGS = {
    Scope.READ_CLINIC: "Read appointments, bills and notices",
    Scope.WRITE_CLINIC: "Book, change and cancel appointments",
    Scope.READ_PEOPLE: "List people and accounts",
    Scope.WRITE_PEOPLE: "Add people and accounts",
    Scope.READ_PROCESSES: "Read processes and their instances",
    Scope.RUN_PROCESSES: "Start and cancel processes, and send messages",
    Scope.REPORTS: "Make and read reports",
    Scope.MAINTENANCE: "Remove what has been kept long enough",
}


@tokens.get("")
@only()
def listing() -> ResponseReturnValue:
    """List a person's own tokens, with the form to make one."""
    return _page(opened(_form(the_user().role), {"lifetime": "90"}))


@tokens.post("")
@only()
def make() -> ResponseReturnValue:
    """Make a token, and show its text: this page is the only place where it ever stands."""
    user = the_user()
    made: list[tuple[ApiToken, str]] = []

    def act(entries: Entries) -> None:
        with services().database.write() as session:
            new = clinic.create(
                session,
                login_id=user.id,
                name=entries.text("name"),
                scopes=entries.choices("scopes", Scope),
                lifetime=timedelta(days=entries.number("lifetime")),
                now=services().clock(),
            )
        made.append(new)

    refused = submit(_form(user.role), act)
    if refused is not None:
        return _page(refused), 422
    token, text = made[0]
    return render_template("tokens/made.html", token=token, text=text), 201


@tokens.post("/<token_id>/revoke")
@only()
def revoke(token_id: str) -> ResponseReturnValue:
    """End one of a person's own tokens."""
    with services().database.write() as session:
        token = clinic.revoke(session, login_id=the_user().id, token_id=token_id, now=services().clock())
    flash(f"The token {token.name} is revoked.")
    return redirect(url_for("tokens.listing"), 303)


def _page(view: FormView) -> str:
    now = services().clock()
    with services().database.read() as session:
        found = clinic.list_tokens(session, login_id=the_user().id)
    usable = [token for token in found if clinic.is_usable(token, now)]
    return render_template("tokens/listing.html", tokens=usable, view=view, meanings=MEANINGS)


def _form(role: Role) -> Form:
    scopes = [(scope.value, f"{MEANINGS[scope]} ({scope.value})") for scope in clinic.scopes_for(role)]
    fields = (
        field("name", FieldType.STRING, "Name", hint="What will use it, so that you know it again.", longest=100),
        field("scopes", FieldType.CHECKLIST, "What it may do", options=scopes),
        field("lifetime", FieldType.SELECT, "How long it lasts", options=_LIFETIMES),
    )
    return Form("token", fields, submit_label=Literal("Make the token"))
