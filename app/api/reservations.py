"""Reservations by workflows in code, for programs: `/appointment/...`.

A reservation is known by its ticket; somebody else's is as unknown as none. Times are on the clinic's clock.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError, fields, validate

from app.clinic import appointments, people, tickets
from app.clinic.clock import showings
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import Role, Scope
from app.clinic.slots import offered_slot
from app.web.access import only
from app.web.identity import User, the_user
from app.web.services import services
from workflows.errors import Conflict, Unavailable
from workflows.temporal.reservation_payloads import AppointmentRequest, Closing, Move

if TYPE_CHECKING:
    from workflows.temporal.reservation_client import Parties, Reservations

blueprint = Blueprint("reservations", __name__, url_prefix="/appointment")

_HOUR = timedelta(hours=1)
_NO_TEMPORAL = "Reservations run on Temporal: set TEMPORAL_ADDRESS to HOST:PORT of its server."


class _When(Schema):
    date_scheduled = fields.Date(required=True)
    time_scheduled = fields.Time(required=True)


class _Reservation(_When):
    """Patients may leave `patientid` out. The service makes the ticket, unless a program brings one so that it can
    repeat a request. The doctor's hours say how long a consultation lasts; `consult_hrs` may only repeat that."""

    ticketid = fields.String(load_default=None, validate=validate.Regexp("[A-Za-z0-9][A-Za-z0-9-]{0,19}\\Z"))
    patientid = fields.Integer(load_default=None, strict=True)
    docid = fields.String(required=True, validate=validate.Length(1, 20))
    priority_level = fields.Integer(load_default=3, strict=True)
    consult_hrs = fields.Float(load_default=None)


class _Move(_When):
    docid = fields.String(load_default=None, validate=validate.Length(1, 20))


@blueprint.post("/doctor")
@only(scope=Scope.WRITE_CLINIC)
def request_appointment() -> ResponseReturnValue:
    """Reserve: 201, or 202 if it takes longer, with where to ask after it; it goes on by itself then."""
    asked = _request(_loaded(_Reservation()), the_user())
    with _temporal() as reservations:
        details = reservations.reserve(asked)
    told = {
        name: getattr(asked, name) for name in ("ticketid", "patientid", "docid", "date_scheduled", "time_scheduled")
    }
    here = url_for("reservations.get_appointment_details", ticketid=asked.ticketid)
    body = {"message": "Appointment for doctor requested....", **told, "href": here}
    return jsonify(body), 201 if details else 202, {"Location": here}


@blueprint.patch("/doctor")
@only(scope=Scope.WRITE_CLINIC)
def reschedule_appointment() -> ResponseReturnValue:
    """Move a reserved appointment: 200 with its details, or 202 if it takes longer."""
    found, ticketid, asked = services(), _ticket(), _loaded(_Move())
    starts_at = _instant(asked["date_scheduled"], asked["time_scheduled"])
    with _temporal() as reservations:
        parties = _concerned(reservations, ticketid)
        _check_open(parties, ticketid)
        docid = asked["docid"] or parties.docid
        with found.database.read() as session:
            offered_slot(session, docid=docid, starts_at=starts_at, now=found.clock(), zone=found.zone)
        details = reservations.reschedule(Move(ticketid, starts_at.isoformat(), the_user().id, docid))
    if details is None:
        return jsonify(message="Requesting the new time"), 202
    return jsonify(asdict(details))


@blueprint.get("/details")
@only(scope=Scope.READ_CLINIC)
def get_appointment_details() -> ResponseReturnValue:
    """Tell what is known of a reservation."""
    with _temporal() as reservations:
        _concerned(reservations, _ticket())
        return jsonify(asdict(reservations.details(_ticket())))


