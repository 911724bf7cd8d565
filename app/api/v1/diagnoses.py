"""Diagnoses. Whatever answers with one reads it in a transaction that also notes the reading in the audit."""

from collections.abc import Sequence
from typing import Any

from flask import abort, url_for
from marshmallow import Schema, fields

from app.api.v1.fields import Sent, text
from app.api.v1.operations import Operations, Window
from app.api.v1.tags import expect
from app.clinic import diagnoses as clinic
from app.clinic.diagnoses import Finding
from app.clinic.models import Diagnosis, Role, Scope
from app.clinic.models.care import LONGEST_TEXT
from app.web.diagnoses import own_docid
from app.web.identity import the_user
from app.web.services import services

blueprint = Operations("v1_diagnoses", __name__, description="What doctors found, and what patients are to do.")


class DiagnosisSchema(Schema):
    """A doctor's finding (`narrative`) and what the patient is to do about it (`resolution`)."""

    id = fields.Integer()
    docid = fields.String()
    doctor = fields.String(attribute="doctor.full_name")
    patientid = fields.Integer()
    ticketid = fields.String(allow_none=True)
    narrative = fields.String()
    resolution = fields.String()
    submitted_at = fields.AwareDateTime()
    supersedes = fields.Integer(allow_none=True, metadata={"description": "the diagnosis that this one corrects"})


class FindingSchema(Schema):
    """A diagnosis as it stands now, and its earlier wordings, the latest first."""

    current = fields.Nested(DiagnosisSchema)
    earlier = fields.List(fields.Nested(DiagnosisSchema))


class CorrectionSchema(Sent):
    """The right wording."""

    narrative = text(LONGEST_TEXT, required=True)
    resolution = text(LONGEST_TEXT, required=True)


class NewDiagnosisSchema(CorrectionSchema):
    """What was found, if need be at an appointment."""

    ticketid = text(20, load_default=None, allow_none=True)


@blueprint.listing(
    "/patients/<int:patientid>/diagnoses", FindingSchema, Role.DOCTOR, Role.PATIENT, scope=Scope.READ_CLINIC
)
def listing(asked: dict[str, Any], window: Window, patientid: int) -> Sequence[Finding]:  # noqa: ARG001
    """List what was found about a patient of a doctor's, or about oneself, newest first. The audit notes it."""
    user, now = the_user(), services().clock()
    if user.role is Role.PATIENT and user.patientid != patientid:
        abort(404)
    with services().database.write() as session:
        if user.docid is None:
            return window.of(clinic.list_for_patient(session, patientid=patientid, now=now, by=user.id))
        return window.of(clinic.list_for_doctor(session, docid=user.docid, patientid=patientid, now=now, by=user.id))


@blueprint.changing(
    "POST",
    "/patients/<int:patientid>/diagnoses",
    DiagnosisSchema,
    Role.DOCTOR,
    scope=Scope.WRITE_CLINIC,
    status=201,
    body=NewDiagnosisSchema,
)
def record(asked: dict[str, Any], patientid: int) -> tuple[Diagnosis, int, dict[str, str]]:
    """Record a diagnosis of a patient of one's own."""
    with services().database.write() as session:
        written = clinic.record(
            session, docid=own_docid(), patientid=patientid, now=services().clock(), by=the_user().id, **asked
        )
        _load(written)
    return written, 201, {"Location": url_for("v1_diagnoses.show", diagnosis_id=written.id)}


@blueprint.reading("/diagnoses/<int:diagnosis_id>", DiagnosisSchema, Role.DOCTOR, scope=Scope.READ_CLINIC)
def show(diagnosis_id: int) -> Diagnosis:
    """Read a diagnosis that one wrote. The audit notes it."""
    with services().database.write() as session:
        return clinic.read_own(
            session, diagnosis_id=diagnosis_id, docid=own_docid(), now=services().clock(), by=the_user().id
        )


@blueprint.changing(
    "POST",
    "/diagnoses/<int:diagnosis_id>/correct",
    DiagnosisSchema,
    Role.DOCTOR,
    scope=Scope.WRITE_CLINIC,
    status=201,
    body=CorrectionSchema,
    guarded=True,
)
def correct(asked: dict[str, Any], diagnosis_id: int) -> tuple[Diagnosis, int, dict[str, str]]:
    """Add a diagnosis that supersedes a wrong one of one's own."""
    which: dict[str, Any] = {
        "diagnosis_id": diagnosis_id,
        "docid": own_docid(),
        "now": services().clock(),
        "by": the_user().id,
    }
    with services().database.write() as session:
        expect(DiagnosisSchema, clinic.read_own(session, **which))
        right = clinic.correct(session, **which, **asked)
        _load(right)
    return right, 201, {"Location": url_for("v1_diagnoses.show", diagnosis_id=right.id)}


def _load(diagnosis: Diagnosis) -> None:
    """Load what is shown of a new diagnosis while its session is open."""
    _ = diagnosis.doctor.full_name
