"""The files of an appointment: made, stored, and found again for downloading.

What draws PDF files is imported when the first is made: its fonts take longer to load than the rest of the clinic.
"""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinic import appointments
from app.clinic.details import ClinicDetails
from app.clinic.errors import NotFound
from app.clinic.models import Appointment, Document, DocumentKind
from app.clinic.schedule_ics import schedule_ics


def store_documents(session: Session, *, ticketid: str, clinic: ClinicDetails) -> list[Document]:
    """Make the PDF and the calendar file of an appointment as it stands, and store them in place of older ones.

    Doing it again for an unchanged appointment changes nothing. Raise `NotFound` for an unknown ticket.
    """
    appointment = appointments.find_by_ticket(session, ticketid=ticketid)
    return [_store(session, document) for document in _made(appointment, clinic)]


def find_document(session: Session, *, ticketid: str, kind: DocumentKind) -> Document:
    """Return a stored file; raise `NotFound`. Who may have it, `appointments.find_for_login` says."""
    document = session.get(Document, (ticketid, kind)) if ticketid.isprintable() else None
    if document is None:
        raise NotFound(f"{kind} of appointment", ticketid)
    return document


def list_documents(session: Session, *, ticketid: str) -> list[Document]:
    """Return the files of an appointment, which may be none."""
    query = select(Document).where(Document.ticketid == ticketid)
    return list(session.scalars(query.order_by(Document.kind)))


def documented(session: Session, *, ticketids: Collection[str]) -> frozenset[str]:
    """Return those of the tickets whose appointments have files."""
    return frozenset(session.scalars(select(Document.ticketid).where(Document.ticketid.in_(ticketids))))


def _made(appointment: Appointment, clinic: ClinicDetails) -> tuple[Document, ...]:
    from app.clinic.schedule_pdf import schedule_pdf

    return (
        Document(
            ticketid=appointment.ticketid,
            kind=DocumentKind.PDF,
            file_name=f"appointment-{appointment.ticketid}.pdf",
            media_type="application/pdf",
            content=schedule_pdf(appointment, clinic),
            updated_at=appointment.updated_at,
        ),
        Document(
            ticketid=appointment.ticketid,
            kind=DocumentKind.ICS,
            file_name=f"appointment-{appointment.ticketid}.ics",
            media_type="text/calendar; charset=utf-8",
            content=schedule_ics(appointment, clinic),
            updated_at=appointment.updated_at,
        ),
    )


def _store(session: Session, document: Document) -> Document:
    key = (document.ticketid, document.kind)
    existing = session.get(Document, key)
    if existing is None:
        try:
            with session.begin_nested():
                session.add(document)
        except IntegrityError:
            existing = session.get(Document, key)
            if existing is None:
                raise
        else:
            return document
    existing.content, existing.updated_at = document.content, document.updated_at
    session.flush()
    return existing
