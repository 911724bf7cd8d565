"""Changing when a doctor can be booked: who may, in one transaction, and with a question before anything is lost.

A change that leaves appointments outside is not made before whoever makes it has seen them: the page that lists them
repeats what was entered, with the tickets that are accepted.
"""

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.clinic import appointments, audit, people
from app.clinic.displacement import guarded
from app.clinic.errors import Displaces
from app.clinic.models import Doctor, Role
from app.web import entries
from app.web.entries import Entries
from app.web.filling import CSRF_FIELD
from app.web.identity import the_user
from app.web.services import services
from workflows.diagrams.forms import Form, FormView

Made = TypeVar("Made")

ACCEPTED_FIELD = "dams:accepted"
"""Holds a ticket that may come to lie outside; no field of a form can have this name."""


def submit(form: Form, docid: str | None, action: str, act: Callable[[Session, Entries], None]) -> FormView | None:
    """Make a change out of what was entered; return the form with its errors if something is refused."""
    return entries.submit(form, lambda entered: write(docid, action, lambda session: act(session, entered)))


def write(docid: str | None, action: str, act: Callable[[Session], None]) -> None:
    """Make a change in one transaction; raise `Displaces` for what the form of the present request does not accept."""
    made(docid, action, act, request.form.getlist(ACCEPTED_FIELD))


def made(docid: str | None, action: str, act: Callable[[Session], Made], accepted: Collection[str] = ()) -> Made:
    """Make a change in one transaction, with its entry in the audit, and return what came of it.

    Raise `Displaces` for appointments that would come to lie outside and are not `accepted`.
    """
    found = services()
    now = found.clock()
    with found.database.write() as session:
        if docid is not None:
            own_doctor(session, docid)
        with guarded(session, docid=docid, now=now, zone=found.zone, accepted=accepted):
            done = act(session)
        audit.record(session, who=the_user().id, action=action, subject=docid or "clinic", now=now)
    return done


def own_doctor(session: Session, docid: str) -> Doctor:
    """Return the doctor, to administrators and to the doctor alone; others' are as unknown as none."""
    user = the_user()
    if user.role is Role.DOCTOR and user.docid != docid:
        abort(404)
    return people.find_doctor(session, docid=docid)


def ask(warning: Displaces) -> ResponseReturnValue:
    """List the appointments that a change would leave outside, and ask whether to make it all the same."""
    repeated = [pair for pair in request.form.items(multi=True) if pair[0] not in {CSRF_FIELD, ACCEPTED_FIELD}]
    docid = (request.view_args or {}).get("docid")
    with services().database.read() as session:
        displaced = [appointments.find_by_ticket(session, ticketid=ticketid) for ticketid in warning.tickets]
    page = render_template(
        "availability/ask.html",
        displaced=displaced,
        repeated=repeated,
        accepted_field=ACCEPTED_FIELD,
        absence=_as_absence(docid, dict(repeated)),
        back=address(docid),
    )
    return page, 409


def _as_absence(docid: str | None, entered: Mapping[str, str]) -> dict[str, str] | None:
    """Return the change as the page of absences asks for it, if it is leave of whole days."""
    if docid is None or "first_day" not in entered or entered.get("starts") or entered.get("ends"):
        return None
    return {"docid": docid, **{name: entered.get(name, "") for name in ("first_day", "last_day", "reason")}}


def entry_page(template: str, heading: str, docid: str, view: FormView, **more: object) -> str:
    """Return a page with a form about a doctor; `more` goes to the template."""
    with services().database.read() as session:
        doctor = own_doctor(session, docid)
    over = f"Dr {doctor.full_name}, {doctor.specialization}"
    return render_template(template, heading=heading, over=over, view=view, docid=docid, back=address(docid), **more)


def done(docid: str | None) -> ResponseReturnValue:
    """Say that the change was made, and go back to the doctor's week, or without a doctor to all of them."""
    flash("The change is kept. New bookings follow it at once.")
    return redirect(address(docid), 303)


def address(docid: str | None) -> str:
    """Return where a doctor's week is shown, or without a doctor all of them."""
    return url_for("availability.listing") if docid is None else url_for("availability.show", docid=docid)
