"""Bills, and paying them by the workflow for it. Payments are recorded here, not taken: no card is charged."""

from collections.abc import Sequence
from typing import Any

from flask import abort, url_for
from marshmallow import Schema, ValidationError, fields, validates_schema

from app.api.v1.fields import ListQuery, Sent, money, text
from app.api.v1.operations import Operations, Window
from app.api.v1.tags import expect
from app.clinic import billing, people, validation
from app.clinic.billing import Bill, BillStatus
from app.clinic.models import Posting, PostingKind, Role, Scope
from app.clinic.paging import some_of
from app.web import paying
from app.web.identity import the_user
from app.web.paying import Attempt, Outcome, Progress
from app.web.services import config, services
from workflows.errors import NotFound

blueprint = Operations("v1_bills", __name__, description="What appointments cost, and payments.")

_PAYERS = (Role.PATIENT, Role.ADMINISTRATOR)
_CLOSED = frozenset({BillStatus.PAID, BillStatus.REFUNDED, BillStatus.VOID})


class BillSchema(Schema):
    """What a ticket costs and what was paid for it; amounts are in the clinic's currency."""

    ticketid = fields.String()
    patientid = fields.Integer()
    status = fields.Enum(BillStatus, by_value=True)
    charge = money()
    discount = money()
    due = money()
    paid = money()
    outstanding = money()
    credit = money()
    refunded = money()
    date_released = fields.AwareDateTime(allow_none=True, metadata={"description": "when the last of it was paid"})


class PostingSchema(Schema):
    """Something that happened to a bill."""

    id = fields.Integer()
    kind = fields.Enum(PostingKind, by_value=True)
    ticketid = fields.String()
    patientid = fields.Integer()
    amount = money()
    description = fields.String()
    created_at = fields.AwareDateTime()


class WholeBillSchema(BillSchema):
    """A bill with everything that was recorded for it."""

    postings = fields.List(fields.Nested(PostingSchema))


class BillQuery(ListQuery):
    """Which bills to list."""

    outstanding = fields.Boolean(
        load_default=None, metadata={"description": "those with something to pay, or those without"}
    )


class PaymentQuery(ListQuery):
    """Which payments to list."""

    ticketid = text(20, load_default=None)


class NewPaymentSchema(Sent):
    """What was paid: an `amount`, or with `credit` what the patient has to good, as far as it goes."""

    amount = text(20, load_default=None, metadata={"description": "such as 60.00", "pattern": r"^\d+(\.\d{1,2})?$"})
    credit = fields.Boolean(load_default=False)

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: object) -> None:
        """Refuse both, and neither."""
        if (data["amount"] is None) != data["credit"]:
            raise ValidationError("Give an amount, or true to use the credit.", "amount")


class PaymentSchema(Schema):
    """How far a payment is."""

    key = fields.String()
    outcome = fields.Enum(Outcome, by_value=True)
    reason = fields.String()


@blueprint.listing("/bills", BillSchema, *_PAYERS, scope=Scope.READ_CLINIC, query=BillQuery)
def listing(asked: dict[str, Any], window: Window) -> Sequence[Bill]:
    """List bills, that of the latest appointment first: one's own, or everybody's for administrators."""
    with services().database.read() as session:
        return billing.list_bills(
            session,
            patientid=the_user().patientid,
            outstanding=asked["outstanding"],
            offset=window.offset,
            limit=window.take,
        )


@blueprint.reading("/bills/<ticketid>", WholeBillSchema, *_PAYERS, scope=Scope.READ_CLINIC)
def show(ticketid: str) -> dict[str, Any]:
    """Read a bill."""
    return _whole(ticketid)


@blueprint.listing("/payments", PostingSchema, *_PAYERS, scope=Scope.READ_CLINIC, query=PaymentQuery)
def payments(asked: dict[str, Any], window: Window) -> Sequence[Posting]:
    """List payments, newest first: one's own, or everybody's for administrators."""
    query = billing.select_payments(patientid=the_user().patientid, ticketid=asked["ticketid"])
    with services().database.read() as session:
        return some_of(session, query, offset=window.offset, limit=window.take)


@blueprint.changing(
    "POST",
    "/bills/<ticketid>/payments",
    PaymentSchema,
    *_PAYERS,
    scope=Scope.WRITE_CLINIC,
    status=201,
    body=NewPaymentSchema,
    later=True,
    guarded=True,
)
def pay(asked: dict[str, Any], ticketid: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Record a payment: less than is due leaves the rest due, what is too much is a credit."""
    amount = None if asked["amount"] is None else validation.money("amount", asked["amount"])
    whole = _whole(ticketid)
    expect(WholeBillSchema, whole)
    if whole["status"] in _CLOSED:
        abort(409, "Nothing is due for this ticket.")
    key = paying.new_key()
    found = _handed_over(Attempt(ticketid, key, amount, the_user().id))
    if found.outcome is Outcome.REFUSED:
        abort(409, found.reason)
    here = url_for("v1_bills.progress", ticketid=ticketid, key=key)
    return _told(key, found), 201 if found.outcome is Outcome.RECORDED else 202, {"Location": here}


@blueprint.reading("/bills/<ticketid>/payments/<key>", PaymentSchema, *_PAYERS, scope=Scope.READ_CLINIC)
def progress(ticketid: str, key: str) -> dict[str, Any]:
    """Say how far a payment is."""
    _find(ticketid)
    return _told(key, paying.progress(ticketid, key))


def _handed_over(attempt: Attempt) -> Progress:
    """Hand a payment to the workflow, and wait a moment for what becomes of it."""
    try:
        paying.hand_over(services().engine, attempt)
    except NotFound:
        abort(503, "Payments can't be recorded here yet: the workflow for them is not deployed.")
    found = paying.wait(attempt.ticketid, attempt.key, config().patience)
    if found.outcome is Outcome.RECORDED and _find(attempt.ticketid).status is BillStatus.PAID:
        paying.wake(services().engine, attempt)  # what began to wait for the rest while this payment was recorded
    return found


def _told(key: str, found: Progress) -> dict[str, Any]:
    return {"key": key, "outcome": found.outcome, "reason": found.reason}


def _find(ticketid: str) -> Bill:
    """Return a bill that concerns who calls; others' are as unknown as none."""
    with services().database.read() as session:
        login = people.find_login(session, login_id=the_user().id)
        return billing.bill_for_login(session, ticketid=ticketid, login=login)


def _whole(ticketid: str) -> dict[str, Any]:
    bill = _find(ticketid)
    with services().database.read() as session:
        postings = billing.postings_of_bill(session, ticketid=ticketid)
    return {**{name: getattr(bill, name) for name in BillSchema().fields}, "postings": postings}
