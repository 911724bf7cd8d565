"""The waiting list: who joins it is offered slots that become free, the longest waiting first.

An offer holds its slot, by the same rows as an appointment, until it is answered or expires: meanwhile nobody else
can book it. A slot that is declined, or not answered for, goes to the next in line.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinic import appointments, audit, holding, people, validation
from app.clinic.appointments import PRIORITY_LEVELS, SERVICE
from app.clinic.errors import InvalidInput, NotAllowed, NotFound, SlotNotOffered, SlotTaken, TooLate
from app.clinic.models import (
    Appointment,
    Login,
    OfferStatus,
    Role,
    SlotHold,
    SlotOffer,
    WaitingEntry,
    WaitingStatus,
)
from app.clinic.slots import Slot, offered_slot

_ORDINARY = 3


def join(
    session: Session,
    *,
    patientid: int,
    until: datetime,
    now: datetime,
    by: str,
    docid: str | None = None,
    specialization: str | None = None,
    priority_level: int = _ORDINARY,
) -> WaitingEntry:
    """Let a patient wait for slots that start by `until`, of one doctor or of any with a specialization.

    Who waits for the same already keeps the place in line, with the new `until` and priority. Raise `NotFound` for an
    unknown patient, `InvalidInput` for a doctor or specialization that nobody can be booked with, a time that is past,
    a priority that there is not, or both or none of `docid` and `specialization`.
    """
    _check_wish(session, docid, specialization)
    if validation.instant("until", until) <= now:
        raise InvalidInput("until", "This time is past. Choose a later one.")
    if priority_level not in PRIORITY_LEVELS:
        raise InvalidInput("priority_level", "A priority is a number from 1, the most urgent, to 5.")
    entry = WaitingEntry(
        patientid=people.find_patient(session, patientid=patientid).patientid,
        docid=docid,
        specialization=specialization,
        priority_level=priority_level,
        until=until,
        status=WaitingStatus.WAITING,
        joined_at=now,
        updated_at=now,
    )
    try:
        with session.begin_nested():
            session.add(entry)
    except IntegrityError:
        return _join_again(session, entry)
    _record(session, by, "waiting list joined", entry.id, now)
    return entry


def leave(session: Session, *, entry_id: str, now: datetime, by: str) -> WaitingEntry:
    """Let somebody not wait any more, and decline their offer; raise `NotFound`, or `NotAllowed` if they are served."""
    entry = _locked_entry(session, entry_id)
    if entry.status is WaitingStatus.LEFT:
        return entry
    if entry.status is WaitingStatus.SERVED:
        raise NotAllowed("You have an appointment from the waiting list already. Cancel that if you can't come.")
    for offer in open_offers(session, entry_ids=[entry_id]):
        _close(session, offer.id, OfferStatus.DECLINED, now=now, by=by)
    entry.status, entry.updated_at = WaitingStatus.LEFT, now
    _record(session, by, "waiting list left", entry_id, now)
    return entry


def next_in_line(session: Session, *, slot: Slot, now: datetime, limit: int = 20) -> list[WaitingEntry]:
    """Return those to whom a slot can be offered, the longest waiting first.

    Left out is who has an open offer, was offered this slot already, or has something else at its time.
    """
    return list(session.scalars(_line(session, slot, now).limit(limit)))


def offer_next(
    session: Session,
    *,
    docid: str,
    starts_at: datetime,
    now: datetime,
    zone: ZoneInfo,
    lifetime: timedelta,
    by: str = SERVICE,
) -> SlotOffer | None:
    """Offer the slot that starts then to the next in line, and hold it for them; None if nobody is.

    An offer stands for `lifetime`, and never longer than until the slot begins. None too for a slot that somebody has,
    or that is not offered any more, because it is past or the doctor is away.
    """
    try:
        slot = offered_slot(session, docid=docid, starts_at=starts_at, now=now, zone=zone)
    except SlotNotOffered:
        return None
    for entry in next_in_line(session, slot=slot, now=now):
        offer = SlotOffer(
            entry=_locked_entry(session, entry.id),
            docid=docid,
            doctor=people.find_doctor(session, docid=docid),
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            status=OfferStatus.OPEN,
            offered_at=now,
            expires_at=min(now + lifetime, slot.starts_at),
            updated_at=now,
        )
        if _stands(session, offer, slot):
            _record(session, by, "slot offered", offer.id, now)
            return offer
        if not holding.is_free(session, slot):
            return None
    return None


def accept(session: Session, *, offer_id: str, ticketid: str, now: datetime, zone: ZoneInfo, by: str) -> Appointment:
    """Book an offered slot for the one it is held for, and return the appointment, also when asked again.

    Raise `NotFound`, `TooLate` once it has expired, `NotAllowed` if it was declined, `SlotNotOffered` if the doctor
    can't be booked then any more. The offer is as it was then; `decline` gives its slot back.
    """
    offer = _locked_offer(session, offer_id)
    if offer.status is OfferStatus.ACCEPTED:
        return appointments.find_by_ticket(session, ticketid=offer.ticketid or "")
    if offer.status is OfferStatus.EXPIRED or now >= offer.expires_at:
        local = offer.expires_at.astimezone(zone)
        raise TooLate(f"This offer stood until {local:%A %-d %B %Y, %H:%M %Z}.", offer.expires_at)
    if offer.status is OfferStatus.DECLINED:
        raise NotAllowed("This offer was declined.")
    with session.begin_nested():
        holding.release(session, offer_id=offer_id)
        appointment = appointments.reserve(
            session,
            ticketid=ticketid,
            docid=offer.docid,
            patientid=offer.entry.patientid,
            starts_at=offer.starts_at,
            priority_level=offer.entry.priority_level,
            now=now,
            zone=zone,
            by=by,
        )
        offer.status, offer.ticketid, offer.updated_at = OfferStatus.ACCEPTED, ticketid, now
        offer.entry.status, offer.entry.updated_at = WaitingStatus.SERVED, now
    _record(session, by, "offer accepted", offer_id, now)
    return appointment


def decline(session: Session, *, offer_id: str, now: datetime, by: str) -> SlotOffer:
    """Give an offered slot back; the patient goes on waiting. An offer that is answered or over stays as it is."""
    _locked_offer(session, offer_id)
    return _close(session, offer_id, OfferStatus.DECLINED, now=now, by=by)


def expire(session: Session, *, offer_id: str, now: datetime, by: str = SERVICE) -> SlotOffer:
    """Take an offer back that nobody answered; the patient goes on waiting. One that is answered stays as it is."""
    _locked_offer(session, offer_id)
    return _close(session, offer_id, OfferStatus.EXPIRED, now=now, by=by)


def find_entry(session: Session, *, entry_id: str, login: Login) -> WaitingEntry:
    """Return a place in line that this login may see: the patient's own, or any for staff; else raise `NotFound`."""
    entry = session.get(WaitingEntry, entry_id) if entry_id.isprintable() else None
    if entry is None or (login.role is Role.PATIENT and entry.patient.login_id != login.id):
        raise NotFound("place on the waiting list", entry_id)
    return entry


