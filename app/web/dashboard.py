"""The first page after signing in: what each role has to know and to do."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.clinic import appointments, billing, documents, notices, reports
from app.clinic.models import Role
from app.web.access import only
from app.web.booking import open_bookings
from app.web.identity import User, the_user
from app.web.services import services
from app.web.steps import BY_ELEMENT, STEPS
from workflows.engine import InstanceQuery, InstanceState

dashboard = Blueprint("dashboard", __name__)

_MOST_INSTANCES = 25
_MOST_APPOINTMENTS = 200
_MOST_NOTICES = 10


@dashboard.get("/")
@only()
def home() -> ResponseReturnValue:
    """Go to the dashboard."""
    return redirect(url_for("dashboard.show"))


@dashboard.get("/dashboard")
@only()
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
    now = services().clock()
    if user.patientid is None:
        abort(403)
    with services().database.read() as session:
        upcoming = appointments.upcoming_for_patient(session, patientid=user.patientid, now=now)
        files = {
            appointment.ticketid: documents.list_documents(session, ticketid=appointment.ticketid)
            for appointment in upcoming
        }
        return render_template(
            "dashboard/patient.html",
            appointments=upcoming,
            documents=files,
            bills=[bill for bill in billing.bills_of_patient(session, patientid=user.patientid) if bill.outstanding],
            notices=notices.list_notices(session, login_id=user.id, limit=_MOST_NOTICES),
            **_bookings(),
        )


def _doctor(user: User) -> str:
    found = services()
    now = found.clock()
    if user.docid is None:
        abort(403)
    with found.database.read() as session:
        upcoming = appointments.upcoming_for_doctor(session, docid=user.docid, now=now, limit=_MOST_APPOINTMENTS)
        today = now.astimezone(found.zone).date()
        return render_template(
            "dashboard/doctor.html",
            counts=reports.doctor_counts(session, docid=user.docid, now=now, zone=found.zone),
            today=[each for each in upcoming if each.starts_at.astimezone(found.zone).date() == today],
            later=[each for each in upcoming if each.starts_at.astimezone(found.zone).date() > today],
            notices=notices.list_notices(session, login_id=user.id, limit=_MOST_NOTICES),
            **_bookings(),
        )


def _administrator(user: User) -> str:
    found = services()
    now = found.clock()
    running = (InstanceState.ACTIVE, InstanceState.SUSPENDED)
    with found.database.read() as session:
        today = now.astimezone(found.zone).date()
        upcoming = appointments.upcoming(session, now=now, limit=_MOST_APPOINTMENTS)
        return render_template(
            "dashboard/administrator.html",
            counts=reports.clinic_counts(session, now=now, zone=found.zone),
            today=[each for each in upcoming if each.starts_at.astimezone(found.zone).date() == today],
            instances=found.engine.instances(InstanceQuery(states=running, limit=_MOST_INSTANCES)),
            incidents=found.engine.incidents(),
            notices=notices.list_notices(session, login_id=user.id, limit=_MOST_NOTICES),
            **_bookings(),
        )


def _bookings() -> dict[str, object]:
    return {"bookings": open_bookings(), "steps": STEPS, "steps_by_element": BY_ELEMENT}


_PAGES = {Role.PATIENT: _patient, Role.DOCTOR: _doctor, Role.ADMINISTRATOR: _administrator}
