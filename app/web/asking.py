"""Asking the process of an appointment for something, and what it answers.

A request is a message to the instance, with an id of its own. The process says by its variable `answered` which
request it has settled last, and by `refusal` why not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from app.clinic.models import Appointment
from app.clinic.models.appointments import EXPECTED
from app.web.identity import the_user
from app.web.services import config, services
from app.web.steps import PROCESS_ID
from app.web.waiting import until
from workflows.engine import InstanceQuery, InstanceState, ProcessInstance
from workflows.values import JsonValue

MEANWHILE = timedelta(minutes=5)
"""How long a request waits for an instance that is busy with another one."""


_RUNNING = frozenset({InstanceState.ACTIVE, InstanceState.SUSPENDED})
_OVER = "This appointment is over. It can't be changed any more."


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request: `refusal` is empty unless it was refused, `stuck` says that staff has to mend it."""

    request: str
    settled: bool
    refusal: str = ""
    stuck: bool = False


def ask(appointment: Appointment, message: str, variables: Mapping[str, JsonValue]) -> Answer:
    """Ask for something in the name of who is signed in, and wait a moment for the answer."""
    engine, request = services().engine, str(uuid4())
    ticketid = appointment.ticketid
    life = _life(ticketid)
    if life is None or (life.state not in _RUNNING and appointment.status in EXPECTED):
        _begin_life(appointment)
    given = {"reason": "", **variables, "by": the_user().id, "request": request, "refusal": ""}
    engine.publish_message(message, ticketid, given, time_to_live=MEANWHILE, message_id=request)
    return until(lambda: answer_to(ticketid, request), lambda answer: answer.settled or answer.stuck, config().patience)


def answer_to(ticketid: str, request: str) -> Answer:
    """Return how a request stands."""
    instance = _life(ticketid)
    if instance is None:
        return Answer(request, settled=False)
    variables = services().engine.variables(instance.id)
    if variables.get("answered") == request:
        return Answer(request, settled=True, refusal=str(variables.get("refusal") or ""))
    if instance.state not in _RUNNING:
        return Answer(request, settled=True, refusal=_OVER)
    return Answer(request, settled=False, stuck=instance.incidents > 0)


def _life(ticketid: str) -> ProcessInstance | None:
    """Return the instance that leads the life of an appointment, or has led it."""
    found = services().engine.instances(InstanceQuery(PROCESS_ID, business_key=ticketid, limit=1))
    return found[0] if found else None


def _begin_life(appointment: Appointment) -> None:
    """Begin the process of an appointment that was made without one, such as by another program."""
    made: dict[str, JsonValue] = {
        "ticketid": appointment.ticketid,
        "docid": appointment.docid,
        "patientid": appointment.patientid,
        "specialization": appointment.doctor.specialization,
    }
    services().engine.publish_message(
        "appointment_made",
        appointment.ticketid,
        made,
        time_to_live=MEANWHILE,
        message_id=f"appointment_made:{appointment.ticketid}",
    )
