"""The texts of all notices, for each event and for whom it concerns. `telling.py` fills in the words."""

from dataclasses import dataclass
from enum import StrEnum


class Event(StrEnum):
    """What people are told of."""

    BOOKED = "booked"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    REMINDER = "reminder"
    ABSENCE = "absence"
    OFFER = "offer"
    PAYMENT_DUE = "payment due"
    RELEASED = "released"


class Audience(StrEnum):
    """Who is told."""

    PATIENT = "patient"
    DOCTOR = "doctor"
    FORMER_DOCTOR = "former doctor"
    """Whose appointment another doctor has now."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A subject and a body, with names in braces where words go."""

    subject: str
    body: str


WORDINGS = {
    (Event.BOOKED, Audience.PATIENT): Wording(
        "Your appointment on {when}",
        "You are booked with {doctor}, {specialization}, on {when} (ticket {ticket}).\n\n"
        "Please come ten minutes early. If you can't come, cancel in time, so that somebody else can have your place.",
    ),
    (Event.BOOKED, Audience.DOCTOR): Wording(
        "New appointment on {when}", "{patient} comes to see you on {when} (ticket {ticket})."
    ),
    (Event.RESCHEDULED, Audience.PATIENT): Wording(
        "Moved: the appointment is now on {when}",
        "Your appointment of {before} was moved. You are booked with {doctor}, {specialization}, on {when} "
        "(ticket {ticket}, as before).",
    ),
    (Event.RESCHEDULED, Audience.DOCTOR): Wording(
        "Moved: the appointment is now on {when}",
        "The appointment of {patient} on {before} was moved: it is with you on {when} (ticket {ticket}).",
    ),
    (Event.RESCHEDULED, Audience.FORMER_DOCTOR): Wording(
        "The appointment on {before} is not yours any more",
        "{patient} does not come to you on {before}: {doctor} has the appointment now (ticket {ticket}).",
    ),
    (Event.CANCELLED, Audience.PATIENT): Wording(
        "Cancelled: the appointment on {when}",
        "Your appointment with {doctor} on {when} is cancelled (ticket {ticket}). {reason}",
    ),
    (Event.CANCELLED, Audience.DOCTOR): Wording(
        "Cancelled: the appointment on {when}", "{patient} does not come on {when} (ticket {ticket}). {reason}"
    ),
    (Event.REMINDER, Audience.PATIENT): Wording(
        "Reminder: your appointment on {when}",
        "{doctor} expects you on {when} (ticket {ticket}). Please come ten minutes early.",
    ),
    (Event.ABSENCE, Audience.PATIENT): Wording(
        "Your doctor can't come: choose another time",
        "{doctor} can't see you on {when} (ticket {ticket}). Please move your appointment to another time. Otherwise "
        "it is cancelled, and costs you nothing.\n\n{proposals}",
    ),
    (Event.OFFER, Audience.PATIENT): Wording(
        "A time is free on {when}",
        "You are next on the waiting list: {doctor}, {specialization}, is free on {when}. The time is held for you "
        "until {until}. Accept or decline it on the page of your waiting list; after that the next in line gets it.",
    ),
    (Event.PAYMENT_DUE, Audience.PATIENT): Wording(
        "Payment for your appointment on {when}",
        "{amount} are open for your appointment with {doctor} on {when} (ticket {ticket}). Please pay until {until}; "
        "otherwise the appointment is released.",
    ),
    (Event.RELEASED, Audience.PATIENT): Wording(
        "Your appointment on {when} was released",
        "Your appointment with {doctor} on {when} was released on {released}, because it was not paid for in time "
        "(ticket {ticket}). You can book another.",
    ),
    (Event.RELEASED, Audience.DOCTOR): Wording(
        "The appointment on {when} was released",
        "The appointment of {patient} on {when} was released on {released}, because it was not paid for in time "
        "(ticket {ticket}).",
    ),
}
