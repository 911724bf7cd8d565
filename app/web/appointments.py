"""An appointment's page, and what can be asked of it. The process decides; the pages ask it, and show its answer."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.clinic import appointments as clinic
from app.clinic import availability, billing, documents, people
from app.clinic.appointments import CHECK_IN_OPENS
from app.clinic.billing import Bill
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import Appointment, AppointmentStatus, Doctor, Role
from app.clinic.slots import free_slots
from app.web import entries
from app.web.access import only
from app.web.asking import Answer, answer_to, ask
from app.web.entries import Entries, field
from app.web.formatting import day
from app.web.identity import User, the_user
from app.web.services import services
from workflows.diagrams.forms import FieldType, Form, FormField, FormView, Option
from workflows.expressions.expression import Literal
from workflows.values import JsonValue

appointments = Blueprint("appointments", __name__, url_prefix="/appointments")

_DAYS_AHEAD = 28
_LONGEST_REASON = 200
_CANCELLATION = Form(
    "cancel",
    (field("reason", FieldType.STRING, "Why? You need not say.", required=False, longest=_LONGEST_REASON),),
    submit_label=Literal("Cancel the appointment"),
)
_STAFF = (Role.ADMINISTRATOR, Role.DOCTOR)


@appointments.get("/<ticketid>")
@only()
def show(ticketid: str) -> ResponseReturnValue:
    """Show an appointment, what can be done with it now, and how a request stands that is being worked on."""
    asked = request.args.get("request", "")
    with services().database.read() as session:
        appointment = _find(session, ticketid)
        page = {
            "appointment": appointment,
            "documents": documents.list_documents(session, ticketid=ticketid),
            "bill": _bill(session, ticketid),
            "possible": _possible(session, appointment, the_user()),
            "away": _is_away(session, appointment),
            "answer": answer_to(ticketid, asked) if asked else None,
        }
        return render_template("appointments/appointment.html", **page)


@appointments.get("/<ticketid>/cancel")
@only()
def ask_to_cancel(ticketid: str) -> ResponseReturnValue:
    """Ask whether an appointment shall be cancelled."""
    return _cancel_page(_appointment(ticketid), entries.opened(_CANCELLATION))


@appointments.post("/<ticketid>/cancel")
@only()
def cancel(ticketid: str) -> ResponseReturnValue:
    """Ask the process to cancel."""
    appointment = _appointment(ticketid)
    answers: list[Answer] = []

    def send(entered: Entries) -> None:
        answers.append(_asked(appointment, "cancel_appointment", "reason", {"reason": entered.text("reason")}))

    refused = entries.submit(_CANCELLATION, send)
    if refused is not None:
        return _cancel_page(appointment, refused), 422
    return _go_on(answers[0], ticketid, "The appointment is cancelled. Both of you are told.")


@appointments.get("/<ticketid>/reschedule")
@appointments.get("/<ticketid>/reschedule/<docid>")
@only()
def ask_to_reschedule(ticketid: str, docid: str | None = None) -> ResponseReturnValue:
    """Show the free slots of the doctor, or of another with the same specialization."""
    appointment = _appointment(ticketid)
    doctor = _doctor(appointment, docid)
    return _reschedule_page(appointment, doctor, entries.opened(_slots_form(doctor)))


@appointments.post("/<ticketid>/reschedule")
@appointments.post("/<ticketid>/reschedule/<docid>")
@only()
def reschedule(ticketid: str, docid: str | None = None) -> ResponseReturnValue:
    """Ask the process to move the appointment to the slot that was chosen."""
    appointment = _appointment(ticketid)
    doctor = _doctor(appointment, docid)
    answers: list[Answer] = []

    def send(entered: Entries) -> None:
        slot = {"new_starts_at": entered.text("starts_at"), "new_docid": doctor.docid}
        answers.append(_asked(appointment, "reschedule_appointment", "starts_at", slot))

    refused = entries.submit(_slots_form(doctor, chosen=request.form.get("starts_at", "")), send)
    if refused is not None:
        return _reschedule_page(appointment, doctor, refused), 422
    return _go_on(answers[0], ticketid, "The appointment is moved. Both of you are told.")


@appointments.post("/<ticketid>/check-in")
@only(*_STAFF)
def check_in(ticketid: str) -> ResponseReturnValue:
    """Ask the process to note that the patient has come."""
    return _do(ticketid, "check_in", {}, "The patient is checked in.")


@appointments.post("/<ticketid>/complete")
@only(*_STAFF)
def complete(ticketid: str) -> ResponseReturnValue:
    """Ask the process to note that the patient was seen."""
    return _do(ticketid, "close_appointment", {"outcome": "completed"}, "The appointment is completed.")


@appointments.post("/<ticketid>/missed")
@only(*_STAFF)
def missed(ticketid: str) -> ResponseReturnValue:
    """Ask the process to note that the patient did not come."""
    return _do(ticketid, "close_appointment", {"outcome": "missed"}, "The appointment is noted as missed.")


def _do(ticketid: str, message: str, variables: Mapping[str, JsonValue], done: str) -> ResponseReturnValue:
    answer = ask(_appointment(ticketid), message, variables)
    return _go_on(answer, ticketid, answer.refusal or done)


def _asked(appointment: Appointment, message: str, field_id: str, variables: Mapping[str, JsonValue]) -> Answer:
    """Ask the process; raise what it refuses as the error of a field."""
    answer = ask(appointment, message, variables)
    if answer.refusal:
        raise InvalidInput(field_id, answer.refusal)
    return answer


def _go_on(answer: Answer, ticketid: str, done: str) -> ResponseReturnValue:
    """Go to the appointment's page, which waits for the answer if there is none yet."""
    if answer.settled:
        flash(done)
        return redirect(url_for("appointments.show", ticketid=ticketid), 303)
    return redirect(url_for("appointments.show", ticketid=ticketid, request=answer.request), 303)


