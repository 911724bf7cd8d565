"""Diagnoses: doctors' pages of their patients, and the findings that patients read themselves.

Pages that show a diagnosis read it in a transaction that also notes the reading in the audit: nothing is shown
unless both were kept.
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic import diagnoses as clinic
from app.clinic import laboratory, people
from app.clinic.models import Appointment, Role
from app.clinic.models.care import LONGEST_TEXT
from app.web import entries
from app.web.access import only
from app.web.entries import Entries, field
from app.web.formatting import moment
from app.web.identity import the_user
from app.web.services import services
from workflows.diagrams.forms import FieldType, Form, FormField, FormView
from workflows.expressions.expression import Literal

diagnoses = Blueprint("diagnoses", __name__)

_LONGEST_SEARCH = 100
_TEXTS = (
    field("narrative", FieldType.TEXTAREA, "What you found", longest=LONGEST_TEXT),
    field("resolution", FieldType.TEXTAREA, "What the patient is to do", longest=LONGEST_TEXT),
)


@diagnoses.get("/patients")
@only(Role.DOCTOR)
def patients() -> ResponseReturnValue:
    """List the doctor's patients, a page at a time, or those whom a search finds."""
    search, page = request.args.get("search", "")[:_LONGEST_SEARCH], request.args.get("page", 1, type=int)
    with services().database.read() as session:
        found = people.list_patients(session, search=search, page=page, docid=own_docid())
    return render_template("diagnoses/patients.html", found=found, search=search)


@diagnoses.get("/patients/<int:patientid>")
@only(Role.DOCTOR)
def patient(patientid: int) -> ResponseReturnValue:
    """Show what a doctor has to know of a patient of theirs."""
    docid, now = own_docid(), services().clock()
    with services().database.write() as session:
        page = {
            "patient": people.find_patient_of(session, docid=docid, patientid=patientid),
            "visits": clinic.list_visits(session, docid=docid, patientid=patientid),
            "findings": clinic.list_for_doctor(session, docid=docid, patientid=patientid, now=now, by=the_user().id),
            "requests": (requests := laboratory.list_for_doctor(session, docid=docid, patientid=patientid)),
        }
        laboratory.note_reading(session, requests, now=now, by=the_user().id)
    return render_template("diagnoses/patient.html", **page)


@diagnoses.get("/patients/<int:patientid>/diagnoses/new")
@only(Role.DOCTOR)
def record_form(patientid: int) -> ResponseReturnValue:
    """Show the form to record a diagnosis, for the latest visit that has begun unless another is chosen."""
    visits = _visits(patientid)
    begun = next((visit.ticketid for visit in visits if visit.starts_at <= services().clock()), None)
    return _record_page(patientid, entries.opened(_record_form(visits), {"ticketid": begun}))


@diagnoses.post("/patients/<int:patientid>/diagnoses/new")
@only(Role.DOCTOR)
def record(patientid: int) -> ResponseReturnValue:
    """Record a diagnosis."""

    def write(entered: Entries) -> None:
        with services().database.write() as session:
            clinic.record(
                session,
                docid=own_docid(),
                patientid=patientid,
                narrative=entered.text("narrative"),
                resolution=entered.text("resolution"),
                ticketid=entered.text("ticketid") or None,
                now=services().clock(),
                by=the_user().id,
            )

    refused = entries.submit(_record_form(_visits(patientid)), write)
    if refused is not None:
        return _record_page(patientid, refused), 422
    flash("The diagnosis is recorded. The patient can read it.")
    return redirect(url_for("diagnoses.patient", patientid=patientid), 303)


@diagnoses.get("/diagnoses/<int:diagnosis_id>/correct")
@only(Role.DOCTOR)
def correct_form(diagnosis_id: int) -> ResponseReturnValue:
    """Show the form to correct a diagnosis, with its present wording."""
    with services().database.write() as session:
        wrong = clinic.read_own(
            session, diagnosis_id=diagnosis_id, docid=own_docid(), now=services().clock(), by=the_user().id
        )
    texts = {"narrative": wrong.narrative, "resolution": wrong.resolution}
    return _correct_page(wrong.patientid, entries.opened(_CORRECTION, texts))


@diagnoses.post("/diagnoses/<int:diagnosis_id>/correct")
@only(Role.DOCTOR)
def correct(diagnosis_id: int) -> ResponseReturnValue:
    """Add a diagnosis that supersedes a wrong one."""
    with services().database.read() as session:
        patientid = clinic.patient_of(session, diagnosis_id=diagnosis_id, docid=own_docid())

    def write(entered: Entries) -> None:
        with services().database.write() as session:
            clinic.correct(
                session,
                diagnosis_id=diagnosis_id,
                docid=own_docid(),
                narrative=entered.text("narrative"),
                resolution=entered.text("resolution"),
                now=services().clock(),
                by=the_user().id,
            )

    refused = entries.submit(_CORRECTION, write)
    if refused is not None:
        return _correct_page(patientid, refused), 422
    flash("The diagnosis is corrected. Its earlier wording is kept.")
    return redirect(url_for("diagnoses.patient", patientid=patientid), 303)


@diagnoses.get("/findings")
@only(Role.PATIENT)
def findings() -> ResponseReturnValue:
    """Show patients what was found about them, and what they are to do."""
    user = the_user()
    if user.patientid is None:
        abort(403)
    with services().database.write() as session:
        found = clinic.list_for_patient(session, patientid=user.patientid, now=services().clock(), by=user.id)
    return render_template("diagnoses/own.html", findings=found)


def own_docid() -> str:
    """Return the staff number of the doctor who is signed in."""
    docid = the_user().docid
    if docid is None:
        abort(403)
    return docid


def patient_name(patientid: int) -> str:
    """Return the name of a patient of the doctor who is signed in; others' are as unknown as nobody."""
    with services().database.read() as session:
        return people.find_patient_of(session, docid=own_docid(), patientid=patientid).full_name


def _visits(patientid: int) -> list[Appointment]:
    with services().database.read() as session:
        return clinic.list_visits(session, docid=own_docid(), patientid=patientid)


def _record_form(visits: list[Appointment]) -> Form:
    options = [(visit.ticketid, f"{moment(visit.starts_at)}, {visit.ticketid}") for visit in visits]
    visit = field("ticketid", FieldType.SELECT, "For the appointment", required=False, options=options)
    return _form("diagnosis", (visit, *_TEXTS), "Record it")


def _form(form_id: str, fields: tuple[FormField, ...], submit_label: str) -> Form:
    return Form(form_id, fields, submit_label=Literal(submit_label))


_CORRECTION = _form("correction", _TEXTS, "Correct it")


def _record_page(patientid: int, view: FormView) -> str:
    return _entry_page("Record a diagnosis", patientid, view)


def _correct_page(patientid: int, view: FormView) -> str:
    return _entry_page("Correct a diagnosis", patientid, view)


def _entry_page(heading: str, patientid: int, view: FormView) -> str:
    back = url_for("diagnoses.patient", patientid=patientid)
    return render_template("entry.html", heading=heading, over=patient_name(patientid), view=view, back=back)
