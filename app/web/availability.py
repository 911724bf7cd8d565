"""When doctors can be booked every week: seen and changed by themselves, and by administrators."""

from calendar import day_name
from datetime import timedelta

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.clinic import availability as clinic
from app.clinic import people
from app.clinic.clock import first_of_day
from app.clinic.errors import Displaces
from app.clinic.models import AvailabilityException, Role, WeeklyBreak, WeeklyHours
from app.web import changing, entries
from app.web.access import only
from app.web.entries import Entries, field
from app.web.formatting import day, moment
from app.web.identity import the_user
from app.web.services import services
from workflows.diagrams.forms import FieldType, Form, FormField, FormView
from workflows.expressions.expression import Literal

availability = Blueprint("availability", __name__, url_prefix="/availability")
availability.register_error_handler(Displaces, changing.ask)

_WEEKLY = "/<docid>/<any(hours, breaks):weekly>"
_DAYS = [(str(number), name) for number, name in enumerate(day_name)]
_TIMES = (
    field("starts", FieldType.TIME, "From", hint="On the clinic's clock, in steps of 5 minutes."),
    field("ends", FieldType.TIME, "Until"),
)
_SLOTS = field("slot_minutes", FieldType.INTEGER, "Minutes of a slot", hint="From 5 to 480, in steps of 5.")
_NEW_DAYS = field("weekdays", FieldType.CHECKLIST, "Days of the week", options=_DAYS)
_DAY = field("weekday", FieldType.SELECT, "Day of the week", options=_DAYS)


@availability.get("")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def listing() -> ResponseReturnValue:
    """List the doctors and the holidays; a doctor goes to the own week."""
    if the_user().docid is not None:
        return redirect(url_for("availability.show", docid=the_user().docid))
    with services().database.read() as session:
        doctors = people.list_doctors(session)
        holidays = clinic.list_holidays(session, after=services().clock())
    return render_template("availability/listing.html", doctors=doctors, holidays=holidays)


@availability.get("/<docid>")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def show(docid: str) -> ResponseReturnValue:
    """Show a doctor's week, leave, and the clinic's holidays."""
    with services().database.read() as session:
        page = {
            "doctor": changing.own_doctor(session, docid),
            "hours": clinic.list_weekly_hours(session, docid=docid),
            "breaks": clinic.list_weekly_breaks(session, docid=docid),
            "closures": clinic.list_exceptions(session, docid=docid, after=services().clock()),
        }
    return render_template("availability/week.html", day_names=day_name, span=_span, **page)


@availability.get(f"{_WEEKLY}/new")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def add_form(docid: str, weekly: str) -> ResponseReturnValue:
    """Show the form to add hours, or a break."""
    return _weekly_page(docid, weekly, entries.opened(_weekly_form(weekly, _NEW_DAYS)))


@availability.post(f"{_WEEKLY}/new")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def add(docid: str, weekly: str) -> ResponseReturnValue:
    """Add hours, or a break, on each of the days that were chosen."""

    def write(session: Session, entered: Entries) -> None:
        for weekday in entered.numbers("weekdays"):
            starts, ends = entered.clock("starts"), entered.clock("ends")
            if weekly == "hours":
                minutes = entered.number("slot_minutes")
                clinic.add_weekly_hours(
                    session, docid=docid, weekday=weekday, starts=starts, ends=ends, slot_minutes=minutes
                )
            else:
                clinic.add_weekly_break(session, docid=docid, weekday=weekday, starts=starts, ends=ends)

    refused = changing.submit(_weekly_form(weekly, _NEW_DAYS), docid, f"{weekly} added", write)
    return changing.done(docid) if refused is None else (_weekly_page(docid, weekly, refused), 422)


@availability.get(f"{_WEEKLY}/<int:row_id>")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def change_form(docid: str, weekly: str, row_id: int) -> ResponseReturnValue:
    """Show the form to change hours, or a break."""
    with services().database.read() as session:
        row = _weekly_row(session, docid, weekly, row_id)
    values = {"weekday": str(row.weekday), "starts": f"{row.starts:%H:%M}", "ends": f"{row.ends:%H:%M}"}
    if isinstance(row, WeeklyHours):
        values["slot_minutes"] = str(row.slot_minutes)
    return _weekly_page(docid, weekly, entries.opened(_weekly_form(weekly, _DAY), values), row_id)


@availability.post(f"{_WEEKLY}/<int:row_id>")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def change(docid: str, weekly: str, row_id: int) -> ResponseReturnValue:
    """Change hours, or a break."""

    def write(session: Session, entered: Entries) -> None:
        weekday, starts, ends = entered.number("weekday"), entered.clock("starts"), entered.clock("ends")
        if weekly == "hours":
            clinic.change_weekly_hours(
                session,
                docid=docid,
                hours_id=row_id,
                weekday=weekday,
                starts=starts,
                ends=ends,
                slot_minutes=entered.number("slot_minutes"),
            )
        else:
            clinic.change_weekly_break(session, docid=docid, break_id=row_id, weekday=weekday, starts=starts, ends=ends)

    refused = changing.submit(_weekly_form(weekly, _DAY), docid, f"{weekly} changed", write)
    return changing.done(docid) if refused is None else (_weekly_page(docid, weekly, refused, row_id), 422)


@availability.post(f"{_WEEKLY}/<int:row_id>/remove")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def remove(docid: str, weekly: str, row_id: int) -> ResponseReturnValue:
    """Take hours, or a break, away."""

    def write(session: Session) -> None:
        row = _weekly_row(session, docid, weekly, row_id)
        if isinstance(row, WeeklyHours):
            clinic.remove_weekly_hours(session, hours_id=row.id)
        else:
            clinic.remove_weekly_break(session, break_id=row.id)

    changing.write(docid, f"{weekly} removed", write)
    return changing.done(docid)


def _weekly_row(session: Session, docid: str, weekly: str, row_id: int) -> WeeklyHours | WeeklyBreak:
    changing.own_doctor(session, docid)
    if weekly == "hours":
        return clinic.find_weekly_hours(session, docid=docid, hours_id=row_id)
    return clinic.find_weekly_break(session, docid=docid, break_id=row_id)


def _weekly_form(weekly: str, weekday: FormField) -> Form:
    fields = (weekday, *_TIMES, _SLOTS) if weekly == "hours" else (weekday, *_TIMES)
    return Form(weekly, fields, submit_label=Literal("Save"))


def _span(closure: AvailabilityException) -> str:
    """Say when leave or a holiday is: in days if it is whole days."""
    zone = services().zone
    first = closure.starts_at.astimezone(zone).date()
    last = (closure.ends_at - timedelta(seconds=1)).astimezone(zone).date()
    whole = closure.starts_at == first_of_day(first, zone)
    if not whole or closure.ends_at != first_of_day(last + timedelta(days=1), zone):
        return f"{moment(closure.starts_at)} to {moment(closure.ends_at)}"
    return day(first) if first == last else f"{day(first)} to {day(last)}"


def _weekly_page(docid: str, weekly: str, view: FormView, row_id: int | None = None) -> str:
    what = "hours" if weekly == "hours" else "a break"
    heading = f"{'Add' if row_id is None else 'Change'} {what}"
    return changing.entry_page("availability/weekly.html", heading, docid, view, weekly=weekly, row_id=row_id)
