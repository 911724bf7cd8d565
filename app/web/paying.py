"""Handing a payment to the workflow of its bill, and what became of it."""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from app.clinic import ledger
from app.clinic.models import Posting
from app.web.services import services
from app.web.waiting import until
from workflows.engine import Engine, InstanceQuery, InstanceState, ProcessInstance
from workflows.payment import CONTINUED, PROCESS_ID
from workflows.values import Variables

_KEY = re.compile(r"pay-[A-Za-z0-9_-]{22}")


class Outcome(StrEnum):
    """How far a payment is: recorded, refused, being worked on, or waiting for staff to mend something."""

    RECORDED = "recorded"
    REFUSED = "refused"
    UNDER_WAY = "under way"
    STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A payment as a form gives it: `key` lets it be recorded once, no `amount` means the patient's credit."""

    ticketid: str
    key: str
    amount: Decimal | None
    by: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a payment is, and the reason if it was refused."""

    outcome: Outcome
    reason: str = ""


def new_key() -> str:
    """Return a key for a payment, that nobody can guess."""
    return f"pay-{secrets.token_urlsafe(16)}"


def is_key(text: str) -> bool:
    """Say whether `text` is a key as `new_key` makes them."""
    return _KEY.fullmatch(text) is not None


def hand_over(engine: Engine, attempt: Attempt) -> None:
    """Give a payment to the workflow that holds its bill; without one, start one. Doing it again changes nothing.

    Raise the engine's `NotFound` if the workflow is not deployed.
    """
    under_way = _instance_of(engine, attempt.ticketid, attempt.key) is not None
    if not under_way and not wake(engine, attempt):
        engine.start(PROCESS_ID, _variables(attempt), business_key=attempt.ticketid, by=attempt.by)


def wake(engine: Engine, attempt: Attempt) -> bool:
    """Let every workflow that holds the bill go on with a payment, and say whether there was one.

    Forms that were sent at the same moment can have started several. All record the payment, which counts once.
    """
    told: set[str] = set()
    while taker := engine.publish_message(CONTINUED, attempt.ticketid, _variables(attempt)).instance_id:
        if taker in told:
            break
        told.add(taker)
    return bool(told)


def find_posting(ticketid: str, key: str) -> Posting | None:
    """Return the posting of a payment for this ticket, if it was recorded."""
    with services().database.read() as session:
        posting = ledger.find_posting(session, key=key)
    return posting if posting is not None and posting.ticketid == ticketid else None


def progress(ticketid: str, key: str) -> Progress:
    """Return how far a payment is."""
    if find_posting(ticketid, key) is not None:
        return Progress(Outcome.RECORDED)
    engine = services().engine
    instance = _instance_of(engine, ticketid, key)
    if instance is None:
        return Progress(Outcome.REFUSED, "It did not reach us. Please try again.")
    variables = engine.variables(instance.id)
    if variables.get("status") == "refused":
        return Progress(Outcome.REFUSED, str(variables.get("reason") or ""))
    if instance.state is InstanceState.CANCELLED:
        return Progress(Outcome.REFUSED, "The clinic's staff ended it.")
    return Progress(Outcome.STUCK if instance.incidents else Outcome.UNDER_WAY)


def wait(ticketid: str, key: str, patience: timedelta) -> Progress:
    """Return how far a payment is once it is settled, or after `patience`, whatever comes first."""
    return until(lambda: progress(ticketid, key), lambda found: found.outcome is not Outcome.UNDER_WAY, patience)


def _variables(attempt: Attempt) -> Variables:
    return {
        "ticketid": attempt.ticketid,
        "payment_key": attempt.key,
        "paid_by": attempt.by,
        "amount": None if attempt.amount is None else str(attempt.amount),
    }


def _instance_of(engine: Engine, ticketid: str, key: str) -> ProcessInstance | None:
    """Return the workflow that has this payment as its latest."""
    query = InstanceQuery(process_id=PROCESS_ID, business_key=ticketid)
    mine = (each for each in engine.instances(query) if engine.variables(each.id).get("payment_key") == key)
    return next(mine, None)
