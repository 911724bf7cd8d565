"""Leave of doctors, and holidays of the clinic."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.clinic import availability as clinic
from app.clinic.errors import Displaces
from app.clinic.models import Role
from app.web import changing, entries
from app.web.access import only
from app.web.entries import Entries, field
from app.web.services import services
from workflows.diagrams.forms import FieldType, Form, FormView
from workflows.expressions.expression import Literal

closures = Blueprint("closures", __name__, url_prefix="/availability")
closures.register_error_handler(Displaces, changing.ask)

_LEAVE = Form(
    "leave",
    (
        field("first_day", FieldType.DATE, "First day"),
        field("starts", FieldType.TIME, "From", hint="Empty: from the beginning of the day.", required=False),
        field("last_day", FieldType.DATE, "Last day", hint="Empty: the first day alone.", required=False),
        field("ends", FieldType.TIME, "Until", hint="Empty: to the end of the day.", required=False),
        field("reason", FieldType.STRING, "Reason", required=False, longest=200),
    ),
    submit_label=Literal("Add this leave"),
)
_HOLIDAY = Form(
    "holiday",
    (field("day", FieldType.DATE, "Day"), field("reason", FieldType.STRING, "Name", longest=200)),
    submit_label=Literal("Add this holiday"),
)


@closures.get("/<docid>/leave/new")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def leave_form(docid: str) -> ResponseReturnValue:
    """Show the form to add leave."""
    return _leave_page(docid, entries.opened(_LEAVE))


@closures.post("/<docid>/leave/new")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def add_leave(docid: str) -> ResponseReturnValue:
    """Add leave."""

    def write(session: Session, entered: Entries) -> None:
        clinic.plan_leave(
            session,
            docid=docid,
            first_day=entered.day("first_day"),
            starts=entered.clock_or_none("starts"),
            last_day=entered.day_or_none("last_day"),
            ends=entered.clock_or_none("ends"),
            reason=entered.text("reason"),
            now=services().clock(),
            zone=services().zone,
        )

    refused = changing.submit(_LEAVE, docid, "leave added", write)
    return changing.done(docid) if refused is None else (_leave_page(docid, refused), 422)


@closures.post("/<docid>/leave/<int:leave_id>/remove")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def remove_leave(docid: str, leave_id: int) -> ResponseReturnValue:
    """Take leave back."""

    def write(session: Session) -> None:
        leave = clinic.find_exception(session, docid=docid, exception_id=leave_id)
        clinic.remove_exception(session, exception_id=leave.id)

    changing.write(docid, "leave removed", write)
    return changing.done(docid)


@closures.get("/holidays/new")
@only(Role.ADMINISTRATOR)
def holiday_form() -> ResponseReturnValue:
    """Show the form to add a holiday."""
    return _holiday_page(entries.opened(_HOLIDAY))


@closures.post("/holidays/new")
@only(Role.ADMINISTRATOR)
def add_holiday() -> ResponseReturnValue:
    """Close the clinic for a day."""

    def write(session: Session, entered: Entries) -> None:
        found = services()
        clinic.plan_holiday(
            session, day=entered.day("day"), reason=entered.text("reason"), now=found.clock(), zone=found.zone
        )

    refused = changing.submit(_HOLIDAY, None, "holiday added", write)
    return changing.done(None) if refused is None else (_holiday_page(refused), 422)


@closures.post("/holidays/<int:holiday_id>/remove")
@only(Role.ADMINISTRATOR)
def remove_holiday(holiday_id: int) -> ResponseReturnValue:
    """Take a holiday back."""

    def write(session: Session) -> None:
        holiday = clinic.find_exception(session, docid=None, exception_id=holiday_id)
        clinic.remove_exception(session, exception_id=holiday.id)

    changing.write(None, "holiday removed", write)
    return changing.done(None)


def _leave_page(docid: str, view: FormView) -> str:
    return changing.entry_page("entry.html", "Add leave", docid, view)


def _holiday_page(view: FormView) -> str:
    return render_template("entry.html", heading="Add a holiday", view=view, back=changing.address(None))
