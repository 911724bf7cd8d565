"""The schedule of an appointment as one A4 page to print."""

from collections.abc import Iterator
from unicodedata import normalize

from font_roboto import font_files
from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos
from fpdf.fonts import TTFFont

from app.clinic.details import ClinicDetails
from app.clinic.models import Appointment, AppointmentStatus

_TEAL, _PALE, _INK, _GREY, _RED, _WHITE = "#0b5c63", "#eef5f5", "#1c2526", "#5b6769", "#a5231b", "#ffffff"
_MARGIN = 20  # mm
_WIDTH = 210 - 2 * _MARGIN
_LABEL = 45
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def schedule_pdf(appointment: Appointment, clinic: ClinicDetails) -> bytes:
    """Return the page as a PDF file; the same appointment and clinic give the same bytes.

    It writes names in Latin, Greek and Cyrillic letters with all their accents. A character that its font, Roboto,
    does not have (Arabic or Chinese, for example) stands as a question mark in a diamond.
    """
    page = _Page()
    page.set_creation_date(appointment.updated_at)
    page.set_title(f"Appointment {appointment.ticketid}")
    page.set_lang("en")
    page.add_page()
    _letterhead(page, clinic)
    _headline(page, appointment)
    _time(page, appointment, clinic)
    for label, value in _rows(appointment):
        page.row(label, value)
    _advice(page, appointment)
    _footer(page, appointment, clinic)
    return bytes(page.output() or b"")


class _Page(FPDF):
    """A page with Roboto in two weights, that writes only what Roboto can draw."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self.add_font("Roboto", "", font_files["Roboto"])
        self.add_font("Roboto", "B", font_files["RobotoBold"])
        self.set_margins(_MARGIN, _MARGIN)
        self.set_auto_page_break(False)
        self.c_margin = 0  # text begins where boxes and lines do

    def write_line(self, text: str, size: float, colour: str, *, bold: bool = False, width: float = 0) -> None:
        """Write text from here over `width` mm (0: to the margin), in as many lines as it needs."""
        self.set_font("Roboto", "B" if bold else "", size)
        self.set_text_color(colour)
        self.multi_cell(
            width,
            size * 0.5,
            self._drawable(text),
            align="L",
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
            wrapmode=WrapMode.WORD,
        )

    def row(self, label: str, value: str) -> None:
        """Write a label and beside it a value, over a thin line."""
        top = self.get_y()
        self.write_line(label, 11, _GREY, width=_LABEL)
        self.set_xy(_MARGIN + _LABEL, top)
        self.write_line(value, 12, _INK, bold=True, width=_WIDTH - _LABEL)
        self.ln(2)
        self.set_draw_color(_PALE)
        self.line(_MARGIN, self.get_y(), _MARGIN + _WIDTH, self.get_y())
        self.ln(3)

    def _drawable(self, text: str) -> str:
        font = self.current_font
        if not isinstance(font, TTFFont):
            raise TypeError(f"{font} is no TrueType font")
        return "".join(letter if ord(letter) in font.cmap else _UNKNOWN for letter in normalize("NFC", text))


def _letterhead(page: _Page, clinic: ClinicDetails) -> None:
    page.set_fill_color(_TEAL)
    page.rect(0, 0, 210, 42, style="F")
    page.set_xy(_MARGIN, 12)
    page.write_line(clinic.name, 20, _WHITE, bold=True)
    reach = "  ·  ".join(part for part in (clinic.address, clinic.phone, clinic.email) if part)
    if reach:
        page.ln(2)
        page.write_line(reach, 10, _WHITE)


def _headline(page: _Page, appointment: Appointment) -> None:
    page.set_xy(_MARGIN, 54)
    page.write_line("Your appointment", 24, _INK, bold=True)
    page.ln(1)
    page.write_line(f"Ticket {appointment.ticketid}", 14, _TEAL)
    if appointment.status is AppointmentStatus.CANCELLED:
        page.set_xy(_MARGIN + _WIDTH - 40, 55)
        page.write_line("CANCELLED", 20, _RED, bold=True)


def _time(page: _Page, appointment: Appointment, clinic: ClinicDetails) -> None:
    starts, ends = (moment.astimezone(clinic.zone) for moment in (appointment.starts_at, appointment.ends_at))
    page.set_fill_color(_PALE)
    page.rect(_MARGIN, 82, _WIDTH, 36, style="F", round_corners=True, corner_radius=3)
    page.set_xy(_MARGIN + 8, 89)
    page.write_line(f"{starts:%A}, {starts.day} {starts:%B %Y}", 15, _INK)
    page.set_xy(_MARGIN + 8, 99)
    page.write_line(f"{starts:%H:%M} \N{EN DASH} {ends:%H:%M}", 28, _TEAL, bold=True, width=90)
    page.set_xy(_MARGIN + 98, 104)
    page.write_line(f"{clinic.zone.key}, UTC{starts.isoformat()[-6:]}", 11, _GREY)
    page.set_xy(_MARGIN, 130)


def _rows(appointment: Appointment) -> Iterator[tuple[str, str]]:
    yield "Patient", appointment.patient.full_name
    yield "Patient number", str(appointment.patientid)
    yield "Doctor", appointment.doctor.full_name
    yield "Specialization", appointment.doctor.specialization
    yield "Priority", f"{appointment.priority_level} (1 is the most urgent, 5 the least)"
    yield "Status", appointment.status.label.capitalize()


def _advice(page: _Page, appointment: Appointment) -> None:
    if appointment.status is AppointmentStatus.BOOKED:
        page.ln(6)
        page.write_line(
            "Please come ten minutes early, and bring this page or your ticket number. If you can't come, cancel in "
            "time, so that somebody else can have your place.",
            11,
            _INK,
        )


def _footer(page: _Page, appointment: Appointment, clinic: ClinicDetails) -> None:
    as_of = appointment.updated_at.astimezone(clinic.zone)
    page.set_xy(_MARGIN, 280)
    page.write_line(f"As of {as_of.day} {as_of:%B %Y, %H:%M}. All times are those of {clinic.zone.key}.", 9, _GREY)
