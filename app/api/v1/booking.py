"""Booking in one request: the user tasks of the booking process are filled one after the other, as on its pages."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from flask import abort
from flask_smorest import abort as refuse

from app.clinic import people
from app.clinic.errors import InvalidInput
from app.clinic.slots import offered_slot
from app.clinic.tickets import new_ticket
from app.web import filling, positions
from app.web.identity import User
from app.web.positions import Position
from app.web.services import config, services
from app.web.steps import PROCESS_ID, STEPS
from workflows.errors import Conflict, NotFound

_PATIENCE = timedelta(seconds=10)
"""How long a step may take at least, whatever pages wait: nobody could go on with a booking that was left halfway."""

_TAKEN = "This time is not free any more. Choose another."


def booked(user: User, *, docid: str, starts_at: datetime, patientid: int | None, priority_level: int) -> str:
    """Book, and return the ticket; its appointment may come a little later.

    Raise the clinic's `NotFound` and `InvalidInput`, and the errors of requests: 409 if the slot is taken.
    """
    forms = _forms(docid, starts_at, patientid, priority_level)
    ticketid, chosen = new_ticket(), {} if user.patientid is not None else {"patientid": str(patientid)}
    try:
        instance = services().engine.start(PROCESS_ID, chosen, business_key=ticketid, by=user.id)
    except NotFound:
        abort(503, "Appointments can't be booked here yet: the process for it is not deployed.")
    for step, form in zip(STEPS, forms, strict=True):
        position = _settled(instance.id, user)
        if position.task is None or position.task.element_id != step.element_id:
            _give_up(position, user)
        _fill(position, form, user)
    position = _settled(instance.id, user)
    if position.task is not None:
        _give_up(position, user)
    return ticketid


def _forms(docid: str, starts_at: datetime, patientid: int | None, priority_level: int) -> list[dict[str, list[str]]]:
    """Return what each step's form gets; raise what can be told before anything is begun."""
    if patientid is None:
        raise InvalidInput("patientid", "Say for which patient.")
    found = services()
    with found.database.read() as session:
        people.find_patient(session, patientid=patientid)
        doctor = people.find_doctor(session, docid=docid)
        offered_slot(session, docid=docid, starts_at=starts_at, now=found.clock(), zone=found.zone)
    return [
        {"specialization": [doctor.specialization]},
        {"docid": [docid]},
        {"starts_at": [starts_at.astimezone(UTC).isoformat()]},
        {"patientid": [str(patientid)], "priority_level": [str(priority_level)]},
    ]


def _settled(instance_id: str, user: User) -> Position:
    return positions.wait(services().engine, instance_id, user, max(_PATIENCE, config().patience))


def _fill(position: Position, form: Mapping[str, list[str]], user: User) -> None:
    """Complete a step; end the booking if its form is refused."""
    if position.task is None:
        return
    try:
        refused = filling.submit(position.task, user, form)
    except (Conflict, NotFound):
        abort(409, "Somebody ended this booking meanwhile.")
    if refused is None:
        return
    services().engine.cancel(position.instance.id, reason="refused to a program", by=user.id)
    if "starts_at" in form:
        abort(409, _TAKEN)
    refuse(422, messages={"json": {field.id: [field.error] for field in refused.fields if field.error}})


def _give_up(position: Position, user: User) -> None:
    """End a booking that goes another way than a program can follow."""
    if position.ended:
        abort(409, "Somebody ended this booking meanwhile.")
    services().engine.cancel(position.instance.id, reason="given up by a program", by=user.id)
    if position.task is None:
        abort(503, "Booking takes too long at the moment. Nothing was booked: try again later.")
    abort(409, _TAKEN)
