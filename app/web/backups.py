"""Backups as CSV files: asking for one, watching it, and taking its files; and the workers that write them."""

from uuid import UUID, uuid4

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.clinic import exports
from app.clinic.models import PartStatus, Role
from app.web.access import only
from app.web.identity import the_user
from app.web.services import services, tasks
from workers.celery.errors import BrokerDown

backups = Blueprint("backups", __name__, url_prefix="/admin")

_MOST_REPORTS = 50


@backups.get("/reports")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List the newest reports, and offer to have one written."""
    with services().database.read() as session:
        reports = exports.list_reports(session, limit=_MOST_REPORTS)
    return render_template("backups/listing.html", reports=reports, has_broker=services().tasks is not None)


@backups.post("/reports")
@only(Role.ADMINISTRATOR)
def create() -> ResponseReturnValue:
    """Have a report written, and watch it."""
    return redirect(url_for("backups.show", report_id=order()), 303)


@backups.get("/reports/<uuid:report_id>")
@only(Role.ADMINISTRATOR)
def show(report_id: UUID) -> ResponseReturnValue:
    """Show how far a report is; the page looks again by itself until it is over."""
    with services().database.read() as session:
        report = exports.find(session, report_id=str(report_id))
    under_way = report.state in {PartStatus.WAITING, PartStatus.RUNNING}
    return render_template("backups/report.html", report=report, under_way=under_way)


@backups.get("/workers")
@only(Role.ADMINISTRATOR)
def workers() -> ResponseReturnValue:
    """Show whether the broker can be reached, what waits there, and who works."""
    try:
        state, trouble = tasks().state(), None
    except BrokerDown as error:
        state, trouble = None, error
    return render_template("backups/workers.html", state=state, trouble=trouble)


def order() -> str:
    """Have a report written for who is signed in; return its id. Nothing is left of it if the broker is away."""
    asking, database, report_id = tasks(), services().database, str(uuid4())
    with database.write() as session:
        exports.create(session, report_id=report_id, who=the_user().id, now=services().clock())
    try:
        asking.write_report(report_id)
    except BrokerDown:
        with database.write() as session:
            exports.remove(session, report_id=report_id)
        raise
    return report_id
