"""When doctors can be booked: seen and changed by themselves, and by administrators, who also set the holidays.

A change that leaves appointments outside is not made before whoever makes it has seen them: the page that lists them
repeats what was entered, with the tickets that are accepted.
"""

from calendar import day_name
from collections.abc import Callable, Mapping
from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.clinic import appointments, audit, people
from app.clinic import availability as clinic
from app.clinic.clock import first_of_day
from app.clinic.displacement import guarded
from app.clinic.errors import Displaces
from app.clinic.models import AvailabilityException, Doctor, Role, WeeklyBreak, WeeklyHours
from app.web import entries
from app.web.access import only
from app.web.entries import Entries, field
from app.web.filling import CSRF_FIELD
from app.web.formatting import day, moment
from app.web.identity import the_user
from app.web.services import services
from workflows.diagrams.forms import FieldType, Form, FormField, FormView
from workflows.expressions.expression import Literal

availability = Blueprint("availability", __name__, url_prefix="/availability")

ACCEPTED_FIELD = "dams:accepted"
"""Holds a ticket that may come to lie outside; no field of a form can have this name."""

_WEEKLY = "/<docid>/<any(hours, breaks):weekly>"
_DAYS = [(str(number), name) for number, name in enumerate(day_name)]
_TIMES = (
    field("starts", FieldType.TIME, "From", hint="On the clinic's clock, in steps of 5 minutes."),
    field("ends", FieldType.TIME, "Until"),
)
_SLOTS = field("slot_minutes", FieldType.INTEGER, "Minutes of a slot", hint="From 5 to 480, in steps of 5.")
_NEW_DAYS = field("weekdays", FieldType.CHECKLIST, "Days of the week", options=_DAYS)
_DAY = field("weekday", FieldType.SELECT, "Day of the week", options=_DAYS)
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
            "doctor": _doctor(session, docid),
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

    refused = _submit(_weekly_form(weekly, _NEW_DAYS), docid, f"{weekly} added", write)
    return _done(docid) if refused is None else (_weekly_page(docid, weekly, refused), 422)


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

    refused = _submit(_weekly_form(weekly, _DAY), docid, f"{weekly} changed", write)
    return _done(docid) if refused is None else (_weekly_page(docid, weekly, refused, row_id), 422)


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

    _write(docid, f"{weekly} removed", write)
    return _done(docid)


@availability.get("/<docid>/leave/new")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def leave_form(docid: str) -> ResponseReturnValue:
    """Show the form to add leave."""
    return _leave_page(docid, entries.opened(_LEAVE))


@availability.post("/<docid>/leave/new")
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

    refused = _submit(_LEAVE, docid, "leave added", write)
    return _done(docid) if refused is None else (_leave_page(docid, refused), 422)


@availability.post("/<docid>/leave/<int:leave_id>/remove")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def remove_leave(docid: str, leave_id: int) -> ResponseReturnValue:
    """Take leave back."""

    def write(session: Session) -> None:
        leave = clinic.find_exception(session, docid=docid, exception_id=leave_id)
        clinic.remove_exception(session, exception_id=leave.id)

    _write(docid, "leave removed", write)
    return _done(docid)


@availability.get("/holidays/new")
@only(Role.ADMINISTRATOR)
def holiday_form() -> ResponseReturnValue:
    """Show the form to add a holiday."""
    return _holiday_page(entries.opened(_HOLIDAY))


@availability.post("/holidays/new")
@only(Role.ADMINISTRATOR)
def add_holiday() -> ResponseReturnValue:
    """Close the clinic for a day."""

    def write(session: Session, entered: Entries) -> None:
        found = services()
        clinic.plan_holiday(
            session, day=entered.day("day"), reason=entered.text("reason"), now=found.clock(), zone=found.zone
        )

    refused = _submit(_HOLIDAY, None, "holiday added", write)
    return _done(None) if refused is None else (_holiday_page(refused), 422)


