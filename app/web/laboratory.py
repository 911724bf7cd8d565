"""Laboratory requests: asked for by doctors, decided on by administrators."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic import laboratory as clinic
from app.clinic import people
from app.clinic.errors import NotAllowed
from app.clinic.models import RequestStatus, Role
from app.clinic.models.care import LONGEST_REFUSAL, LONGEST_TEXT
from app.web import entries
from app.web.access import only
from app.web.diagnoses import own_docid, patient_name
from app.web.entries import Entries, field
from app.web.errors import error_page
from app.web.identity import the_user
from app.web.services import services
from workflows.diagrams.forms import FieldType, Form, FormView
from workflows.expressions.expression import Literal

laboratory = Blueprint("laboratory", __name__)

_DETAILS = field(
    "details",
    FieldType.TEXTAREA,
    "What is to be tested, and why",
    hint="An administrator reads this.",
    longest=LONGEST_TEXT,
)
_REASON = field("reason", FieldType.STRING, "Reason", hint="The doctor reads this.", longest=LONGEST_REFUSAL)
_REQUEST = Form("laboratory", (_DETAILS,), submit_label=Literal("Request it"))
_REFUSAL = Form("refusal", (_REASON,), submit_label=Literal("Refuse it"))


@laboratory.get("/patients/<int:patientid>/laboratory/new")
@only(Role.DOCTOR)
def request_form(patientid: int) -> ResponseReturnValue:
    """Show the form to ask for a test."""
    return _request_page(patientid, entries.opened(_REQUEST))


@laboratory.post("/patients/<int:patientid>/laboratory/new")
@only(Role.DOCTOR)
def request_test(patientid: int) -> ResponseReturnValue:
    """Ask for a test."""

    def write(entered: Entries) -> None:
        with services().database.write() as session:
            clinic.request_test(
                session,
                docid=own_docid(),
                patientid=patientid,
                details=entered.text("details"),
                now=services().clock(),
                by=the_user().id,
            )

    refused = entries.submit(_REQUEST, write)
    if refused is not None:
        return _request_page(patientid, refused), 422
    flash("The test is requested. You are told when an administrator has decided.")
    return redirect(url_for("diagnoses.patient", patientid=patientid), 303)


@laboratory.get("/laboratory")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List the requests of one status, a page at a time."""
    wanted = request.args.get("status", "")
    status = RequestStatus(wanted) if wanted in list(RequestStatus) else RequestStatus.OPEN
    with services().database.write() as session:
        found = clinic.list_requests(session, status=status, page=request.args.get("page", 1, type=int))
        clinic.note_reading(session, found.rows, now=services().clock(), by=the_user().id)
    return render_template("laboratory/listing.html", found=found, status=status, statuses=list(RequestStatus))


@laboratory.get("/laboratory/<int:request_id>")
@only(Role.ADMINISTRATOR)
def show(request_id: int) -> ResponseReturnValue:
    """Show a request, and what can be decided."""
    return _decision_page(request_id, entries.opened(_REFUSAL))


@laboratory.post("/laboratory/<int:request_id>/approve")
@only(Role.ADMINISTRATOR)
def approve(request_id: int) -> ResponseReturnValue:
    """Approve a request."""
    try:
        with services().database.write() as session:
            empid = people.administrator_of_login(session, login_id=the_user().id).empid
            clinic.approve(session, request_id=request_id, empid=empid, now=services().clock(), by=the_user().id)
    except NotAllowed as error:
        return _was_decided(error)
    flash("The test is approved, and the doctor is told.")
    return redirect(url_for("laboratory.listing"), 303)


@laboratory.post("/laboratory/<int:request_id>/refuse")
@only(Role.ADMINISTRATOR)
def refuse(request_id: int) -> ResponseReturnValue:
    """Refuse a request, and say why."""

    def write(entered: Entries) -> None:
        with services().database.write() as session:
            clinic.refuse(
                session,
                request_id=request_id,
                empid=people.administrator_of_login(session, login_id=the_user().id).empid,
                reason=entered.text("reason"),
                now=services().clock(),
                by=the_user().id,
            )

    try:
        refused = entries.submit(_REFUSAL, write)
    except NotAllowed as error:
        return _was_decided(error)
    if refused is not None:
        return _decision_page(request_id, refused), 422
    flash("The test is refused, and the doctor is told why.")
    return redirect(url_for("laboratory.listing"), 303)


def _request_page(patientid: int, view: FormView) -> str:
    return render_template(
        "entry.html",
        heading="Request a laboratory test",
        over=patient_name(patientid),
        view=view,
        back=url_for("diagnoses.patient", patientid=patientid),
    )


def _decision_page(request_id: int, view: FormView) -> str:
    with services().database.write() as session:
        asked = clinic.find_request(session, request_id=request_id)
        clinic.note_reading(session, [asked], now=services().clock(), by=the_user().id)
    return render_template("laboratory/request.html", asked=asked, view=view)


def _was_decided(error: NotAllowed) -> ResponseReturnValue:
    sentence = f"{error} Nothing was changed by this form."
    return error_page(409, sentence, {"Go to the open requests": url_for("laboratory.listing")})
