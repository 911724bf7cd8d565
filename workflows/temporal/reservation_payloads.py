"""What goes to and comes from the workflow of a reservation and its activities, as JSON in its history.

Fields are only ever added, with a default: running histories hold the older forms.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """An appointment as the clinic has it; `expected` is false once it is closed, and `over_at`, ISO 8601, is when that
    is done if nobody does it earlier. `starts_at` is ISO 8601 too, and empty in what older histories hold."""

    docid: str
    date_scheduled: str
    time_scheduled: str
    over_at: str
    expected: bool
    starts_at: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a run hands over to the next one."""

    schedule: Schedule
    remarks: str


@dataclass(frozen=True, slots=True)
class AppointmentRequest:
    """Who wants to see whom and when. `starts_at` is the instant of the date and time on the clinic's clock, ISO 8601;
    `by` is the login that asks. A run gives way to the next one when its history has `longest` events, or earlier if
    the server suggests it."""

    ticketid: str
    patientid: int
    docid: str
    priority_level: int
    date_scheduled: str
    time_scheduled: str
    starts_at: str
    by: str
    longest: int = 4_000
    carried: Carried | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """The new time of an appointment, and its doctor if that is another one."""

    ticketid: str
    starts_at: str
    by: str
    docid: str | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """Why an appointment is closed: cancelled by a login, or by the service without one; because its time is `over`; or
    to `undo` what a reservation may have left that failed."""

    ticketid: str
    by: str | None = None
    reason: str = ""
    over: bool = False
    undo: AppointmentRequest | None = None


@dataclass(frozen=True, slots=True)
class Freed:
    """The slot of a doctor that an appointment has left."""

    ticketid: str
    docid: str
    starts_at: str


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of a reservation: `status` is true until it is refused, cancelled or over."""

    ticketid: str
    patientid: int
    docid: str
    date_scheduled: str
    time_scheduled: str
    status: bool
    remarks: str
