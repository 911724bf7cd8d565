"""The absence of a doctor."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.clinic import absences, availability
from workers.clinic import Clinic
from workers.refusals import told
from workers.registry import job


@job("record_absence")
def record_absence(
    *, session: Session, clinic: Clinic, docid: str, first_day: date, last_day: date, by: str, reason: str = ""
) -> dict[str, Any]:
    """Let the doctor not be booked on these days, and return the tickets of the appointments that this concerns."""
    starts_at, ends_at = availability.whole_days(first_day, last_day, clinic.details.zone)
    with told():
        affected = absences.record_absence(
            session, docid=docid, starts_at=starts_at, ends_at=ends_at, now=clinic.now(), by=by, reason=reason
        )
    return {"tickets": [appointment.ticketid for appointment in affected]}
