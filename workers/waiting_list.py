"""The jobs of the waiting list: a slot that is free again is offered to the next in line, and what they answer."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.clinic import people, telling, tickets, waiting_list
from app.clinic.appointments import SERVICE
from workers.clinic import Clinic
from workers.refusals import told
from workers.registry import Job, job


@job("offer_slot")
def offer_slot(job: Job, session: Session, clinic: Clinic, docid: str, starts_at: datetime) -> dict[str, Any]:
    """Offer the slot to the next in line, hold it for them and tell them; `offer_id` is null if nobody waits."""
    offer = waiting_list.offer_next(
        session,
        docid=docid,
        starts_at=starts_at,
        now=clinic.now(),
        zone=clinic.details.zone,
        lifetime=clinic.rules.offer_lifetime,
    )
    if offer is None:
        return {"offer_id": None, "offer_until": None}
    telling.tell_offer(session, offer=offer, clinic=clinic.details, key=job.key, now=clinic.now())
    return {"offer_id": offer.id, "offer_until": offer.expires_at}


@job("accept_offer")
def accept_offer(session: Session, clinic: Clinic, offer_id: str, by: str) -> dict[str, Any]:
    """Book the offered slot for the one who accepts it; what the clinic does not allow is the error REFUSED."""
    waiting_list.find_offer(session, offer_id=offer_id, login=people.find_login(session, login_id=by))
    with told():
        appointment = waiting_list.accept(
            session,
            offer_id=offer_id,
            ticketid=tickets.new_ticket(),
            now=clinic.now(),
            zone=clinic.details.zone,
            by=by,
        )
    return {
        "ticketid": appointment.ticketid,
        "patientid": appointment.patientid,
        "specialization": appointment.doctor.specialization,
    }


@job("decline_offer")
def decline_offer(session: Session, clinic: Clinic, offer_id: str, by: str = SERVICE) -> None:
    """Give the offered slot back."""
    waiting_list.decline(session, offer_id=offer_id, now=clinic.now(), by=by)


@job("expire_offer")
def expire_offer(session: Session, clinic: Clinic, offer_id: str) -> None:
    """Take the offer back that nobody answered."""
    waiting_list.expire(session, offer_id=offer_id, now=clinic.now())
