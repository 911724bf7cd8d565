"""Parts of pages that change by themselves: rendered from the clinic's views, and pushed to open pages.

A page shows a part as it is and says where its events are (`data-changes`); `static/dashboard.js` puts what comes in
the place of what is there. Without JavaScript the page shows the same when it is loaded again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Response, abort, render_template, request

from app.clinic import views
from app.clinic.clock import first_of_day
from app.clinic.models import Role
from app.clinic.models.agenda import CLINIC, of_doctor, of_patient
from app.web.access import only
from app.web.events import Event, event_stream
from app.web.identity import the_user
from app.web.services import services
from workflows.engine import InstanceQuery, InstanceState

live = Blueprint("live", __name__, url_prefix="/live")

_MOST_INSTANCES = 25
_RUNNING = (InstanceState.ACTIVE, InstanceState.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page as it is now: what its template shows, and a text that is another one when that has changed."""

    template: str
    shown: dict[str, object]
    version: str

    @property
    def html(self) -> str:
        """The part as a page has it."""
        return render_template(self.template, **self.shown)


def appointments_of(patientid: int) -> Part:
    """Return the part with a patient's appointments."""
    found = services()
    with found.database.read() as session:
        lines = views.my_appointments(session, patientid=patientid, now=found.clock())
    return _part("live/appointments.html", lines=lines)


def queue_of(docid: str) -> Part:
    """Return the part with those who come to a doctor, today and later."""
    found = services()
    with found.database.read() as session:
        lines = views.queue(session, docid=docid, now=found.clock())
    tomorrow = first_of_day(found.now().date() + timedelta(days=1), found.zone)
    today = [line for line in lines if line.starts_at < tomorrow]
    return _part("live/queue.html", today=today, later=[line for line in lines if line.starts_at >= tomorrow])


def board() -> Part:
    """Return the part with the instances that run, and whom the clinic expects today."""
    found = services()
    tomorrow = first_of_day(found.now().date() + timedelta(days=1), found.zone)
    with found.database.read() as session:
        today = views.clinic_agenda(session, now=found.clock(), until=tomorrow)
    instances = found.engine.instances(InstanceQuery(states=_RUNNING, limit=_MOST_INSTANCES))
    return _part("live/board.html", today=today, instances=instances)


@live.get("/appointments")
@only(Role.PATIENT)
def appointments() -> Response:
    """Tell a patient's page what has become of their appointments."""
    patientid = the_user().patientid
    if patientid is None:
        abort(403)
    return _stream(of_patient(patientid), show=lambda: appointments_of(patientid))


@live.get("/queue")
@only(Role.DOCTOR)
def queue() -> Response:
    """Tell a doctor's page who comes."""
    docid = the_user().docid
    if docid is None:
        abort(403)
    return _stream(of_doctor(docid), show=lambda: queue_of(docid))


@live.get("/board")
@only(Role.ADMINISTRATOR)
def changes_of_board() -> Response:
    """Tell an administrator's page what runs, and who is expected."""
    return _stream(CLINIC, "instances", "incidents", show=board)


def _stream(*topics: str, show: Callable[[], Part]) -> Response:
    def read(last: str | None) -> list[Event]:
        part = show()
        return [] if part.version == last else [Event(part.version, part.html, "parts")]

    return event_stream(topics, read, request.args.get("seen"))


def _part(template: str, **shown: object) -> Part:
    version = hashlib.sha256(repr(shown).encode("utf-8", "backslashreplace")).hexdigest()[:32]
    return Part(template, shown, version)
