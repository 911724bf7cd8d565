"""An appointment as an entry for calendars (RFC 5545), and what asks a calendar to take it in or out (RFC 5546).

The UID stays that of the ticket and the sequence number grows with the appointment's, so that each file takes the
place of the one before.
"""

from dataclasses import dataclass

from icalendar import CUTYPE, PARTSTAT, ROLE, STATUS, Calendar, Event, vCalAddress

from app.clinic.details import ClinicDetails
from app.clinic.models import Appointment, AppointmentStatus, CalendarMethod, Doctor, Patient

_NOBODY = "no-reply@localhost"
"""Who organizes what a clinic without an address for mail sends: a request has to name somebody."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A calendar part of a mail: the file, and what it asks of the calendar that gets it."""

    method: CalendarMethod
    content: bytes


def schedule_ics(appointment: Appointment, clinic: ClinicDetails) -> bytes:
    """Return a calendar with one event; the same appointment and clinic give the same bytes."""
    cancelled = appointment.status is AppointmentStatus.CANCELLED
    event = _event(appointment, clinic, cancelled=cancelled)
    if clinic.email:
        event.organizer = _organizer(clinic)
    return _calendar(appointment, "PUBLISH", event)


def invitation(appointment: Appointment, clinic: ClinicDetails, attendee: Doctor | Patient) -> Invitation:
    """Return what brings the calendar of somebody up to date with an appointment.

    It takes the event out for whom the appointment does not concern any more: because it is cancelled, or because
    another doctor has it.
    """
    concerned = attendee in {appointment.doctor, appointment.patient}
    cancelled = appointment.status is AppointmentStatus.CANCELLED or not concerned
    method = CalendarMethod.CANCEL if cancelled else CalendarMethod.REQUEST
    event = _event(appointment, clinic, cancelled=cancelled)
    event.organizer = _organizer(clinic)
    event.attendees = [
        vCalAddress.new(
            attendee.email,
            cn=attendee.full_name,
            cutype=CUTYPE.INDIVIDUAL,
            role=ROLE.REQ_PARTICIPANT,
            partstat=PARTSTAT.ACCEPTED,
            rsvp=False,
        )
    ]
    return Invitation(method, _calendar(appointment, method, event))


def _event(appointment: Appointment, clinic: ClinicDetails, *, cancelled: bool) -> Event:
    doctor = appointment.doctor
    return Event.new(
        uid=f"{appointment.ticketid}@dams",
        sequence=appointment.sequence,
        stamp=appointment.updated_at,
        created=appointment.created_at,
        last_modified=appointment.updated_at,
        start=appointment.starts_at,
        end=appointment.ends_at,
        status=STATUS.CANCELLED if cancelled else STATUS.CONFIRMED,
        summary=f"{doctor.full_name}, {doctor.specialization}",
        description=f"Ticket {appointment.ticketid}, patient {appointment.patient.full_name}",
        location=", ".join(part for part in (clinic.name, clinic.address) if part),
    )


def _calendar(appointment: Appointment, method: str, event: Event) -> bytes:
    calendar = Calendar.new(
        uid=f"calendar-{appointment.ticketid}@dams",
        prodid="-//DAMS//Schedule//EN",
        method=method,
        subcomponents=[event],
    )
    return bytes(calendar.to_ical())


def _organizer(clinic: ClinicDetails) -> vCalAddress:
    return vCalAddress.new(clinic.email or _NOBODY, cn=clinic.name)
