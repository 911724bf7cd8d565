"""A4 pages of the clinic to print: letterhead, colours, and text in a font that has most of Europe's letters."""

from datetime import datetime
from unicodedata import normalize

from font_roboto import font_files
from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos
from fpdf.fonts import TTFFont

from app.clinic.details import ClinicDetails

TEAL, PALE, INK, GREY, RED, WHITE = "#0b5c63", "#eef5f5", "#1c2526", "#5b6769", "#a5231b", "#ffffff"
MARGIN = 20  # mm
WIDTH = 210 - 2 * MARGIN
_LABEL = 45
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"


class Sheet(FPDF):
    """One page with the clinic's letterhead and Roboto in two weights, that writes only what Roboto can draw.

    It knows no time but the one it is given, so that the same contents give the same bytes.
    """

    def __init__(self, clinic: ClinicDetails, title: str, as_of: datetime) -> None:
        super().__init__(format="A4")
        self.add_font("Roboto", "", font_files["Roboto"])
        self.add_font("Roboto", "B", font_files["RobotoBold"])
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(False)
        self.c_margin = 0  # text begins where boxes and lines do
        self.set_creation_date(as_of)
        self.set_title(title)
        self.set_lang("en")
        self.add_page()
        self._letterhead(clinic)

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
        self.write_line(label, 11, GREY, width=_LABEL)
        self.set_xy(MARGIN + _LABEL, top)
        self.write_line(value, 12, INK, bold=True, width=WIDTH - _LABEL)
        self.ln(2)
        self.set_draw_color(PALE)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())
        self.ln(3)

    def footer_line(self, text: str) -> None:
        """Write a small line at the foot of the page."""
        self.set_xy(MARGIN, 280)
        self.write_line(text, 9, GREY)

    def contents(self) -> bytes:
        """Return the page as a PDF file."""
        return bytes(self.output() or b"")

    def _letterhead(self, clinic: ClinicDetails) -> None:
        self.set_fill_color(TEAL)
        self.rect(0, 0, 210, 42, style="F")
        self.set_xy(MARGIN, 12)
        self.write_line(clinic.name, 20, WHITE, bold=True)
        reach = "  ·  ".join(part for part in (clinic.address, clinic.phone, clinic.email) if part)
        if reach:
            self.ln(2)
            self.write_line(reach, 10, WHITE)

    def _drawable(self, text: str) -> str:
        font = self.current_font
        if not isinstance(font, TTFFont):
            raise TypeError(f"{font} is no TrueType font")
        return "".join(letter if ord(letter) in font.cmap else _UNKNOWN for letter in normalize("NFC", text))
