"""The receipt of a bill as an A4 page to print."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.clinic.billing import Bill
from app.clinic.details import ClinicDetails
from app.clinic.models import Posting
from app.clinic.pdf import GREY, INK, MARGIN, TEAL, Sheet

_FOOT = 25  # mm


def receipt_pdf(bill: Bill, postings: Sequence[Posting], clinic: ClinicDetails) -> bytes:
    """Return the page as a PDF file: what was charged and paid, and every posting of the bill, in order.

    The same bill and clinic give the same bytes. A long history goes on on further pages.
    """
    as_of = postings[-1].created_at
    page = Sheet(clinic, f"Receipt {bill.ticketid}", as_of)
    page.set_auto_page_break(True, _FOOT)
    page.set_xy(MARGIN, 54)
    page.write_line("Receipt", 24, INK, bold=True)
    page.ln(1)
    page.write_line(f"Ticket {bill.ticketid}", 14, TEAL)
    page.ln(6)
    for label, value in _totals(bill, clinic):
        page.row(label, value)
    page.ln(4)
    page.write_line("What was recorded", 14, TEAL, bold=True)
    page.ln(3)
    for posting in postings:
        text = f"{clinic.money(posting.amount)}  {posting.description}"
        page.row(_moment(posting.created_at, clinic), text)
    page.write_line(f"As of {_moment(as_of, clinic)}, {clinic.zone.key}.", 9, GREY)
    return page.contents()


def _totals(bill: Bill, clinic: ClinicDetails) -> Iterator[tuple[str, str]]:
    appointment = bill.appointment
    yield "Patient", f"{appointment.patient.full_name}, number {appointment.patientid}"
    yield "For", f"{appointment.doctor.full_name}, {_moment(appointment.starts_at, clinic)}"
    yield "Charge", clinic.money(bill.charge)
    if bill.discount:
        yield "Discount", clinic.money(bill.discount)
        yield "Due", clinic.money(bill.due)
    yield "Paid", clinic.money(bill.paid)
    if bill.outstanding:
        yield "Still to pay", clinic.money(bill.outstanding)
    if bill.credit:
        yield "Credit", f"{clinic.money(bill.credit)}, paid above what was due"
    if bill.refunded:
        yield "Refunded", clinic.money(bill.refunded)
    if bill.date_released is not None:
        yield "Released", _moment(bill.date_released, clinic)


def _moment(instant: datetime, clinic: ClinicDetails) -> str:
    local = instant.astimezone(clinic.zone)
    return f"{local.day} {local:%B %Y, %H:%M}"
