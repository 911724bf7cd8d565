"""The errors of the clinic, as one tree. Callers catch `ClinicError`, or the branch that they can mend.

    ClinicError
    ├── NotFound              no such doctor, patient, appointment, notice, document
    ├── InvalidInput          a value that is refused; `field` names it, for the message beside it
    │   └── SlotNotOffered    a time that is past, outside the hours, or in a break or leave
    └── Conflict              what is there does not allow it
        ├── SlotTaken         somebody else, or the patient's other appointment, has this time
        ├── TicketUsed        the ticket belongs to another appointment
        ├── KeyUsed           the key belongs to a posting with other content
        ├── Displaces         appointments would lie outside of the doctor's hours
        └── NotAllowed        the status does not allow this change
            └── TooLate       it was possible until a time that is past

Nothing has changed when one of them is raised, and the session's transaction can go on.
"""

from collections.abc import Sequence
from datetime import datetime


class ClinicError(Exception):
    """The root of every error that the clinic raises on purpose."""


class NotFound(ClinicError):
    """There is no `what` with this `key`."""

    def __init__(self, what: str, key: object) -> None:
        self.what = what
        self.key = key
        super().__init__(f"There is no {what} {key}.")


class InvalidInput(ClinicError):
    """The value of `field` is refused; `message` is a sentence for the person who gave it."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")


class SlotNotOffered(InvalidInput):
    """The doctor can't be booked at this time, by anybody."""


class Conflict(ClinicError):
    """What is there does not allow it."""


class SlotTaken(Conflict):
    """This time is held: choose another."""


class TicketUsed(Conflict):
    """The ticket belongs to an appointment with other data."""


class KeyUsed(Conflict):
    """The key belongs to a posting of the ledger with other content."""


class Displaces(Conflict):
    """A change of availability would leave the appointments of `tickets` outside; it is made once they are accepted."""

    def __init__(self, tickets: Sequence[str]) -> None:
        self.tickets = tickets
        super().__init__(f"Appointments would lie outside of the hours: {', '.join(tickets)}.")


class NotAllowed(Conflict):
    """The status of what is to be changed does not allow it."""


class TooLate(NotAllowed):
    """It was possible until an instant, `until`, that is past; `message` says so to people."""

    def __init__(self, message: str, until: datetime) -> None:
        self.message = message
        self.until = until
        super().__init__(message)
