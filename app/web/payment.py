"""Bills, and paying them. Payments are recorded here, not taken: no card is charged."""

from decimal import Decimal
from io import BytesIO

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.clinic import billing, people, validation
from app.clinic.billing import Bill, BillStatus
from app.clinic.errors import InvalidInput
from app.clinic.errors import NotFound as NothingInClinic
from app.clinic.models import Posting, Role
from app.web import entries, paying
from app.web.access import only
from app.web.entries import field
from app.web.errors import error_page
from app.web.identity import the_user
from app.web.paying import Attempt, Outcome
from app.web.services import config, services
from workflows.diagrams.forms import FieldType, Form
from workflows.errors import NotFound

payment = Blueprint("payment", __name__, url_prefix="/payment")

_TICKET = Form(
    "ticket",
    (
        field(
            "ticket",
            FieldType.STRING,
            "Ticket",
            hint="It is on the page of the appointment, such as T-7Q2M0XKE4B.",
            longest=20,
        ),
    ),
)
_PAYMENT = Form(
    "payment",
    (
        field(
            "amount",
            FieldType.STRING,
            "Amount paid",
            hint="With a point before the cents. Less than is due leaves the bill on hold, too much becomes a credit.",
            longest=20,
        ),
    ),
)

_NO_SUCH_TICKET = "There is no bill with this ticket, or it is not yours to pay."
_PAID = "This bill is paid already. Nothing is due any more."
_TAKEN_BACK = "The charge for this appointment was taken back. There is nothing to pay."
_SENT_BEFORE = "This form was sent before with another amount, which was recorded. This one was not."
_SENTENCES = {BillStatus.PAID: _PAID, BillStatus.REFUNDED: _TAKEN_BACK, BillStatus.VOID: _TAKEN_BACK}


@payment.get("/bills")
@only(Role.PATIENT)
def bills() -> ResponseReturnValue:
    """List the patient's bills."""
    patientid = the_user().patientid
    if patientid is None:
        abort(403)
    with services().database.read() as session:
        found = billing.bills_of_patient(session, patientid=patientid)
        balance = billing.balance_of_patient(session, patientid=patientid)
        return render_template("payment/bills.html", bills=found, balance=balance)


@payment.get("/held")
@only(Role.ADMINISTRATOR)
def held() -> ResponseReturnValue:
    """List the bills that are paid in part, and those of which nothing is paid."""
    with services().database.read() as session:
        return render_template(
            "payment/held.html", held=billing.held_bills(session), unpaid=billing.unpaid_bills(session)
        )


@payment.get("/bills/<ticketid>")
@only(Role.PATIENT, Role.ADMINISTRATOR)
def bill(ticketid: str) -> ResponseReturnValue:
    """Show a bill with everything that was recorded for it."""
    found, postings = _bill_with_postings(ticketid)
    return render_template(
        "payment/bill.html", bill=found, postings=postings, credit=_credit(found), key=paying.new_key()
    )


@payment.get("/bills/<ticketid>/receipt")
@only(Role.PATIENT, Role.ADMINISTRATOR)
def receipt(ticketid: str) -> ResponseReturnValue:
    """Send the receipt of a bill as PDF."""
    found, postings = _bill_with_postings(ticketid)
    if not found.has_receipt:
        return error_page(409, "Nothing was paid for this bill yet, so there is no receipt.")
    from app.clinic.receipt_pdf import receipt_pdf  # slow to load, as it brings fonts

    content = receipt_pdf(found, postings, services().details)
    name = f"receipt-{found.ticketid}.pdf"
    return send_file(BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)


@payment.get("/start")
@only(Role.PATIENT, Role.ADMINISTRATOR)
def start() -> ResponseReturnValue:
    """Show the form to pay a bill; without a ticket, ask for it."""
    ticketid = request.args.get("ticket", "").strip()
    if not ticketid:
        return _ask_for_ticket()
    found = _own_bill(ticketid)
    return (_ask_for_ticket(ticketid, _NO_SUCH_TICKET), 404) if found is None else _start_page(found)


@payment.post("/start")
@only(Role.PATIENT, Role.ADMINISTRATOR)
def pay() -> ResponseReturnValue:
    """Record a payment, and go to what it led to."""
    text = request.form.get("amount", "")
    found = _own_bill(ticketid := request.form.get("ticket", ""))
    if found is None:
        return _ask_for_ticket(ticketid, _NO_SUCH_TICKET), 404
    try:
        amount = validation.money("amount", text)
    except InvalidInput as error:
        return _start_page(found, amount=text, error=error.message), 422
    return _submit(found, amount)


@payment.post("/credit")
@only(Role.PATIENT, Role.ADMINISTRATOR)
def use_credit() -> ResponseReturnValue:
    """Pay with the patient's credit, as far as it goes."""
    found = _own_bill(request.form.get("ticket", ""))
    if found is None:
        abort(404)
    return _submit(found, None)


