"""The schedule of an appointment as an entry for calendars (RFC 5545)."""

from icalendar import STATUS, Calendar, Event, vCalAddress

from app.clinic.details import ClinicDetails
from app.clinic.models import Appointment, AppointmentStatus


def schedule_ics(appointment: Appointment, clinic: ClinicDetails) -> bytes:
    """Return a calendar with one event; the same appointment and clinic give the same bytes.

    Its UID stays that of the ticket and its sequence number grows, so that the file of a cancelled appointment takes
    the entry of the booked one back.
    """
    cancelled = appointment.status is AppointmentStatus.CANCELLED
    doctor = appointment.doctor
    event = Event.new(
        uid=f"{appointment.ticketid}@dams",
        sequence=1 if cancelled else 0,
        stamp=appointment.updated_at,
        created=appointment.created_at,
        last_modified=appointment.updated_at,
        start=appointment.starts_at,
        end=appointment.ends_at,
        status=STATUS.CANCELLED if cancelled else STATUS.CONFIRMED,
        summary=f"{doctor.full_name}, {doctor.specialization}",
        description=f"Ticket {appointment.ticketid}, patient {appointment.patient.full_name}",
        location=", ".join(part for part in (clinic.name, clinic.address) if part),
        organizer=_organizer(clinic) if clinic.email else None,
    )
    calendar = Calendar.new(
        uid=f"calendar-{appointment.ticketid}@dams",
        prodid="-//DAMS//Schedule//EN",
        method="PUBLISH",
        subcomponents=[event],
    )
    return bytes(calendar.to_ical())


def _organizer(clinic: ClinicDetails) -> vCalAddress:
    return vCalAddress.new(clinic.email, cn=clinic.name)
