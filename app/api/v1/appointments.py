"""Appointments: found, booked, and what can be asked of them. The process decides, as it does for the pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, url_for
from marshmallow import Schema, fields, validate

from app.api.v1.booking import booked
from app.api.v1.fields import ListQuery, Sent, instant, number, paragraphs, text
from app.api.v1.operations import Operations, Window
from app.api.v1.tags import expect
from app.clinic import appointments as clinic
from app.clinic import people
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import Appointment, AppointmentStatus, Role, Scope
from app.clinic.paging import some_of
from app.web.asking import ask
from app.web.identity import the_user
from app.web.services import services
from workflows.values import JsonValue

blueprint = Operations("v1_appointments", __name__, description="Patients' times with doctors.")

_STAFF = (Role.ADMINISTRATOR, Role.DOCTOR)


class AppointmentSchema(Schema):
    """A patient's time with a doctor; `priority_level` 1 is the most urgent."""

    ticketid = fields.String()
    docid = fields.String()
    doctor = fields.String(attribute="doctor.full_name")
    patientid = fields.Integer()
    patient = fields.String(attribute="patient.full_name")
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    priority_level = fields.Integer()
    status = fields.Enum(AppointmentStatus, by_value=True)
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()


class AppointmentQuery(ListQuery):
    """Which appointments to list; `until` itself is not among them."""

    docid = text(20, load_default=None)
    patientid = fields.Integer(load_default=None, validate=validate.Range(1, 2**31 - 1))
    status = fields.Enum(AppointmentStatus, by_value=True, load_default=None)
    from_time = instant(data_key="from", load_default=None)
    until = instant(load_default=None)


class NewAppointmentSchema(Sent):
    """A free slot to book. Patients book for themselves; staff say for whom."""

    docid = text(20, required=True)
    starts_at = instant(required=True)
    patientid = number(1, 2**31 - 1, load_default=None, allow_none=True)
    priority_level = number(1, 3, load_default=3)


class CancellationSchema(Sent):
    """Why an appointment is cancelled, if that is to be said."""

    reason = paragraphs(200, load_default="")


class ReschedulingSchema(Sent):
    """The free slot to move to, of the same doctor unless another with the same specialization is named."""

    starts_at = instant(required=True)
    docid = text(20, load_default=None, allow_none=True)


@blueprint.listing("/appointments", AppointmentSchema, scope=Scope.READ_CLINIC, query=AppointmentQuery)
def listing(asked: dict[str, Any], window: Window) -> Sequence[Appointment]:
    """List appointments in the order of time: one's own, or everybody's for administrators."""
    user = the_user()
    limits: dict[Role, dict[str, str | int | None]] = {
        Role.PATIENT: {"patientid": user.patientid},
        Role.DOCTOR: {"docid": user.docid},
    }
    own = limits.get(user.role, {})
    if any(asked[name] not in {None, whose} for name, whose in own.items()):
        return []
    query = clinic.select_appointments(**{**asked, **own})
    with services().database.read() as session:
        return some_of(session, query, offset=window.offset, limit=window.take)


@blueprint.changing(
    "POST",
    "/appointments",
    AppointmentSchema,
    scope=Scope.WRITE_CLINIC,
    status=201,
    body=NewAppointmentSchema,
    later=True,
    refusals=(404,),
)
def book(asked: dict[str, Any]) -> tuple[Appointment | dict[str, str], int, dict[str, str]]:
    """Book a free slot."""
    user, found = the_user(), services()
    patientid = asked["patientid"] or user.patientid
    if user.role is Role.PATIENT and patientid != user.patientid:
        abort(403, "Patients book for themselves only.")
    ticketid = booked(user, **{**asked, "patientid": patientid})
    here = {"Location": url_for("v1_appointments.show", ticketid=ticketid)}
    with found.database.read() as session:
        try:
            return clinic.find_by_ticket(session, ticketid=ticketid), 201, here
        except NotFound:
            return {"ticketid": ticketid}, 202, here


@blueprint.reading("/appointments/<ticketid>", AppointmentSchema, scope=Scope.READ_CLINIC)
def show(ticketid: str) -> Appointment:
    """Read an appointment."""
    return _find(ticketid)


@blueprint.changing(
    "POST",
    "/appointments/<ticketid>/cancel",
    AppointmentSchema,
    scope=Scope.WRITE_CLINIC,
    body=CancellationSchema,
    later=True,
    guarded=True,
)
def cancel(asked: dict[str, Any], ticketid: str) -> tuple[Appointment, int]:
    """Cancel an appointment; both are told. Patients can do so until some time before it."""
    return _do(ticketid, "cancel_appointment", {"reason": asked["reason"]})


@blueprint.changing(
    "POST",
    "/appointments/<ticketid>/reschedule",
    AppointmentSchema,
    scope=Scope.WRITE_CLINIC,
    body=ReschedulingSchema,
    later=True,
    guarded=True,
)
def reschedule(asked: dict[str, Any], ticketid: str) -> tuple[Appointment, int]:
    """Move an appointment to another free slot; both are told."""
    appointment, docid = _find(ticketid), asked["docid"]
    if docid is not None:
        with services().database.read() as session:
            if people.find_doctor(session, docid=docid).specialization != appointment.doctor.specialization:
                raise InvalidInput("docid", "Choose a doctor with the same specialization.")
    slot = {"new_starts_at": asked["starts_at"].isoformat(), "new_docid": docid or appointment.docid}
    return _do(ticketid, "reschedule_appointment", slot)


@blueprint.changing(
    "POST",
    "/appointments/<ticketid>/check-in",
    AppointmentSchema,
    *_STAFF,
    scope=Scope.WRITE_CLINIC,
    later=True,
    guarded=True,
)
def check_in(ticketid: str) -> tuple[Appointment, int]:
    """Note that the patient has come."""
    return _do(ticketid, "check_in", {})


@blueprint.changing(
    "POST",
    "/appointments/<ticketid>/complete",
    AppointmentSchema,
    *_STAFF,
    scope=Scope.WRITE_CLINIC,
    later=True,
    guarded=True,
)
def complete(ticketid: str) -> tuple[Appointment, int]:
    """Note that the patient was seen."""
    return _do(ticketid, "close_appointment", {"outcome": "completed"})


@blueprint.changing(
    "POST",
    "/appointments/<ticketid>/missed",
    AppointmentSchema,
    *_STAFF,
    scope=Scope.WRITE_CLINIC,
    later=True,
    guarded=True,
)
def missed(ticketid: str) -> tuple[Appointment, int]:
    """Note that the patient did not come."""
    return _do(ticketid, "close_appointment", {"outcome": "missed"})


def _do(ticketid: str, message: str, variables: Mapping[str, JsonValue]) -> tuple[Appointment, int]:
    """Ask the process of an appointment; 202 if it takes longer than somebody waits."""
    appointment = _find(ticketid)
    expect(AppointmentSchema, appointment)
    answer = ask(appointment, message, variables)
    if answer.refusal:
        abort(409, answer.refusal)
    return _find(ticketid), 200 if answer.settled else 202


def _find(ticketid: str) -> Appointment:
    """Return an appointment that concerns who calls; others' are as unknown as none."""
    with services().database.read() as session:
        login = people.find_login(session, login_id=the_user().id)
        return clinic.find_for_login(session, ticketid=ticketid, login=login)
