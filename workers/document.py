"""The jobs that make documents."""

from sqlalchemy.orm import Session

from app.clinic import documents
from workers.clinic import Clinic
from workers.registry import job


@job("schedule_documents")
def schedule_documents(session: Session, clinic: Clinic, ticketid: str) -> None:
    """Make the schedule document (PDF) and the calendar file (ICS) of an appointment, in place of older ones."""
    documents.store_documents(session, ticketid=ticketid, clinic=clinic.details)
