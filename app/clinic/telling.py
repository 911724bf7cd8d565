"""Telling those whom something concerns: who gets which text, and what their calendars get.

Each function tells once for each `key` (a job's key, so that a repeated job tells nobody twice), and writes the
notices and their mails in the caller's transaction. Times are in the clinic's zone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from app.clinic import appointments, notices, people
from app.clinic.absences import Proposals
from app.clinic.details import ClinicDetails
from app.clinic.models import Appointment, Doctor, Patient, SlotOffer
from app.clinic.schedule_ics import Invitation, invitation
from app.clinic.slots import Slot
from app.clinic.wording import WORDINGS, Audience, Event


def tell_booked(session: Session, *, ticketid: str, clinic: ClinicDetails, key: str, now: datetime) -> None:
    """Tell patient and doctor of a new appointment, with its entry for their calendars; raise `NotFound`."""
    _tell_both(_of_ticket(session, ticketid, clinic, key, now), Event.BOOKED)


def tell_rescheduled(
    session: Session,
    *,
    ticketid: str,
    left_docid: str,
    left_starts_at: datetime,
    clinic: ClinicDetails,
    key: str,
    now: datetime,
) -> None:
    """Tell patient and doctor where an appointment is now, and a doctor who has lost it; raise `NotFound`."""
    teller = _of_ticket(session, ticketid, clinic, key, now)
    teller.words["before"] = when(left_starts_at, clinic)
    _tell_both(teller, Event.RESCHEDULED)
    if left_docid != teller.appointment.docid:
        former = people.find_doctor(session, docid=left_docid)
        teller.tell(Event.RESCHEDULED, Audience.FORMER_DOCTOR, former, with_entry=True)


def tell_cancelled(
    session: Session, *, ticketid: str, clinic: ClinicDetails, key: str, now: datetime, reason: str = ""
) -> None:
    """Tell patient and doctor that an appointment is cancelled, and take it out of their calendars."""
    teller = _of_ticket(session, ticketid, clinic, key, now)
    teller.words["reason"] = f"Reason: {reason}" if reason else ""
    _tell_both(teller, Event.CANCELLED)


def tell_reminder(session: Session, *, ticketid: str, clinic: ClinicDetails, key: str, now: datetime) -> None:
    """Remind a patient of an appointment; its entry comes again, for who missed the first."""
    teller = _of_ticket(session, ticketid, clinic, key, now)
    teller.tell(Event.REMINDER, Audience.PATIENT, teller.appointment.patient, with_entry=True)


def tell_absence(
    session: Session, *, ticketid: str, proposals: Proposals, clinic: ClinicDetails, key: str, now: datetime
) -> None:
    """Tell a patient that the doctor can't come, and what they can have instead."""
    teller = _of_ticket(session, ticketid, clinic, key, now)
    teller.words["proposals"] = _proposed(session, proposals, clinic)
    teller.tell(Event.ABSENCE, Audience.PATIENT, teller.appointment.patient)


def tell_offer(session: Session, *, offer: SlotOffer, clinic: ClinicDetails, key: str, now: datetime) -> None:
    """Tell somebody on the waiting list of the slot that is held for them."""
    words = {
        "doctor": f"Dr {offer.doctor.full_name}",
        "specialization": offer.doctor.specialization,
        "when": when(offer.starts_at, clinic),
        "until": when(offer.expires_at, clinic),
    }
    _notify(session, Event.OFFER, Audience.PATIENT, offer.entry.patient, words, key=key, now=now)


def tell_payment_due(
    session: Session,
    *,
    ticketid: str,
    amount: Decimal,
    until: datetime,
    clinic: ClinicDetails,
    key: str,
    now: datetime,
) -> None:
    """Remind a patient of what is open for an appointment, and until when it can be paid."""
    teller = _of_ticket(session, ticketid, clinic, key, now)
    teller.words.update(amount=clinic.money(amount), until=when(until, clinic))
    teller.tell(Event.PAYMENT_DUE, Audience.PATIENT, teller.appointment.patient)


def tell_released(
    session: Session, *, ticketid: str, released_at: datetime, clinic: ClinicDetails, key: str, now: datetime
) -> None:
    """Tell patient and doctor that an appointment was given up because it was not paid, and when."""
    teller = _of_ticket(session, ticketid, clinic, key, now)
    teller.words["released"] = day(released_at, clinic)
    _tell_both(teller, Event.RELEASED)


def when(instant: datetime, clinic: ClinicDetails) -> str:
    """Return a day and time on the clinic's clock, such as ``Monday 1 June 2026 at 10:00``.

    Where the clock shows that time twice, the name of its offset stands behind it.
    """
    local = instant.astimezone(clinic.zone)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{day(instant, clinic)} at {local:%H:%M}" + (f" ({local:%Z})" if twice else "")


def day(instant: datetime, clinic: ClinicDetails) -> str:
    """Return a day in the clinic's zone, such as ``Monday 1 June 2026``."""
    return f"{instant.astimezone(clinic.zone):%A %-d %B %Y}"


@dataclass(frozen=True, slots=True)
class _Teller:
    session: Session
    appointment: Appointment
    clinic: ClinicDetails
    words: dict[str, str]
    key: str
    now: datetime

    def tell(self, event: Event, audience: Audience, person: Doctor | Patient, *, with_entry: bool = False) -> None:
        _notify(
            self.session,
            event,
            audience,
            person,
            self.words,
            key=self.key,
            now=self.now,
            ticketid=self.appointment.ticketid,
            invitation=invitation(self.appointment, self.clinic, person) if with_entry else None,
        )


def _of_ticket(session: Session, ticketid: str, clinic: ClinicDetails, key: str, now: datetime) -> _Teller:
    appointment = appointments.find_by_ticket(session, ticketid=ticketid)
    words = {
        "patient": appointment.patient.full_name,
        "doctor": f"Dr {appointment.doctor.full_name}",
        "specialization": appointment.doctor.specialization,
        "when": when(appointment.starts_at, clinic),
        "ticket": ticketid,
    }
    return _Teller(session, appointment, clinic, words, key, now)


def _tell_both(teller: _Teller, event: Event) -> None:
    teller.tell(event, Audience.PATIENT, teller.appointment.patient, with_entry=True)
    teller.tell(event, Audience.DOCTOR, teller.appointment.doctor, with_entry=True)


def _notify(
    session: Session,
    event: Event,
    audience: Audience,
    person: Doctor | Patient,
    words: dict[str, str],
    *,
    key: str,
    now: datetime,
    ticketid: str | None = None,
    invitation: Invitation | None = None,
) -> None:
    wording = WORDINGS[event, audience]
    notices.notify(
        session,
        login_id=person.login_id,
        subject=wording.subject.format(**words),
        body=wording.body.format(**words),
        key=f"{key} {event} {audience}",
        now=now,
        ticketid=ticketid,
        invitation=invitation,
    )


def _proposed(session: Session, proposals: Proposals, clinic: ClinicDetails) -> str:
    lines = [
        *_listed("Free with the same doctor", proposals.same_doctor, session, clinic),
        *_listed("Free with another doctor", proposals.same_specialization, session, clinic),
    ]
    return "\n".join(lines) or "There are no free times in the coming weeks. Please ask us what can be done."


def _listed(heading: str, slots: Iterable[Slot], session: Session, clinic: ClinicDetails) -> Iterator[str]:
    for slot in slots:
        doctor = people.find_doctor(session, docid=slot.docid)
        yield f"{heading}: {when(slot.starts_at, clinic)}, Dr {doctor.full_name}"
