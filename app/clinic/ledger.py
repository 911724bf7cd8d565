"""Adding to the ledger: once for each key, and one after another for each patient."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinic import appointments, validation
from app.clinic.errors import KeyUsed
from app.clinic.models import Patient, Posting, PostingKind


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the bill of a ticket: who did it, when, and the key by which it is recorded once."""

    ticketid: str
    key: str
    now: datetime
    by: str
    instance_id: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """The ledger, open at an event: nobody else adds to the account of its patient until the transaction ends.

    `earlier` is the posting that the event has already.
    """

    session: Session
    event: Event
    patientid: int
    earlier: Posting | None

    def post(self, kind: PostingKind, description: str, **lines: Decimal) -> Posting:
        """Record the event, with its line in each account that it touches; raise `KeyUsed` for another's key."""
        event = self.event
        posting = Posting(
            key=event.key,
            kind=kind,
            ticketid=event.ticketid,
            patientid=self.patientid,
            instance_id=event.instance_id,
            who=event.by,
            description=validation.text("description", description, longest=200),
            created_at=validation.instant("now", event.now),
            **lines,
        )
        try:
            with self.session.begin_nested():
                self.session.add(posting)
        except IntegrityError:  # another patient's event of this very moment can have the key
            if find_posting(self.session, key=event.key) is not None:
                raise _used(event.key) from None
            raise
        return posting


def open_page(session: Session, event: Event, kinds: Collection[PostingKind], *, amount: Decimal | None = None) -> Page:
    """Open the ledger for an event, whose posting is of one of `kinds`, and over `amount` if that is known.

    Raise `NotFound` for an unknown ticket, `KeyUsed` if the key has a posting with other content.
    """
    validation.text("key", event.key, longest=200)
    appointment = appointments.find_by_ticket(session, ticketid=event.ticketid)
    lock(session, patientid=appointment.patientid)
    earlier = find_posting(session, key=event.key)
    if earlier is not None:
        same = earlier.ticketid == event.ticketid and earlier.kind in kinds
        if not same or amount not in {None, earlier.amount}:
            raise _used(event.key)
    return Page(session, event, appointment.patientid, earlier)


def find_posting(session: Session, *, key: str) -> Posting | None:
    """Return the posting that was recorded for a key, if there is one."""
    return session.scalar(select(Posting).where(Posting.key == key))


def lock(session: Session, *, patientid: int) -> None:
    """Wait for whoever adds to the patient's account, and keep others from it until the transaction ends.

    SQLite has but one writer anyway.
    """
    session.execute(select(Patient.patientid).where(Patient.patientid == patientid).with_for_update(key_share=True))


def _used(key: str) -> KeyUsed:
    return KeyUsed(f"The key {key} belongs to a posting with other content.")
