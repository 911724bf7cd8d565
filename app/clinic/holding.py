"""The time that appointments and offers hold: taken, moved and given back, tick by tick.

Constraints of the database decide who gets a tick; here their refusal becomes a sentence.
"""

from sqlalchemy import ColumnElement, delete, insert, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinic.errors import SlotTaken
from app.clinic.models import SlotHold
from app.clinic.models.appointments import ticks
from app.clinic.slots import Slot


def hold(
    session: Session, slot: Slot, *, patientid: int, ticketid: str | None = None, offer_id: str | None = None
) -> None:
    """Hold a slot for an appointment (its ticket) or an offer; raise `SlotTaken`, with nothing held then."""
    row = {"docid": slot.docid, "patientid": patientid, "ticketid": ticketid, "offer_id": offer_id}
    try:
        with session.begin_nested():
            session.execute(insert(SlotHold), [{**row, "tick": tick} for tick in ticks_of(slot)])
    except IntegrityError:
        _explain(session, slot, patientid, None)
        raise


def move(session: Session, *, ticketid: str, patientid: int, left: Slot, taken: Slot) -> None:
    """Hold one slot for an appointment instead of another that it holds; raise `SlotTaken`, with nothing moved then.

    What the two have in common is never let go.
    """
    old, new = frozenset(ticks_of(left)), frozenset(ticks_of(taken))
    mine = SlotHold.ticketid == ticketid
    row = {"docid": taken.docid, "patientid": patientid, "ticketid": ticketid}
    try:
        with session.begin_nested():
            session.execute(update(SlotHold).where(mine, SlotHold.tick.in_(old & new)).values(docid=taken.docid))
            if new - old:
                session.execute(insert(SlotHold), [{**row, "tick": tick} for tick in sorted(new - old)])
            session.execute(delete(SlotHold).where(mine, SlotHold.tick.in_(old - new)))
    except IntegrityError:
        _explain(session, taken, patientid, ticketid)
        raise


def release(session: Session, *, ticketid: str | None = None, offer_id: str | None = None) -> None:
    """Give back what an appointment or an offer holds."""
    holder = SlotHold.ticketid == ticketid if ticketid is not None else SlotHold.offer_id == offer_id
    session.execute(delete(SlotHold).where(holder))


def ticks_of(slot: Slot) -> range:
    """Return the ticks of a slot."""
    return ticks(slot.starts_at, slot.ends_at)


def is_free(session: Session, slot: Slot) -> bool:
    """Say whether nobody holds a part of a doctor's slot."""
    return _holder(session, SlotHold.docid == slot.docid, slot) is None


def patients_ticks(session: Session, *, patientid: int, except_ticketid: str) -> frozenset[int]:
    """Return the ticks that a patient has something in, other than the appointment of a ticket."""
    others = SlotHold.ticketid.is_distinct_from(except_ticketid)
    return frozenset(session.scalars(select(SlotHold.tick).where(SlotHold.patientid == patientid, others)))


def _explain(session: Session, slot: Slot, patientid: int, ticketid: str | None) -> None:
    """Raise `SlotTaken` if somebody, other than this ticket, holds a part of the slot."""
    others = SlotHold.ticketid.is_distinct_from(ticketid) if ticketid is not None else true()
    if _holder(session, (SlotHold.docid == slot.docid) & others, slot) is not None:
        raise SlotTaken("Somebody else has just taken this time. Choose another.")
    if _holder(session, (SlotHold.patientid == patientid) & others, slot) is not None:
        raise SlotTaken("The patient has another appointment at this time. Choose another.")


def _holder(session: Session, whose: ColumnElement[bool], slot: Slot) -> int | None:
    held = ticks_of(slot)
    during = SlotHold.tick >= held.start, SlotHold.tick < held.stop
    return session.scalar(select(SlotHold.tick).where(whose, *during).limit(1))
