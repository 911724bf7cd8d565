"""The mail that goes out with notices: what waits, what was sent, and what failed."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic import outbox as clinic
from app.clinic.errors import NotAllowed
from app.clinic.models import MailStatus, Role
from app.web.access import only
from app.web.errors import error_page
from app.web.identity import the_user
from app.web.services import services

outbox = Blueprint("outbox", __name__, url_prefix="/outbox")


@outbox.get("")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List the mails of one status, newest first, a page at a time."""
    wanted = request.args.get("status", "")
    status = MailStatus(wanted) if wanted in list(MailStatus) else MailStatus.WAITING
    with services().database.read() as session:
        found = clinic.page_of_mails(session, status=status, page=request.args.get("page", 1, type=int))
        counts = clinic.count_mails(session)
    return render_template(
        "outbox/listing.html", found=found, counts=counts, status=status, sends_mail=services().sends_mail
    )


@outbox.get("/<mail_id>")
@only(Role.ADMINISTRATOR)
def show(mail_id: str) -> ResponseReturnValue:
    """Show a mail as it is sent."""
    with services().database.read() as session:
        mail = clinic.find_mail(session, mail_id=mail_id)
    return render_template("outbox/mail.html", mail=mail, sends_mail=services().sends_mail)


@outbox.post("/<mail_id>/send")
@only(Role.ADMINISTRATOR)
def send_again(mail_id: str) -> ResponseReturnValue:
    """Let a mail that has failed be sent again."""
    here = url_for("outbox.show", mail_id=mail_id)
    try:
        with services().database.write() as session:
            clinic.send_again(session, mail_id=mail_id, now=services().clock(), by=the_user().id)
    except NotAllowed as error:
        return error_page(409, str(error), {"Look at the mail": here})
    flash("It is sent again in a moment.")
    return redirect(here, 303)
