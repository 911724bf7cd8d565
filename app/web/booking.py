"""Booking an appointment: each page is one user task of the running instance."""

import contextlib

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic import appointments, documents, people
from app.clinic.errors import NotFound as NothingInClinic
from app.clinic.models import AppointmentStatus, Role
from app.clinic.tickets import new_ticket
from app.web import filling, positions
from app.web.access import only
from app.web.errors import error_page
from app.web.identity import the_user
from app.web.positions import Position
from app.web.services import config, services
from app.web.steps import BY_SLUG, PROCESS_ID, STEPS, Step
from workflows.diagrams.forms import FormView
from workflows.engine import InstanceQuery, InstanceState, UserTask
from workflows.errors import Conflict, NotFound

booking = Blueprint("booking", __name__, url_prefix="/doctor")

MOST_OPEN = 5
"""Bookings that one person may have open at a time."""

_MOST_RUNNING = 200
"""Instances of one person, the newest, among which open bookings are looked for."""

_LONGEST_SEARCH = 100

_STEP = f"/<any({', '.join(BY_SLUG)}):slug>"


@booking.get("/patients")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def choose_patient() -> ResponseReturnValue:
    """List the patients whom staff may book for, a page at a time, or those whom a search finds."""
    search, page = request.args.get("search", "")[:_LONGEST_SEARCH], request.args.get("page", 1, type=int)
    with services().database.read() as session:
        found = people.list_patients(session, search=search, page=page)
    return render_template("booking/patients.html", found=found, search=search)


@booking.post("/appointments/new")
@only()
def begin() -> ResponseReturnValue:
    """Start a booking and go to its first form; one that is open and has nothing entered yet is taken instead."""
    user, engine, patientid = the_user(), services().engine, _chosen_patient()
    open_ones = open_bookings()
    untouched = next((position for position in open_ones if _is_untouched(position, patientid)), None)
    if untouched is not None:
        return redirect(untouched.address, 303)
    if len(open_ones) >= MOST_OPEN:
        sentence = f"You have {MOST_OPEN} unfinished bookings. Finish or abandon one of them first."
        return error_page(409, sentence, {"Go to the dashboard": url_for("dashboard.show")})
    chosen = {"patientid": patientid} if patientid else {}
    try:
        instance = engine.start(PROCESS_ID, chosen, business_key=new_ticket(), by=user.id)
    except NotFound:
        return error_page(503, "Appointments can't be booked here yet: the process for it is not deployed.")
    return redirect(positions.wait(engine, instance.id, user, config().patience).address, 303)


@booking.get(_STEP)
@only()
def form(slug: str) -> ResponseReturnValue:
    """Show the form of a step, if the booking stands there."""
    step = BY_SLUG[slug]
    if "booking" not in request.args:
        here = next((position for position in open_bookings() if _is_at(position, step)), None)
        return redirect(here.address) if here else render_template("booking/begin.html", open=open_bookings())
    position = _own_booking()
    if position.task is not None and _is_at(position, step):
        return _form_page(step, position.task, filling.opened(position.task))
    if position.task is not None:
        flash("That step is not open. This is where your booking stands.")
    return redirect(position.address)


@booking.post(_STEP)
@only()
def submit(slug: str) -> ResponseReturnValue:
    """Complete the step's user task and go on to the next."""
    step, user, position = BY_SLUG[slug], the_user(), _own_booking()
    task = position.task
    if task is None or task.id != filling.submitted_task_id() or not _is_at(position, step):
        return _step_is_done(position)
    try:
        refused = filling.submit(task, user)
    except (Conflict, NotFound):
        return _step_is_done(_own_booking())
    if refused is not None:
        return _form_page(step, task, refused), 422
    engine = services().engine
    return redirect(positions.wait(engine, position.instance.id, user, config().patience).address, 303)


@booking.get("/progress")
@only()
def progress() -> ResponseReturnValue:
    """Tell where a booking stands that has no form to fill: being worked on, held, or stuck."""
    position = _own_booking()
    if (position.task is None or position.suspended) and not position.booked:
        return render_template("booking/progress.html", position=position)
    return redirect(position.address)