@payment.get("/progress")
@only(Role.PATIENT, Role.ADMINISTRATOR)
def progress() -> ResponseReturnValue:
    """Tell how far a payment is; go on to what it led to once it is recorded."""
    found, key = _bill_of_request(), request.args.get("payment", "")
    how_far = paying.progress(found.ticketid, key)
    if how_far.outcome is Outcome.RECORDED:
        return redirect(_result_address(found, key))
    return render_template("payment/progress.html", bill=found, progress=how_far)


@payment.get("/onrelease")
@only(Role.PATIENT, Role.ADMINISTRATOR)
def onrelease() -> ResponseReturnValue:
    """Show that a bill is paid."""
    return _result_page("payment/onrelease.html", {BillStatus.PAID})


@payment.get("/onhold")
@only(Role.PATIENT, Role.ADMINISTRATOR)
def onhold() -> ResponseReturnValue:
    """Show what is still due of a bill that is paid in part."""
    return _result_page("payment/onhold.html", {BillStatus.HELD})


def _submit(found: Bill, amount: Decimal | None) -> ResponseReturnValue:
    """Hand a payment to the workflow, unless its form was sent before or nothing is due."""
    key = request.form.get("key", "")
    if not paying.is_key(key):
        abort(400)
    attempt = Attempt(found.ticketid, key, amount, the_user().id)
    earlier = paying.find_posting(found.ticketid, key)
    if earlier is not None and amount in {None, earlier.amount}:
        return _recorded(attempt)
    refusal = _SENT_BEFORE if earlier else _SENTENCES.get(found.status)
    if refusal is not None:
        return _start_page(found, amount=str(amount or ""), error=refusal), 409
    try:
        paying.hand_over(services().engine, attempt)
    except NotFound:
        return error_page(503, "Payments can't be recorded here yet: the workflow for them is not deployed.")
    how_far = paying.wait(found.ticketid, key, config().patience)
    if how_far.outcome is Outcome.REFUSED:
        return _start_page(found, amount=str(amount or ""), error=how_far.reason), 409
    if how_far.outcome is Outcome.RECORDED:
        return _recorded(attempt)
    return redirect(url_for("payment.progress", ticket=found.ticketid, payment=key), 303)


def _recorded(attempt: Attempt) -> ResponseReturnValue:
    """Go to what a payment led to."""
    found = _bill(attempt.ticketid)
    if found.status is BillStatus.PAID:
        paying.wake(services().engine, attempt)  # what began to wait for the rest while this payment was recorded
    return redirect(_result_address(found, attempt.key), 303)


def _result_address(found: Bill, key: str) -> str:
    """Return the page of what a payment led to."""
    match found.status:
        case BillStatus.PAID:
            return url_for("payment.onrelease", ticket=found.ticketid, payment=key)
        case BillStatus.HELD:
            return url_for("payment.onhold", ticket=found.ticketid, payment=key)
        case _:
            return url_for("payment.bill", ticketid=found.ticketid)


def _result_page(template: str, fitting: set[BillStatus]) -> ResponseReturnValue:
    found, key = _bill_of_request(), request.args.get("payment", "")
    if found.status not in fitting:
        return redirect(_result_address(found, key))
    return render_template(template, bill=found, posting=paying.find_posting(found.ticketid, key))


def _ask_for_ticket(ticketid: str = "", error: str = "") -> str:
    """Return the form that asks whose bill is to be paid."""
    view = entries.opened(_TICKET, {"ticket": ticketid})
    view = entries.refused(view, InvalidInput("ticket", error)) if error else view
    return render_template("payment/ticket.html", view=view)


def _start_page(found: Bill, *, amount: str = "", error: str = "") -> str:
    """Return the form to pay a bill."""
    due = str(found.outstanding) if found.outstanding else ""
    view = entries.opened(_PAYMENT, {"amount": amount or due})
    view = entries.refused(view, InvalidInput("amount", error)) if error else view
    closed = "" if error else _SENTENCES.get(found.status, "")
    return render_template(
        "payment/start.html", bill=found, view=view, closed=closed, credit=_credit(found), key=paying.new_key()
    )


def _credit(found: Bill) -> Decimal:
    """Return how much credit the patient of a bill has."""
    with services().database.read() as session:
        return billing.balance_of_patient(session, patientid=found.patientid).credit


def _bill(ticketid: str) -> Bill:
    """Return a bill that this person may see; raise the clinic's `NotFound`."""
    with services().database.read() as session:
        login = people.find_login(session, login_id=the_user().id)
        return billing.bill_for_login(session, ticketid=ticketid, login=login)


def _own_bill(ticketid: str) -> Bill | None:
    try:
        return _bill(ticketid.strip().upper())
    except NothingInClinic:
        return None


def _bill_of_request() -> Bill:
    return _bill(request.args.get("ticket", ""))


def _bill_with_postings(ticketid: str) -> tuple[Bill, list[Posting]]:
    found = _bill(ticketid)
    with services().database.read() as session:
        return found, billing.postings_of_bill(session, ticketid=ticketid)
