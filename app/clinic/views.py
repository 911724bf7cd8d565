"""Views: what open pages show, each read with one query from the agenda, which the clinic's own changes keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, insert, select, text
from sqlalchemy.orm import Session

from app.clinic.models import AgendaLine
from app.clinic.models.agenda import CLINIC, KEPT, LINES, NAMES, of_doctor, of_patient, tell
from app.clinic.models.appointments import EXPECTED

MOST = 200
"""How many lines a view shows."""


def my_appointments(session: Session, *, patientid: int, now: datetime, limit: int = 50) -> Sequence[AgendaLine]:
    """Return a patient's appointments that are expected and have not ended, the next one first."""
    return session.scalars(_upcoming(now).where(AgendaLine.patientid == patientid).limit(limit)).all()


def queue(session: Session, *, docid: str, now: datetime) -> Sequence[AgendaLine]:
    """Return who comes to a doctor, today and later, the next one first."""
    return session.scalars(_upcoming(now).where(AgendaLine.docid == docid).limit(MOST)).all()


def clinic_agenda(session: Session, *, now: datetime, until: datetime) -> Sequence[AgendaLine]:
    """Return whom the clinic expects before `until`, the next one first."""
    return session.scalars(_upcoming(now).where(AgendaLine.starts_at < until).limit(MOST)).all()


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many lines the agenda has now, and how many were missing, wrong, or too many before."""

    lines: int
    mended: int


def rebuild(session: Session) -> Rebuilt:
    """Make the agenda anew, and tell all views of it; nobody changes an appointment meanwhile."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE appointment, document IN SHARE ROW EXCLUSIVE MODE"))
    before = set(session.execute(KEPT))
    connection = session.connection()
    connection.execute(delete(AgendaLine))
    connection.execute(insert(AgendaLine).from_select(NAMES, LINES))
    session.expire_all()
    after = set(session.execute(KEPT))
    shown = {(docid, patientid) for _, docid, patientid, *_ in before ^ after}
    tell(
        connection,
        {CLINIC} | {topic for docid, patientid in shown for topic in (of_doctor(docid), of_patient(patientid))},
    )
    return Rebuilt(len(after), len({ticketid for ticketid, *_ in before ^ after}))


def _upcoming(now: datetime) -> Select[AgendaLine]:
    expected = AgendaLine.status.in_(EXPECTED)
    return select(AgendaLine).where(expected, AgendaLine.ends_at > now).order_by(AgendaLine.starts_at)