def _find(session: Session, ticketid: str) -> Appointment:
    """Return an appointment that concerns who is signed in; others' are as unknown as none."""
    login = people.find_login(session, login_id=the_user().id)
    return clinic.find_for_login(session, ticketid=ticketid, login=login)


def _appointment(ticketid: str) -> Appointment:
    with services().database.read() as session:
        return _find(session, ticketid)


def _bill(session: Session, ticketid: str) -> Bill | None:
    """Return the bill, if there is one that is for who is signed in to see."""
    login = people.find_login(session, login_id=the_user().id)
    try:
        return billing.bill_for_login(session, ticketid=ticketid, login=login)
    except NotFound:
        return None


def _possible(session: Session, appointment: Appointment, user: User) -> frozenset[str]:
    """Return what can be done with an appointment now; the process checks it again."""
    now, status, starts_at = services().clock(), appointment.status, appointment.starts_at
    staff, booked = user.role in _STAFF, status is AppointmentStatus.BOOKED
    cutoff = timedelta() if staff else services().rules.cancel_cutoff
    found = {
        "cancel": booked and now < starts_at - cutoff,
        "reschedule": booked and now < starts_at - (timedelta() if _is_away(session, appointment) else cutoff),
        "check_in": staff and booked and now >= starts_at - CHECK_IN_OPENS,
        "complete": staff and status is AppointmentStatus.CHECKED_IN,
        "missed": staff and booked and now >= starts_at,
    }
    return frozenset(name for name, possible in found.items() if possible)


def _is_away(session: Session, appointment: Appointment) -> bool:
    if appointment.status is not AppointmentStatus.BOOKED:
        return False
    return availability.is_away(
        session, docid=appointment.docid, starts_at=appointment.starts_at, ends_at=appointment.ends_at
    )


def _doctors(appointment: Appointment) -> list[Doctor]:
    with services().database.read() as session:
        return people.list_doctors(session, specialization=appointment.doctor.specialization)


def _doctor(appointment: Appointment, docid: str | None) -> Doctor:
    """Return the doctor whose slots are to be shown: one with the specialization of the appointment's."""
    with services().database.read() as session:
        doctor = people.find_doctor(session, docid=docid or appointment.docid)
    if doctor.specialization != appointment.doctor.specialization:
        raise InvalidInput("docid", "Choose a doctor with the same specialization.")
    return doctor


def _slots_form(doctor: Doctor, chosen: str = "") -> Form:
    """Return the form with the free slots, and the one that was chosen: the process says if that is taken by now."""
    found = services()
    with found.database.read() as session:
        free = free_slots(session, docid=doctor.docid, now=found.clock(), zone=found.zone, days=_DAYS_AHEAD)
    times = [slot.starts_at for slot in free]
    try:
        wanted = datetime.fromisoformat(chosen)
    except ValueError:
        wanted = None
    if wanted is not None and wanted.tzinfo is not None and wanted not in times:
        times = sorted([*times, wanted])
    options = tuple(Option(time.isoformat(), f"{time.astimezone(found.zone):%H:%M}", day(time)) for time in times)
    when = Literal("When would you like to come?")
    slots = FormField("starts_at", FieldType.RADIO, when, required=Literal(True), options=options)
    return Form("reschedule", (slots,), submit_label=Literal("Move the appointment"))


def _cancel_page(appointment: Appointment, view: FormView) -> str:
    now, cutoff = services().clock(), services().rules.cancel_cutoff
    in_time = now < appointment.starts_at - cutoff
    return _page("cancel", "Cancel this appointment?", appointment, view, in_time=in_time)


def _reschedule_page(appointment: Appointment, doctor: Doctor, view: FormView) -> str:
    others = [each for each in _doctors(appointment) if each.docid != doctor.docid]
    return _page("reschedule", "Choose another time", appointment, view, doctor=doctor, others=others)


def _page(name: str, heading: str, appointment: Appointment, view: FormView, **more: object) -> str:
    return render_template(
        f"appointments/{name}.html",
        heading=heading,
        over=f"Ticket {appointment.ticketid}",
        back=url_for("appointments.show", ticketid=appointment.ticketid),
        appointment=appointment,
        view=view,
        **more,
    )