@blueprint.delete("/close")
@only(scope=Scope.WRITE_CLINIC)
def end_subscription() -> ResponseReturnValue:
    """Ask that a reservation is cancelled: 202."""
    found, ticketid, user = services(), _ticket(), the_user()
    with _temporal() as reservations:
        _check_open(_concerned(reservations, ticketid), ticketid)
        cutoff = found.rules.cancel_cutoff if user.role is Role.PATIENT else timedelta()
        with found.database.read() as session, suppress(NotFound):  # while it waits to be reserved
            appointments.check_cancellable(
                session, ticketid=ticketid, now=found.clock(), cutoff=cutoff, zone=found.zone
            )
        reservations.close(Closing(ticketid, by=user.id))
    return jsonify(message="Requesting cancellation"), 202


@contextmanager
def _temporal() -> Iterator["Reservations"]:
    """Give what asks for reservations; say which setting is missing, or who does not answer."""
    reservations = services().reservations
    if reservations is None:
        abort(503, _NO_TEMPORAL)
    try:
        yield reservations()
    except Unavailable as error:
        abort(503, str(error))


def _concerned(reservations: "Reservations", ticketid: str) -> "Parties":
    """Return whom a reservation concerns, to them and to administrators alone."""
    user, parties = the_user(), reservations.parties(ticketid)
    if user.role is not Role.ADMINISTRATOR and user.patientid != parties.patientid and user.docid != parties.docid:
        raise NotFound("reservation", ticketid)
    return parties


def _check_open(parties: "Parties", ticketid: str) -> None:
    if not parties.is_open:
        raise Conflict(f"The reservation {ticketid} is not open any more.")


def _request(asked: dict[str, Any], user: User) -> AppointmentRequest:
    """Return the request; raise what can be told before anything is reserved."""
    patientid = asked["patientid"] if asked["patientid"] is not None else user.patientid
    if patientid is None:
        raise InvalidInput("patientid", "Say for which patient.")
    if user.role is Role.PATIENT and patientid != user.patientid:
        abort(403, "Patients reserve for themselves only.")
    found, day, clock = services(), asked["date_scheduled"], asked["time_scheduled"]
    starts_at = _instant(day, clock)
    with found.database.read() as session:
        people.find_patient(session, patientid=patientid)
        slot = offered_slot(session, docid=asked["docid"], starts_at=starts_at, now=found.clock(), zone=found.zone)
    hours = (slot.ends_at - slot.starts_at) / _HOUR
    if asked["consult_hrs"] not in {None, hours}:
        raise InvalidInput("consult_hrs", f"A consultation with this doctor lasts {hours:g} hours at this time.")
    if asked["priority_level"] not in appointments.PRIORITY_LEVELS:
        raise InvalidInput("priority_level", "A priority is a number from 1, the most urgent, to 5.")
    return AppointmentRequest(
        ticketid=asked["ticketid"] or tickets.new_ticket(),
        patientid=patientid,
        docid=asked["docid"],
        priority_level=asked["priority_level"],
        date_scheduled=day.isoformat(),
        time_scheduled=f"{clock:%H:%M}",
        starts_at=starts_at.isoformat(),
        by=user.id,
    )


def _instant(day: date, clock: time) -> datetime:
    shown = showings(day, clock, services().zone)
    if not shown:
        raise InvalidInput("time_scheduled", "The clock does not show this time on that day.")
    return shown[0]


def _ticket() -> str:
    ticketid = request.args.get("ticketid", "")
    if not ticketid:
        raise InvalidInput("ticketid", "Name the reservation, such as ?ticketid=T-7Q2M0XKE4B.")
    return ticketid


def _loaded(schema: Schema) -> dict[str, Any]:
    """Return the JSON object of the request; raise `InvalidInput` for the first field that is wrong."""
    try:
        loaded: dict[str, Any] = schema.load(request.get_json())
    except ValidationError as error:
        said: dict[str, list[str]] = error.messages_dict
        field, sentences = next(iter(said.items()))
        raise InvalidInput("body" if field == "_schema" else field, sentences[0]) from error
    return loaded
