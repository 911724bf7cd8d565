"""The first page after signing in: what each role has to know and to do."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.clinic import account_requests, billing, notices, reports
from app.clinic.models import Role
from app.web import live
from app.web.access import only
from app.web.booking import open_bookings
from app.web.identity import User, the_user
from app.web.policy import scripted
from app.web.services import services
from app.web.steps import BY_ELEMENT, STEPS

dashboard = Blueprint("dashboard", __name__)

_MOST_NOTICES = 10


@dashboard.get("/")
@only()
def home() -> ResponseReturnValue:
    """Go to the dashboard."""
    return redirect(url_for("dashboard.show"))


@dashboard.get("/dashboard")
@only()
@scripted
def show() -> ResponseReturnValue:
    """Show the dashboard of the role."""
    return _PAGES[the_user().role](the_user())


@dashboard.post("/incidents/<incident_id>/retry")
@only(Role.ADMINISTRATOR)
def retry(incident_id: str) -> ResponseReturnValue:
    """Try again what failed."""
    services().engine.resolve(incident_id, by=the_user().id)
    flash("It is being tried again. If it fails once more, it comes back to this list.")
    return redirect(url_for("dashboard.show") + "#incidents", 303)


def _patient(user: User) -> str:
    if user.patientid is None:
        abort(403)
    part = live.appointments_of(user.patientid)
    with services().database.read() as session:
        return render_template(
            "dashboard/patient.html",
            part=part,
            bills=[bill for bill in billing.bills_of_patient(session, patientid=user.patientid) if bill.outstanding],
            notices=notices.list_notices(session, login_id=user.id, limit=_MOST_NOTICES),
            **_bookings(),
        )


def _doctor(user: User) -> str:
    if user.docid is None:
        abort(403)
    found, part = services(), live.queue_of(user.docid)
    with found.database.read() as session:
        return render_template(
            "dashboard/doctor.html",
            part=part,
            counts=reports.doctor_counts(session, docid=user.docid, now=found.clock(), zone=found.zone),
            notices=notices.list_notices(session, login_id=user.id, limit=_MOST_NOTICES),
            **_bookings(),
        )


def _administrator(user: User) -> str:
    found = services()
    with found.database.read() as session:
        return render_template(
            "dashboard/administrator.html",
            part=live.board(),
            counts=reports.clinic_counts(session, now=found.clock(), zone=found.zone),
            requests=account_requests.count_open(session),
            incidents=found.engine.incidents(),
            notices=notices.list_notices(session, login_id=user.id, limit=_MOST_NOTICES),
            **_bookings(),
        )


def _bookings() -> dict[str, object]:
    return {"bookings": open_bookings(), "steps": STEPS, "steps_by_element": BY_ELEMENT}


_PAGES = {Role.PATIENT: _patient, Role.DOCTOR: _doctor, Role.ADMINISTRATOR: _administrator}