def find_offer(session: Session, *, offer_id: str, login: Login) -> SlotOffer:
    """Return an offer that this login may see: the patient's own, or any for staff; else raise `NotFound`."""
    offer = session.get(SlotOffer, offer_id) if offer_id.isprintable() else None
    if offer is None or (login.role is Role.PATIENT and offer.entry.patient.login_id != login.id):
        raise NotFound("offer", offer_id)
    return offer


def waiting(session: Session, *, now: datetime, patientid: int | None = None, limit: int = 200) -> list[WaitingEntry]:
    """Return who waits, or one patient's places, the longest waiting first."""
    query = select(WaitingEntry).where(WaitingEntry.status == WaitingStatus.WAITING, WaitingEntry.until > now)
    if patientid is not None:
        query = query.where(WaitingEntry.patientid == patientid)
    return list(session.scalars(query.order_by(WaitingEntry.joined_at, WaitingEntry.id).limit(limit)))


def open_offers(session: Session, *, entry_ids: list[str]) -> list[SlotOffer]:
    """Return the offers that wait for an answer, of these places in line."""
    mine = SlotOffer.entry_id.in_(entry_ids), SlotOffer.status == OfferStatus.OPEN
    return list(session.scalars(select(SlotOffer).where(*mine).order_by(SlotOffer.expires_at)))