@availability.post("/holidays/<int:holiday_id>/remove")
@only(Role.ADMINISTRATOR)
def remove_holiday(holiday_id: int) -> ResponseReturnValue:
    """Take a holiday back."""

    def write(session: Session) -> None:
        holiday = clinic.find_exception(session, docid=None, exception_id=holiday_id)
        clinic.remove_exception(session, exception_id=holiday.id)

    _write(None, "holiday removed", write)
    return _done(None)


@availability.errorhandler(Displaces)
def ask(warning: Displaces) -> ResponseReturnValue:
    """List the appointments that a change would leave outside, and ask whether to make it all the same."""
    repeated = [pair for pair in request.form.items(multi=True) if pair[0] not in {CSRF_FIELD, ACCEPTED_FIELD}]
    docid = (request.view_args or {}).get("docid")
    with services().database.read() as session:
        displaced = [appointments.find_by_ticket(session, ticketid=ticketid) for ticketid in warning.tickets]
    page = render_template(
        "availability/ask.html",
        displaced=displaced,
        repeated=repeated,
        accepted_field=ACCEPTED_FIELD,
        absence=_as_absence(docid, dict(repeated)),
        back=_address(docid),
    )
    return page, 409


def _as_absence(docid: str | None, entered: Mapping[str, str]) -> dict[str, str] | None:
    """Return the change as the page of absences asks for it, if it is leave of whole days."""
    if docid is None or "first_day" not in entered or entered.get("starts") or entered.get("ends"):
        return None
    return {"docid": docid, **{name: entered.get(name, "") for name in ("first_day", "last_day", "reason")}}


def _submit(form: Form, docid: str | None, action: str, act: Callable[[Session, Entries], None]) -> FormView | None:
    """Make a change out of what was entered; return the form with its errors if something is refused."""
    return entries.submit(form, lambda entered: _write(docid, action, lambda session: act(session, entered)))


def _write(docid: str | None, action: str, act: Callable[[Session], None]) -> None:
    """Make a change in one transaction, with its entry in the audit; raise `Displaces` for what was not accepted."""
    found = services()
    now, accepted = found.clock(), request.form.getlist(ACCEPTED_FIELD)
    with found.database.write() as session:
        if docid is not None:
            _doctor(session, docid)
        with guarded(session, docid=docid, now=now, zone=found.zone, accepted=accepted):
            act(session)
        audit.record(session, who=the_user().id, action=action, subject=docid or "clinic", now=now)


def _doctor(session: Session, docid: str) -> Doctor:
    """Return the doctor, to administrators and to the doctor alone; others' are as unknown as none."""
    user = the_user()
    if user.role is Role.DOCTOR and user.docid != docid:
        abort(404)
    return people.find_doctor(session, docid=docid)


def _weekly_row(session: Session, docid: str, weekly: str, row_id: int) -> WeeklyHours | WeeklyBreak:
    _doctor(session, docid)
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
    return _entry_page("availability/weekly.html", heading, docid, view, weekly=weekly, row_id=row_id)


def _leave_page(docid: str, view: FormView) -> str:
    return _entry_page("entry.html", "Add leave", docid, view)


def _holiday_page(view: FormView) -> str:
    return render_template("entry.html", heading="Add a holiday", view=view, back=_address(None))


def _entry_page(template: str, heading: str, docid: str, view: FormView, **more: object) -> str:
    with services().database.read() as session:
        doctor = _doctor(session, docid)
    over = f"Dr {doctor.full_name}, {doctor.specialization}"
    return render_template(template, heading=heading, over=over, view=view, docid=docid, back=_address(docid), **more)


def _done(docid: str | None) -> ResponseReturnValue:
    flash("The change is kept. New bookings follow it at once.")
    return redirect(_address(docid), 303)


def _address(docid: str | None) -> str:
    return url_for("availability.listing") if docid is None else url_for("availability.show", docid=docid)
