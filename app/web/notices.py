"""Everything that somebody was told, and what of it they have read."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic import notices as clinic
from app.web.access import only
from app.web.identity import the_user
from app.web.services import services

notices = Blueprint("notices", __name__)


@notices.get("/notices")
@only()
def listing() -> ResponseReturnValue:
    """List the notices of whoever is signed in, or the unread ones, newest first, a page at a time."""
    unread_only = request.args.get("show") == "unread"
    with services().database.read() as session:
        found = clinic.page_of_notices(
            session,
            login_id=the_user().id,
            unread_only=unread_only,
            page=request.args.get("page", 1, type=int),
        )
        unread = clinic.count_unread(session, login_id=the_user().id)
    return render_template("notices/listing.html", found=found, unread=unread, unread_only=unread_only)


@notices.post("/notices/<int:notice_id>/read")
@only()
def mark_read(notice_id: int) -> ResponseReturnValue:
    """Mark a notice as read."""
    with services().database.write() as session:
        clinic.mark_read(session, notice_id=notice_id, login_id=the_user().id, now=services().clock())
    return _back()


@notices.post("/notices/read")
@only()
def mark_all_read() -> ResponseReturnValue:
    """Mark every notice as read."""
    with services().database.write() as session:
        clinic.mark_all_read(session, login_id=the_user().id, now=services().clock())
    return _back()


def _back() -> ResponseReturnValue:
    """Go to where the form stood: the list of all notices, or the dashboard."""
    here = url_for("notices.listing") if "listing" in request.form else url_for("dashboard.show") + "#notices"
    return redirect(here, 303)