def _check_wish(session: Session, docid: str | None, specialization: str | None) -> None:
    if (docid is None) == (specialization is None):
        raise InvalidInput("docid", "Choose a doctor, or a specialization, and not both.")
    if docid is not None and docid not in {doctor.docid for doctor in people.list_doctors(session)}:
        raise InvalidInput("docid", "Choose one of the doctors.")
    if specialization is not None and specialization not in people.list_specializations(session):
        raise InvalidInput("specialization", "Choose one of the specializations.")


def _join_again(session: Session, wanted: WaitingEntry) -> WaitingEntry:
    same = WaitingEntry.patientid == wanted.patientid, WaitingEntry.status == WaitingStatus.WAITING
    wish = (
        WaitingEntry.docid.is_not_distinct_from(wanted.docid),
        WaitingEntry.specialization.is_not_distinct_from(wanted.specialization),
    )
    entry = session.scalars(select(WaitingEntry).where(*same, *wish)).one()
    entry.until, entry.priority_level, entry.updated_at = wanted.until, wanted.priority_level, wanted.updated_at
    session.flush()
    return entry


def _line(session: Session, slot: Slot, now: datetime) -> Select[WaitingEntry]:
    specialization = people.find_doctor(session, docid=slot.docid).specialization
    same_slot = (SlotOffer.docid == slot.docid) & (SlotOffer.starts_at == slot.starts_at)
    passed_over = select(SlotOffer.id).where(
        SlotOffer.entry_id == WaitingEntry.id, or_(SlotOffer.status == OfferStatus.OPEN, same_slot)
    )
    held = holding.ticks_of(slot)
    busy = select(SlotHold.tick).where(
        SlotHold.patientid == WaitingEntry.patientid, SlotHold.tick >= held.start, SlotHold.tick < held.stop
    )
    return (
        select(WaitingEntry)
        .where(
            WaitingEntry.status == WaitingStatus.WAITING,
            WaitingEntry.until > now,
            WaitingEntry.until >= slot.starts_at,
            or_(WaitingEntry.docid == slot.docid, WaitingEntry.specialization == specialization),
            ~passed_over.exists(),
            ~busy.exists(),
        )
        .order_by(WaitingEntry.joined_at, WaitingEntry.id)
    )


def _stands(session: Session, offer: SlotOffer, slot: Slot) -> bool:
    """Write an offer with what it holds; say whether nothing came in between."""
    if offer.entry.status is not WaitingStatus.WAITING:
        return False
    try:
        with session.begin_nested():
            session.add(offer)
            session.flush()
            holding.hold(session, slot, patientid=offer.entry.patientid, offer_id=offer.id)
    except (SlotTaken, IntegrityError):
        return False
    return True


def _locked_entry(session: Session, entry_id: str) -> WaitingEntry:
    """Return a place in line as it stands now, and let nobody else change it or its offers; raise `NotFound`."""
    query = select(WaitingEntry).where(WaitingEntry.id == entry_id).with_for_update(of=WaitingEntry)
    entry = session.scalar(query.execution_options(populate_existing=True)) if entry_id.isprintable() else None
    if entry is None:
        raise NotFound("place on the waiting list", entry_id)
    return entry


def _locked_offer(session: Session, offer_id: str) -> SlotOffer:
    """Return an offer as it stands now, and let nobody else change it; raise `NotFound`."""
    query = select(SlotOffer.entry_id).where(SlotOffer.id == offer_id)
    entry_id = session.scalar(query) if offer_id.isprintable() else None
    if entry_id is None:
        raise NotFound("offer", offer_id)
    _locked_entry(session, entry_id)
    fresh = select(SlotOffer).where(SlotOffer.id == offer_id).execution_options(populate_existing=True)
    return session.scalars(fresh).one()


def _close(session: Session, offer_id: str, status: OfferStatus, *, now: datetime, by: str) -> SlotOffer:
    offer = session.get_one(SlotOffer, offer_id)
    if offer.status is OfferStatus.OPEN:
        offer.status, offer.updated_at = status, now
        holding.release(session, offer_id=offer_id)
        _record(session, by, f"offer {status}", offer_id, now)
    return offer


def _record(session: Session, by: str, action: str, subject: str, now: datetime) -> None:
    audit.record(session, who=by, action=action, subject=subject, now=now)
