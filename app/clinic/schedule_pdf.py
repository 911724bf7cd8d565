"""The schedule of an appointment as one A4 page to print."""

from collections.abc import Iterator

from app.clinic.details import ClinicDetails
from app.clinic.models import Appointment, AppointmentStatus
from app.clinic.pdf import GREY, INK, MARGIN, PALE, RED, TEAL, WIDTH, Sheet


def schedule_pdf(appointment: Appointment, clinic: ClinicDetails) -> bytes:
    """Return the page as a PDF file; the same appointment and clinic give the same bytes.

    It writes names in Latin, Greek and Cyrillic letters with all their accents. A character that its font, Roboto,
    does not have (Arabic or Chinese, for example) stands as a question mark in a diamond.
    """
    page = Sheet(clinic, f"Appointment {appointment.ticketid}", appointment.updated_at)
    _headline(page, appointment)
    _time(page, appointment, clinic)
    for label, value in _rows(appointment):
        page.row(label, value)
    _advice(page, appointment)
    as_of = appointment.updated_at.astimezone(clinic.zone)
    page.footer_line(f"As of {as_of.day} {as_of:%B %Y, %H:%M}. All times are those of {clinic.zone.key}.")
    return page.contents()


def _headline(page: Sheet, appointment: Appointment) -> None:
    page.set_xy(MARGIN, 54)
    page.write_line("Your appointment", 24, INK, bold=True)
    page.ln(1)
    page.write_line(f"Ticket {appointment.ticketid}", 14, TEAL)
    if appointment.status is AppointmentStatus.CANCELLED:
        page.set_xy(MARGIN + WIDTH - 40, 55)
        page.write_line("CANCELLED", 20, RED, bold=True)


def _time(page: Sheet, appointment: Appointment, clinic: ClinicDetails) -> None:
    starts, ends = (moment.astimezone(clinic.zone) for moment in (appointment.starts_at, appointment.ends_at))
    page.set_fill_color(PALE)
    page.rect(MARGIN, 82, WIDTH, 36, style="F", round_corners=True, corner_radius=3)
    page.set_xy(MARGIN + 8, 89)
    page.write_line(f"{starts:%A}, {starts.day} {starts:%B %Y}", 15, INK)
    page.set_xy(MARGIN + 8, 99)
    page.write_line(f"{starts:%H:%M} \N{EN DASH} {ends:%H:%M}", 28, TEAL, bold=True, width=90)
    page.set_xy(MARGIN + 98, 104)
    page.write_line(f"{clinic.zone.key}, UTC{starts.isoformat()[-6:]}", 11, GREY)
    page.set_xy(MARGIN, 130)


def _rows(appointment: Appointment) -> Iterator[tuple[str, str]]:
    yield "Patient", appointment.patient.full_name
    yield "Patient number", str(appointment.patientid)
    yield "Doctor", appointment.doctor.full_name
    yield "Specialization", appointment.doctor.specialization
    yield "Priority", f"{appointment.priority_level} (1 is the most urgent, 5 the least)"
    yield "Status", appointment.status.label.capitalize()


def _advice(page: Sheet, appointment: Appointment) -> None:
    if appointment.status is AppointmentStatus.BOOKED:
        page.ln(6)
        page.write_line(
            "Please come ten minutes early, and bring this page or your ticket number. If you can't come, cancel in "
            "time, so that somebody else can have your place.",
            11,
            INK,
        )
