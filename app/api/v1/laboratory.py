"""Laboratory requests: asked for by doctors, decided on by administrators."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from app.api.v1.fields import ListQuery, Sent, text
from app.api.v1.operations import Operations, Window
from app.api.v1.tags import expect
from app.clinic import laboratory as clinic
from app.clinic import people
from app.clinic.errors import NotFound
from app.clinic.models import LaboratoryRequest, RequestStatus, Role, Scope
from app.clinic.models.care import LONGEST_REFUSAL, LONGEST_TEXT
from app.clinic.paging import some_of
from app.web.diagnoses import own_docid
from app.web.identity import the_user
from app.web.services import services

blueprint = Operations("v1_laboratory", __name__, description="Tests that doctors ask for.")

_STAFF = (Role.ADMINISTRATOR, Role.DOCTOR)


class LaboratoryRequestSchema(Schema):
    """A request for a test; `refusal` says why it was refused."""

    id = fields.Integer()
    docid = fields.String()
    patientid = fields.Integer()
    details = fields.String()
    requested_at = fields.AwareDateTime()
    status = fields.Enum(RequestStatus, by_value=True)
    empid = fields.String(allow_none=True, metadata={"description": "who decided"})
    decided_at = fields.AwareDateTime(allow_none=True)
    refusal = fields.String()


class LaboratoryQuery(ListQuery):
    """Which requests to list."""

    status = fields.Enum(RequestStatus, by_value=True, load_default=None)
    patientid = fields.Integer(load_default=None)


class NewRequestSchema(Sent):
    """What is to be tested, and why."""

    details = text(LONGEST_TEXT, required=True)


class RefusalSchema(Sent):
    """Why a test is refused."""

    reason = text(LONGEST_REFUSAL, required=True)


@blueprint.listing(
    "/laboratory-requests", LaboratoryRequestSchema, *_STAFF, scope=Scope.READ_CLINIC, query=LaboratoryQuery
)
def listing(asked: dict[str, Any], window: Window) -> Sequence[LaboratoryRequest]:
    """List requests, newest first: for a doctor's own patients, or all for administrators. The audit notes it."""
    query = clinic.select_requests(**asked, docid=the_user().docid)
    with services().database.write() as session:
        found = some_of(session, query, offset=window.offset, limit=window.take)
        clinic.note_reading(session, found[: window.limit], now=services().clock(), by=the_user().id)
    return found


@blueprint.changing(
    "POST",
    "/patients/<int:patientid>/laboratory-requests",
    LaboratoryRequestSchema,
    Role.DOCTOR,
    scope=Scope.WRITE_CLINIC,
    status=201,
    body=NewRequestSchema,
)
def request_test(asked: dict[str, Any], patientid: int) -> tuple[LaboratoryRequest, int, dict[str, str]]:
    """Ask for a test of a patient of one's own."""
    with services().database.write() as session:
        made = clinic.request_test(
            session, docid=own_docid(), patientid=patientid, now=services().clock(), by=the_user().id, **asked
        )
    return made, 201, {"Location": url_for("v1_laboratory.show", request_id=made.id)}


@blueprint.reading("/laboratory-requests/<int:request_id>", LaboratoryRequestSchema, *_STAFF, scope=Scope.READ_CLINIC)
def show(request_id: int) -> LaboratoryRequest:
    """Read a request: for a doctor's own patient, or any for administrators. The audit notes it."""
    with services().database.write() as session:
        asked = _find(session, request_id)
        clinic.note_reading(session, [asked], now=services().clock(), by=the_user().id)
    return asked


@blueprint.changing(
    "POST",
    "/laboratory-requests/<int:request_id>/approve",
    LaboratoryRequestSchema,
    Role.ADMINISTRATOR,
    scope=Scope.WRITE_CLINIC,
    guarded=True,
)
def approve(request_id: int) -> LaboratoryRequest:
    """Approve a request; the doctor is told."""
    with services().database.write() as session:
        expect(LaboratoryRequestSchema, _find(session, request_id))
        return clinic.approve(session, request_id=request_id, **_decider(session))


@blueprint.changing(
    "POST",
    "/laboratory-requests/<int:request_id>/refuse",
    LaboratoryRequestSchema,
    Role.ADMINISTRATOR,
    scope=Scope.WRITE_CLINIC,
    body=RefusalSchema,
    guarded=True,
)
def refuse(asked: dict[str, Any], request_id: int) -> LaboratoryRequest:
    """Refuse a request, and say why; the doctor is told."""
    with services().database.write() as session:
        expect(LaboratoryRequestSchema, _find(session, request_id))
        return clinic.refuse(session, request_id=request_id, reason=asked["reason"], **_decider(session))


def _find(session: Session, request_id: int) -> LaboratoryRequest:
    """Return a request that who calls may see; a doctor those for own patients."""
    asked, docid = clinic.find_request(session, request_id=request_id), the_user().docid
    if docid is not None:
        try:
            people.find_patient_of(session, docid=docid, patientid=asked.patientid)
        except NotFound:
            raise NotFound("laboratory request", request_id) from None
    return asked


def _decider(session: Session) -> dict[str, Any]:
    user = the_user()
    empid = people.administrator_of_login(session, login_id=user.id).empid
    return {"empid": empid, "now": services().clock(), "by": user.id}
