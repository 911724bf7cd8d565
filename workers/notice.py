"""The jobs that tell people something. Each tells it once."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.clinic import absences, telling
from workers.clinic import Clinic
from workers.registry import Job, job


@job("notify_doctor")
def notify_doctor(job: Job, session: Session, clinic: Clinic, ticketid: str) -> None:
    """Tell the doctor of the new appointment, and the patient too."""
    telling.tell_booked(session, ticketid=ticketid, clinic=clinic.details, key=job.key, now=clinic.now())


@job("send_reminder")
def send_reminder(job: Job, session: Session, clinic: Clinic, ticketid: str) -> None:
    """Remind the patient of the appointment."""
    telling.tell_reminder(session, ticketid=ticketid, clinic=clinic.details, key=job.key, now=clinic.now())


@job("tell_cancelled")
def tell_cancelled(
    *, job: Job, session: Session, clinic: Clinic, ticketid: str, unpaid: bool = False, reason: str = ""
) -> None:
    """Tell patient and doctor that the appointment is cancelled, or that it was released because it was `unpaid`."""
    details, now = clinic.details, clinic.now()
    if unpaid:
        telling.tell_released(session, ticketid=ticketid, released_at=now, clinic=details, key=job.key, now=now)
    else:
        telling.tell_cancelled(session, ticketid=ticketid, clinic=details, key=job.key, now=now, reason=reason)


@job("tell_rescheduled")
def tell_rescheduled(
    *, job: Job, session: Session, clinic: Clinic, ticketid: str, freed_docid: str, freed_starts_at: datetime
) -> None:
    """Tell patient and doctor when the appointment is now, and the doctor who has it no more."""
    telling.tell_rescheduled(
        session,
        ticketid=ticketid,
        left_docid=freed_docid,
        left_starts_at=freed_starts_at,
        clinic=clinic.details,
        key=job.key,
        now=clinic.now(),
    )


@job("offer_other_times")
def offer_other_times(job: Job, session: Session, clinic: Clinic, ticketid: str) -> None:
    """Tell the patient that the doctor can't come, and what is free instead."""
    proposals = absences.propose_slots(session, ticketid=ticketid, now=clinic.now(), zone=clinic.details.zone)
    telling.tell_absence(
        session, ticketid=ticketid, proposals=proposals, clinic=clinic.details, key=job.key, now=clinic.now()
    )
