"""Administrators register programs of others, which then may ask people to let them act for them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.clinic import oauth as clinic
from app.clinic.models import OAuthClient, Role, Scope
from app.web.access import only
from app.web.entries import Entries, field, opened, submit
from app.web.identity import the_user
from app.web.services import services
from app.web.tokens import MEANINGS
from workflows.diagrams.forms import FieldType, Form, FormView
from workflows.expressions.expression import Literal

clients = Blueprint("clients", __name__, url_prefix="/oauth/clients")

_CONFIDENTIAL, _ALONE, _PUBLIC = "confidential", "alone", "public"
_KINDS = (
    (_CONFIDENTIAL, "A server, for people who allow it"),
    (_PUBLIC, "An app or a page in the browser, for people who allow it: it can't keep a secret"),
    (_ALONE, "A server that acts alone, for you"),
)
_FORM = Form(
    "client",
    (
        field("name", FieldType.STRING, "Name", hint="People read it when they are asked.", longest=100),
        field("kind", FieldType.RADIO, "What it is", options=_KINDS),
        field(
            "redirect_uris",
            FieldType.TEXTAREA,
            "Where people are sent back to",
            hint="Addresses of the program, one a line. None for one that acts alone.",
            required=False,
            longest=3500,
        ),
        field(
            "scopes",
            FieldType.CHECKLIST,
            "What it may ask for",
            options=[(scope.value, f"{MEANINGS[scope]} ({scope.value})") for scope in Scope],
        ),
    ),
    submit_label=Literal("Register it"),
)


@clients.get("")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List the clients, with the form to register one."""
    return _page(opened(_FORM))


@clients.post("/new")
@only(Role.ADMINISTRATOR)
def register() -> ResponseReturnValue:
    """Register a client, and show its secret: this page is the only place where it ever stands."""
    made: list[tuple[OAuthClient, str]] = []

    def act(entries: Entries) -> None:
        kind = entries.text("kind")
        with services().database.write() as session:
            new = clinic.register(
                session,
                owner_id=the_user().id,
                name=entries.text("name"),
                confidential=kind != _PUBLIC,
                acts_alone=kind == _ALONE,
                redirect_uris="" if kind == _ALONE else entries.text("redirect_uris"),
                scopes=entries.choices("scopes", Scope),
                now=services().clock(),
            )
        made.append(new)

    refused = submit(_FORM, act)
    if refused is not None:
        return _page(refused), 422
    client, secret = made[0]
    return render_template("oauth/registered.html", client=client, secret=secret), 201


@clients.post("/<client_id>/revoke")
@only(Role.ADMINISTRATOR)
def revoke(client_id: str) -> ResponseReturnValue:
    """End a client, with everything that it was allowed."""
    with services().database.write() as session:
        client = clinic.revoke_client(session, client_id=client_id, by=the_user().id, now=services().clock())
    flash(f"{client.name} is revoked, and all of its tokens.")
    return redirect(url_for("clients.listing"), 303)


def _page(view: FormView) -> str:
    with services().database.read() as session:
        found = clinic.list_clients(session)
    return render_template("oauth/clients.html", clients=found, view=view, meanings=MEANINGS)
