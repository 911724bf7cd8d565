"""The schedule as a page to print and as an entry for calendars."""

from datetime import timedelta
from io import BytesIO

import pytest
from icalendar import Calendar
from pypdf import PdfReader
from sqlalchemy.orm import Session

from app.clinic import appointments, documents
from app.clinic.details import ClinicDetails
from app.clinic.errors import NotFound
from app.clinic.models import Appointment, AppointmentStatus, Doctor, DocumentKind, Patient
from app.clinic.schedule_ics import schedule_ics
from app.clinic.schedule_pdf import schedule_pdf
from tests.clinic.builders import BERLIN, NOW, add_doctor, add_patient, berlin

CLINIC = ClinicDetails("Harbour Street Clinic", BERLIN, address="12 Harbour Street", email="desk@clinic.example")
TEN = berlin("2026-06-01", "10:00")


def an_appointment(**patient: str) -> Appointment:
    """An appointment that no database knows."""
    names = {"firstname": "Ana", "midname": "", "lastname": "Kovač", **patient}
    return Appointment(
        ticketid="T-7Q2M0XKE4B",
        docid="HSP-200",
        patientid=7,
        starts_at=TEN,
        ends_at=TEN + timedelta(minutes=30),
        priority_level=2,
        status=AppointmentStatus.BOOKED,
        sequence=0,
        created_at=NOW,
        updated_at=NOW,
        doctor=Doctor(firstname="Mira", midname="", lastname="Okafor", specialization="Cardiology"),
        patient=Patient(patientid=7, **names),
    )


def pdf_text(appointment: Appointment) -> str:
    (page,) = PdfReader(BytesIO(schedule_pdf(appointment, CLINIC))).pages
    return page.extract_text()


def entry(content: bytes) -> dict[str, str]:
    """The properties of the one event in a calendar file, as RFC 5545 writes their values."""
    calendar = Calendar.from_ical(content)
    assert isinstance(calendar, Calendar)
    (event,) = calendar.events
    return {name: value.to_ical().decode() for name, value in event.items()}


def test_the_page_says_who_when_and_with_whom() -> None:
    text = pdf_text(an_appointment())
    for part in (
        "Harbour Street Clinic",
        "T-7Q2M0XKE4B",
        "Ana Kovač",
        "Mira Okafor",
        "Cardiology",
        "Monday, 1 June 2026",
        "10:00 – 10:30",  # noqa: RUF001
        "Europe/Berlin, UTC+02:00",
        "Booked",
    ):
        assert part in text


@pytest.mark.parametrize(
    "name", ["Łukasz Żółć", "Ελένη Γεωργίου", "Ольга Їжакевич", "Nguyễn Đức", "Þórbjörg Ægisdóttir", "Jose\u0301"]
)
def test_the_page_writes_names_in_many_alphabets(name: str) -> None:
    composed = name.replace("e\u0301", "é")
    assert composed in pdf_text(an_appointment(lastname=name))


def test_letters_that_the_font_lacks_are_shown_as_unknown() -> None:
    assert "Chen \ufffd\ufffd" in pdf_text(an_appointment(lastname="Chen 王明"))


@pytest.mark.parametrize("name", ["<b>**bold**</b>", "(\\) Tj ET endstream", "--__x__--", "https://evil.example"])
def test_markup_in_a_name_is_only_text(name: str) -> None:
    content = schedule_pdf(an_appointment(lastname=name), CLINIC)
    (page,) = PdfReader(BytesIO(content)).pages
    assert name in page.extract_text()
    assert "/Annots" not in page


def test_the_longest_names_stay_on_one_page() -> None:
    longest = an_appointment(firstname="W" * 50, midname="W" * 50, lastname="W" * 50)
    longest.doctor = Doctor(firstname="W" * 50, midname="W" * 50, lastname="W" * 50, specialization="W" * 100)
    assert pdf_text(longest).replace("\n", "").count("W") == 400


def test_the_page_says_when_an_appointment_is_cancelled() -> None:
    appointment = an_appointment()
    assert "CANCELLED" not in pdf_text(appointment)
    appointment.status = AppointmentStatus.CANCELLED
    assert "CANCELLED" in pdf_text(appointment)
    assert "ten minutes early" not in pdf_text(appointment)


def test_the_same_appointment_gives_the_same_bytes() -> None:
    assert schedule_pdf(an_appointment(), CLINIC) == schedule_pdf(an_appointment(), CLINIC)
    assert schedule_ics(an_appointment(), CLINIC) == schedule_ics(an_appointment(), CLINIC)


