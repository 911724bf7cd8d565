"""The waiting list: a patient's places in line, and the times that are offered. Staff see who waits."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.clinic import availability, people
from app.clinic import waiting_list as clinic
from app.clinic.errors import InvalidInput
from app.clinic.models import OfferStatus, Role, SlotOffer, WaitingEntry
from app.web import entries
from app.web.access import only
from app.web.asking import MEANWHILE
from app.web.entries import Entries, field
from app.web.errors import error_page
from app.web.identity import the_user
from app.web.services import config, services
from app.web.waiting import until
from workflows.diagrams.forms import FieldType, Form, FormView
from workflows.expressions.expression import Literal

waiting_list = Blueprint("waiting_list", __name__, url_prefix="/waiting-list")

_ANY = "any:"
"""Stands before the name of a specialization, whose doctors are all welcome."""


@waiting_list.get("")
@only(Role.PATIENT, Role.ADMINISTRATOR)
def show() -> ResponseReturnValue:
    """Show a patient their places and offers, with the form to join; show staff everybody's."""
    return _page(entries.opened(_form()))


@waiting_list.post("")
@only(Role.PATIENT)
def join() -> ResponseReturnValue:
    """Join the line."""
    refused = entries.submit(_form(), _join)
    if refused is not None:
        return _page(refused), 422
    flash("You are on the waiting list. You are told when a time is free.")
    return redirect(url_for("waiting_list.show"), 303)


@waiting_list.post("/<entry_id>/leave")
@only(Role.PATIENT, Role.ADMINISTRATOR)
def leave(entry_id: str) -> ResponseReturnValue:
    """Leave the line; what is offered goes to the next."""
    found, user = services(), the_user()
    with found.database.write() as session:
        login = people.find_login(session, login_id=user.id)
        entry = clinic.find_entry(session, entry_id=entry_id, login=login)
        offers = [offer.id for offer in clinic.open_offers(session, entry_ids=[entry.id])]
        clinic.leave(session, entry_id=entry_id, now=found.clock(), by=user.id)
    for offer_id in offers:
        _publish("offer_declined", offer_id)
    flash("You are not on this waiting list any more." if user.role is Role.PATIENT else "The place is given up.")
    return redirect(url_for("waiting_list.show"), 303)


@waiting_list.post("/offers/<offer_id>/accept")
@only(Role.PATIENT)
def accept(offer_id: str) -> ResponseReturnValue:
    """Take the time that is offered, and go to the appointment that it becomes."""
    offer = _answered("offer_accepted", offer_id)
    if offer is None:
        return _too_late()
    match offer.status:
        case OfferStatus.ACCEPTED if offer.ticketid is not None:
            flash("The appointment is yours.")
            return redirect(url_for("appointments.show", ticketid=offer.ticketid), 303)
        case OfferStatus.OPEN:
            flash("Your answer is being worked on. Look again in a moment.")
        case _:
            flash("This time is not possible any more. You keep your place in line.")
    return redirect(url_for("waiting_list.show"), 303)


@waiting_list.post("/offers/<offer_id>/decline")
@only(Role.PATIENT)
def decline(offer_id: str) -> ResponseReturnValue:
    """Let the time go to the next in line, and go on waiting."""
    if _answered("offer_declined", offer_id) is None:
        return _too_late()
    flash("The time goes to the next in line. You keep your place for others.")
    return redirect(url_for("waiting_list.show"), 303)


def _answered(message: str, offer_id: str) -> SlotOffer | None:
    """Tell the process what was answered, and return the offer as it is then; None for one that was closed before."""
    if _offer(offer_id).status is not OfferStatus.OPEN:
        return None
    _publish(message, offer_id)
    return until(lambda: _offer(offer_id), lambda offer: offer.status is not OfferStatus.OPEN, config().patience)


def _publish(message: str, offer_id: str) -> None:
    """The process hears it once, however often it is told."""
    services().engine.publish_message(
        message, offer_id, {"by": the_user().id}, time_to_live=MEANWHILE, message_id=offer_id
    )


def _offer(offer_id: str) -> SlotOffer:
    """Return an offer to who is signed in; others' are as unknown as none."""
    with services().database.read() as session:
        login = people.find_login(session, login_id=the_user().id)
        return clinic.find_offer(session, offer_id=offer_id, login=login)


def _too_late() -> ResponseReturnValue:
    sentence = "This offer is over: it was answered already, or its time has run out."
    return error_page(409, sentence, {"Go to the waiting list": url_for("waiting_list.show")})


def _join(entered: Entries) -> None:
    found, user = services(), the_user()
    wish, last_day = entered.text("wish"), entered.day("last_day")
    if user.patientid is None:
        abort(403)
    any_of = wish.removeprefix(_ANY) if wish.startswith(_ANY) else None
    with found.database.write() as session:
        try:
            clinic.join(
                session,
                patientid=user.patientid,
                until=availability.whole_days(last_day, last_day, found.zone)[1],
                docid=None if any_of else wish,
                specialization=any_of,
                now=found.clock(),
                by=user.id,
            )
        except InvalidInput as error:
            raise InvalidInput("last_day" if error.field == "until" else "wish", error.message) from error


def _form() -> Form:
    with services().database.read() as session:
        doctors = people.list_doctors(session)
    any_of = sorted({doctor.specialization for doctor in doctors})
    wishes = [
        *((_ANY + name, f"{name}: any doctor") for name in any_of),
        *((doctor.docid, f"{doctor.specialization}: Dr {doctor.full_name}") for doctor in doctors),
    ]
    return Form(
        "waiting",
        (
            field("wish", FieldType.SELECT, "Whom would you like to see?", options=wishes),
            field("last_day", FieldType.DATE, "Until when?", hint="Times after this day are not offered to you."),
        ),
        submit_label=Literal("Join the waiting list"),
    )


def _page(view: FormView) -> str:
    user, now = the_user(), services().clock()
    with services().database.read() as session:
        places = clinic.waiting(session, now=now, patientid=user.patientid)
        offers = clinic.open_offers(session, entry_ids=[place.id for place in places])
        return render_template(
            "appointments/waiting_list.html",
            view=view,
            places=places,
            offers=[offer for offer in offers if now < offer.expires_at],
            names={place.id: _wish(place) for place in places},
        )


def _wish(place: WaitingEntry) -> str:
    return f"Dr {place.doctor.full_name}" if place.doctor else f"{place.specialization}, any doctor"