@booking.get("/confirmation")
@only()
def confirmation() -> ResponseReturnValue:
    """Show the appointment that a booking came to."""
    position = _own_booking()
    if not position.booked:
        return redirect(position.address)
    ticketid = position.instance.business_key or ""
    with services().database.read() as session:
        appointment = appointments.find_by_ticket(session, ticketid=ticketid)
        if appointment.status is not AppointmentStatus.BOOKED:
            return redirect(url_for("appointments.show", ticketid=ticketid))
        files = documents.list_documents(session, ticketid=ticketid)
        return render_template("booking/confirmation.html", appointment=appointment, documents=files)


@booking.get("/abandon")
@only()
def ask_to_abandon() -> ResponseReturnValue:
    """Ask whether a booking shall be abandoned."""
    position = _own_booking()
    return render_template("booking/abandon.html", position=position) if position.task else redirect(position.address)


@booking.post("/abandon")
@only()
def abandon() -> ResponseReturnValue:
    """End a booking that waits for a form; while it is being worked on, a slot may be held already."""
    position = _own_booking()
    if position.task is None:
        return _step_is_done(position)
    services().engine.cancel(position.instance.id, reason="abandoned on its page", by=the_user().id)
    _give_back_slot(position)
    flash("The booking is abandoned. No appointment was made.")
    return redirect(url_for("dashboard.show"), 303)


def open_bookings() -> list[Position]:
    """Return the bookings of who is signed in that have not come to an appointment yet, newest first.

    An instance goes on after its booking, so those whose ticket has documents are left out before each is looked at.
    """
    user, engine = the_user(), services().engine
    states = (InstanceState.ACTIVE, InstanceState.SUSPENDED)
    running = engine.instances(InstanceQuery(PROCESS_ID, states=states, started_by=user.id, limit=_MOST_RUNNING))
    tickets = [instance.business_key for instance in running if instance.business_key]
    with services().database.read() as session:
        booked = documents.documented(session, ticketids=tickets)
    return [positions.find(engine, instance, user) for instance in running if instance.business_key not in booked]


def _own_booking() -> Position:
    """Return the booking that the request names; another person's is as unknown as one that never was."""
    user, engine = the_user(), services().engine
    instance = engine.instance(request.args.get("booking", ""))
    if instance.started_by != user.id or instance.process_id != PROCESS_ID:
        abort(404)
    return positions.find(engine, instance, user)


def _is_at(position: Position, step: Step) -> bool:
    at_step = position.task is not None and position.task.element_id == step.element_id
    return at_step and not position.suspended


def _chosen_patient() -> str | None:
    """Return the number of the patient whom staff chose; nobody else has a choice."""
    if "patientid" not in request.form or the_user().role is Role.PATIENT:
        return None
    chosen = request.form.get("patientid", type=int)
    if chosen is None:
        abort(400)
    with services().database.read() as session:
        return str(people.find_patient(session, patientid=chosen).patientid)


def _is_untouched(position: Position, patientid: str | None) -> bool:
    """Say whether a booking has nothing entered yet, and is for this patient if one is named."""
    if position.task is None or not _is_at(position, STEPS[0]):
        return False
    variables = services().engine.task_variables(position.task.id)
    same_patient = patientid is None or variables.get("patientid") == patientid
    return same_patient and variables.get("specialization") is None


def _give_back_slot(position: Position) -> None:
    """Cancel the appointment that another window may have made after this one was asked to abandon the booking."""
    ticketid = position.instance.business_key or ""
    with contextlib.suppress(NothingInClinic), services().database.write() as session:
        appointments.cancel(
            session, ticketid=ticketid, now=services().clock(), by=the_user().id, reason="the booking was abandoned"
        )


def _form_page(step: Step, task: UserTask, view: FormView) -> str:
    return render_template("booking/step.html", step=step, steps=STEPS, task=task, view=view)


def _step_is_done(position: Position) -> ResponseReturnValue:
    sentence = "You pressed twice, or did it in another window: it counts once, and this form changed nothing."
    return error_page(409, sentence, {"Go to the present step": position.address}, "This step was done already")
