"""A doctor who can't come: staff see whose appointments that concerns, and have the process tell them."""

from datetime import date, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic import absences as clinic
from app.clinic import availability, people
from app.clinic.errors import InvalidInput
from app.clinic.models import ExceptionKind, Role
from app.web import entries
from app.web.access import only
from app.web.entries import Entries, field
from app.web.identity import the_user
from app.web.services import config, services
from app.web.waiting import until
from workflows.diagrams.forms import FieldType, Form, FormView
from workflows.engine import InstanceState
from workflows.expressions.expression import Literal

absences = Blueprint("absences", __name__, url_prefix="/absences")

PROCESS_ID = "Process_Absence"

_CONFIRMED = "dams:confirmed"
"""No form field can have this name."""


@absences.get("/new")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def form() -> ResponseReturnValue:
    """Ask who can't come, and when."""
    return _page(entries.opened(_form(), {"docid": the_user().docid}))


@absences.post("/new")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def record() -> ResponseReturnValue:
    """Show whom the absence concerns; once that is confirmed, start the process that records it and tells them."""
    checked: list[Entries] = []

    def check(entered: Entries) -> None:
        _check(entered)
        checked.append(entered)

    refused = entries.submit(_form(), check)
    if refused is not None:
        return _page(refused), 422
    return _start(checked[0]) if _CONFIRMED in request.form else _preview(checked[0])


def _start(entered: Entries) -> ResponseReturnValue:
    user, engine = the_user(), services().engine
    first, last = _days(entered)
    wanted = {
        "docid": _docid(entered),
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "reason": entered.text("reason"),
        "by": user.id,
    }
    started = engine.start(PROCESS_ID, wanted, by=user.id)
    instance = until(
        lambda: engine.instance(started.id),
        lambda instance: instance.state is not InstanceState.ACTIVE or instance.incidents > 0,
        config().patience,
    )
    tickets = engine.variables(instance.id).get("tickets")
    if instance.state is not InstanceState.COMPLETED:
        flash("The absence is being recorded, and the patients are being told.")
    elif isinstance(tickets, list):
        flash(f"The absence is recorded. Patients told: {len(tickets)}.")
    else:
        flash("Nothing was recorded: there is other leave of the doctor in this time by now.")
    return redirect(url_for("availability.show", docid=_docid(entered)), 303)


def _check(entered: Entries) -> None:
    """Raise what is wrong with the days."""
    first, last = _days(entered)
    if last < first:
        raise InvalidInput("last_day", "The last day comes before the first.")
    if last < services().now().date():
        raise InvalidInput("last_day", "This day is past.")
    starts_at, ends_at = _times(first, last)
    with services().database.read() as session:
        found = availability.list_exceptions(session, docid=_docid(entered), after=starts_at, before=ends_at)
    if any(each.kind is ExceptionKind.LEAVE for each in found):
        raise InvalidInput("first_day", "Other leave of the doctor overlaps these days.")


def _preview(entered: Entries) -> str:
    docid, (starts_at, ends_at) = _docid(entered), _times(*_days(entered))
    now = services().clock()
    with services().database.read() as session:
        affected = clinic.affected_appointments(session, docid=docid, starts_at=starts_at, ends_at=ends_at, now=now)
        return render_template(
            "appointments/absence.html",
            doctor=people.find_doctor(session, docid=docid),
            days=_days(entered),
            affected=affected,
            repeated={name: entered.text(name) for name in ("docid", "first_day", "last_day", "reason")},
            confirmed=_CONFIRMED,
        )


def _times(first: date, last: date) -> tuple[datetime, datetime]:
    return availability.whole_days(first, last, services().zone)


def _days(entered: Entries) -> tuple[date, date]:
    first = entered.day("first_day")
    return first, entered.day_or_none("last_day") or first


def _docid(entered: Entries) -> str:
    """Return whose absence it is: doctors can only be absent themselves."""
    return the_user().docid or entered.text("docid")


def _form() -> Form:
    with services().database.read() as session:
        doctors = people.list_doctors(session)
    own = the_user().docid
    mine = [each for each in doctors if own in {None, each.docid}]
    names = [(each.docid, f"Dr {each.full_name}, {each.specialization}") for each in mine]
    return Form(
        "absence",
        (
            field("docid", FieldType.SELECT, "Who can't come?", options=names),
            field("first_day", FieldType.DATE, "First day"),
            field("last_day", FieldType.DATE, "Last day", hint="Empty: the first day alone.", required=False),
            field("reason", FieldType.STRING, "Reason, for staff", required=False, longest=200),
        ),
        submit_label=Literal("Show whom that concerns"),
    )


def _page(view: FormView) -> str:
    return render_template(
        "entry.html", heading="A doctor can't come", over="", back=url_for("availability.listing"), view=view
    )
