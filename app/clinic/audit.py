"""What was done, by whom, for those who must answer for it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clinic.models import AuditEntry


def record(
    session: Session,
    *,
    who: str,
    action: str,
    subject: str,
    now: datetime,
    details: Mapping[str, str | int | bool | None] | None = None,
) -> AuditEntry:
    """Add an entry to the audit, in the transaction of what it tells of.

    `who` is a login's id or the name of a part of the service, `subject` what was acted on, such as a ticket number.
    """
    entry = AuditEntry(at=now, who=who, action=action, subject=subject, details=dict(details or {}))
    session.add(entry)
    session.flush()
    return entry


def list_entries(session: Session, *, subject: str | None = None, limit: int = 100) -> list[AuditEntry]:
    """Return the newest entries, or those about one subject, newest first."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if subject is not None:
        query = query.where(AuditEntry.subject == subject)
    return list(session.scalars(query))