def test_the_entry_has_the_time_in_utc_and_the_ticket() -> None:
    event = entry(schedule_ics(an_appointment(), CLINIC))
    assert (event["DTSTART"], event["DTEND"]) == ("20260601T080000Z", "20260601T083000Z")
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("T-7Q2M0XKE4B@dams", "0", "CONFIRMED")
    assert event["SUMMARY"] == r"Mira Okafor\, Cardiology"
    assert event["LOCATION"] == r"Harbour Street Clinic\, 12 Harbour Street"
    assert event["ORGANIZER"] == "mailto:desk@clinic.example"
    assert event["DESCRIPTION"] == r"Ticket T-7Q2M0XKE4B\, patient Ana Kovač"


def test_a_clinic_without_an_address_for_mail_organizes_nothing() -> None:
    event = entry(schedule_ics(an_appointment(), ClinicDetails("Clinic", BERLIN)))
    assert "ORGANIZER" not in event
    assert event["LOCATION"] == "Clinic"


def test_the_entry_grows_with_the_appointment_and_keeps_its_uid(session: Session) -> None:
    appointment = reserved(session)
    entries = [entry(schedule_ics(appointment, CLINIC))]
    appointments.reschedule(
        session, ticketid="T-1", starts_at=TEN + timedelta(minutes=30), now=NOW, zone=BERLIN, by="ana"
    )
    entries.append(entry(schedule_ics(appointment, CLINIC)))
    appointments.cancel(session, ticketid="T-1", now=NOW, by="ana")
    entries.append(entry(schedule_ics(appointment, CLINIC)))
    assert [each["SEQUENCE"] for each in entries] == ["0", "1", "2"]
    assert [each["STATUS"] for each in entries] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert entries[1]["DTSTART"] == "20260601T083000Z"
    assert len({each["UID"] for each in entries}) == 1


def test_a_name_cannot_add_lines_to_the_entry() -> None:
    hostile = "Kovač\r\nATTENDEE:mailto:evil@example.org\nEND:VEVENT"
    event = entry(schedule_ics(an_appointment(lastname=hostile), CLINIC))
    assert "ATTENDEE" not in event
    assert "evil@example.org" in event["DESCRIPTION"]


def reserved(session: Session) -> Appointment:
    add_doctor(session)
    return appointments.reserve(
        session,
        ticketid="T-1",
        docid="HSP-200",
        patientid=add_patient(session).patientid,
        starts_at=TEN,
        priority_level=3,
        now=NOW,
        zone=BERLIN,
    )


def test_stored_files_are_found(session: Session) -> None:
    reserved(session)
    documents.store_documents(session, ticketid="T-1", clinic=CLINIC)
    session.expire_all()
    pdf = documents.find_document(session, ticketid="T-1", kind=DocumentKind.PDF)
    ics = documents.find_document(session, ticketid="T-1", kind=DocumentKind.ICS)
    assert (pdf.file_name, pdf.media_type, pdf.content[:5]) == ("appointment-T-1.pdf", "application/pdf", b"%PDF-")
    assert (ics.file_name, ics.media_type) == ("appointment-T-1.ics", "text/calendar; charset=utf-8")
    assert entry(ics.content)["DTSTART"] == "20260601T080000Z"


def test_storing_again_leaves_one_file_of_each_kind(session: Session) -> None:
    reserved(session)
    first = [document.content for document in documents.store_documents(session, ticketid="T-1", clinic=CLINIC)]
    again = [document.content for document in documents.store_documents(session, ticketid="T-1", clinic=CLINIC)]
    assert first == again
    assert [document.kind for document in documents.list_documents(session, ticketid="T-1")] == ["ics", "pdf"]


def test_files_follow_the_appointment(session: Session) -> None:
    reserved(session)
    documents.store_documents(session, ticketid="T-1", clinic=CLINIC)
    appointments.cancel(session, ticketid="T-1", now=NOW, by="ana")
    documents.store_documents(session, ticketid="T-1", clinic=CLINIC)
    session.expire_all()
    ics = documents.find_document(session, ticketid="T-1", kind=DocumentKind.ICS)
    assert entry(ics.content)["STATUS"] == "CANCELLED"


@pytest.mark.parametrize("ticketid", ["T-0", "\x00"])
def test_files_that_are_not_there_are_not_found(session: Session, ticketid: str) -> None:
    with pytest.raises(NotFound, match="There is no pdf"):
        documents.find_document(session, ticketid=ticketid, kind=DocumentKind.PDF)
    with pytest.raises(NotFound):
        documents.store_documents(session, ticketid=ticketid, clinic=CLINIC)
