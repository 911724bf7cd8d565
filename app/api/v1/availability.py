"""When doctors can be booked: weekly hours and breaks, leave, and the free slots that follow from them."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from app.api.v1.fields import ListQuery, Sent, number, paragraphs, text
from app.api.v1.operations import Operations, Window
from app.api.v1.tags import expect
from app.clinic import availability as clinic
from app.clinic.models import AvailabilityException, ExceptionKind, Role, Scope, WeeklyBreak, WeeklyHours
from app.clinic.slots import Slot, free_slots
from app.web import changing
from app.web.services import services

blueprint = Operations("v1_availability", __name__, description="When doctors can be booked.")

_STAFF = (Role.ADMINISTRATOR, Role.DOCTOR)
_ACCEPTED = {"description": "tickets of appointments that may come to lie outside; the refusal with 409 names them"}


def _accepted() -> fields.List[str]:
    return fields.List(fields.String(), load_default=list, metadata=_ACCEPTED)


class SlotQuery(ListQuery):
    """How far ahead to look, today included."""

    days = fields.Integer(load_default=14, validate=validate.Range(1, 366))


class SlotSchema(Schema):
    """A time at which a doctor can be booked."""

    docid = fields.String()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()


class BreakSchema(Schema):
    """A part of a weekday in which no slot lies. 0 is Monday; times are on the clinic's clock."""

    id = fields.Integer()
    weekday = fields.Integer()
    starts = fields.Time()
    ends = fields.Time()


class HoursSchema(BreakSchema):
    """Hours of a weekday, cut into slots."""

    slot_minutes = fields.Integer()


class NewBreakSchema(Sent):
    """A break to add, or what it is to become."""

    weekday = number(0, 6, required=True)
    starts = fields.Time(required=True)
    ends = fields.Time(required=True)
    accepted = _accepted()


class NewHoursSchema(NewBreakSchema):
    """Hours to add, or what they are to become."""

    slot_minutes = number(5, 480, required=True)


class AcceptedQuery(Sent):
    """What may be lost."""

    accepted = _accepted()


class ClosureSchema(Schema):
    """A time in which a doctor on leave, or on a holiday nobody, can be booked."""

    id = fields.Integer()
    docid = fields.String(allow_none=True)
    kind = fields.Enum(ExceptionKind, by_value=True)
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    reason = fields.String()


class NewLeaveSchema(Sent):
    """Leave: without `starts` from the day's begin on, without `last_day` of one day, without `ends` to its end."""

    first_day = fields.Date(required=True)
    starts = fields.Time(load_default=None, allow_none=True)
    last_day = fields.Date(load_default=None, allow_none=True)
    ends = fields.Time(load_default=None, allow_none=True)
    reason = paragraphs(200, load_default="")
    accepted = _accepted()


class NewHolidaySchema(Sent):
    """A day on which the clinic is closed."""

    day = fields.Date(required=True)
    reason = text(200, required=True)
    accepted = _accepted()


class WeekSchema(Schema):
    """What is known of a doctor's availability."""

    docid = fields.String()
    hours = fields.List(fields.Nested(HoursSchema))
    breaks = fields.List(fields.Nested(BreakSchema))
    closures = fields.List(fields.Nested(ClosureSchema), metadata={"description": "leave and holidays to come"})


@blueprint.listing("/doctors/<docid>/slots", SlotSchema, scope=Scope.READ_CLINIC, query=SlotQuery)
def slots(asked: dict[str, Any], window: Window, docid: str) -> Sequence[Slot]:
    """List the free slots of a doctor, in the order of time."""
    found = services()
    with found.database.read() as session:
        return window.of(free_slots(session, docid=docid, now=found.clock(), zone=found.zone, days=asked["days"]))


@blueprint.reading("/doctors/<docid>/availability", WeekSchema, *_STAFF, scope=Scope.READ_CLINIC)
def week(docid: str) -> dict[str, Any]:
    """Read when a doctor can be booked: a doctor's own, or anybody's for administrators."""
    with services().database.read() as session:
        changing.own_doctor(session, docid)
        return {
            "docid": docid,
            "hours": clinic.list_weekly_hours(session, docid=docid),
            "breaks": clinic.list_weekly_breaks(session, docid=docid),
            "closures": clinic.list_exceptions(session, docid=docid, after=services().clock()),
        }


@blueprint.changing(
    "POST",
    "/doctors/<docid>/hours",
    HoursSchema,
    *_STAFF,
    scope=Scope.WRITE_CLINIC,
    status=201,
    body=NewHoursSchema,
)
def add_hours(asked: dict[str, Any], docid: str) -> tuple[WeeklyHours, int, dict[str, str]]:
    """Add weekly hours."""
    accepted = asked.pop("accepted")
    added = changing.made(
        docid, "hours added", lambda session: clinic.add_weekly_hours(session, docid=docid, **asked), accepted
    )
    return added, 201, {"Location": url_for("v1_availability.read_hours", docid=docid, hours_id=added.id)}


@blueprint.reading("/doctors/<docid>/hours/<int:hours_id>", HoursSchema, *_STAFF, scope=Scope.READ_CLINIC)
def read_hours(docid: str, hours_id: int) -> WeeklyHours:
    """Read weekly hours."""
    with services().database.read() as session:
        changing.own_doctor(session, docid)
        return clinic.find_weekly_hours(session, docid=docid, hours_id=hours_id)


@blueprint.changing(
    "PUT",
    "/doctors/<docid>/hours/<int:hours_id>",
    HoursSchema,
    *_STAFF,
    scope=Scope.WRITE_CLINIC,
    body=NewHoursSchema,
    guarded=True,
)
def change_hours(asked: dict[str, Any], docid: str, hours_id: int) -> WeeklyHours:
    """Change weekly hours; appointments that are there stay."""
    accepted = asked.pop("accepted")

    def act(session: Session) -> WeeklyHours:
        expect(HoursSchema, clinic.find_weekly_hours(session, docid=docid, hours_id=hours_id))
        return clinic.change_weekly_hours(session, docid=docid, hours_id=hours_id, **asked)

    return changing.made(docid, "hours changed", act, accepted)


@blueprint.changing(
    "DELETE",
    "/doctors/<docid>/hours/<int:hours_id>",
    None,
    *_STAFF,
    scope=Scope.WRITE_CLINIC,
    status=204,
    query=AcceptedQuery,
    guarded=True,
)
def remove_hours(asked: dict[str, Any], docid: str, hours_id: int) -> None:
    """Take weekly hours away."""

    def act(session: Session) -> None:
        expect(HoursSchema, clinic.find_weekly_hours(session, docid=docid, hours_id=hours_id))
        clinic.remove_weekly_hours(session, hours_id=hours_id)

    changing.made(docid, "hours removed", act, asked["accepted"])


@blueprint.changing(
    "POST",
    "/doctors/<docid>/breaks",
    BreakSchema,
    *_STAFF,
    scope=Scope.WRITE_CLINIC,
    status=201,
    body=NewBreakSchema,
)
def add_break(asked: dict[str, Any], docid: str) -> tuple[WeeklyBreak, int, dict[str, str]]:
    """Add a weekly break."""
    accepted = asked.pop("accepted")
    added = changing.made(
        docid, "breaks added", lambda session: clinic.add_weekly_break(session, docid=docid, **asked), accepted
    )
    return added, 201, {"Location": url_for("v1_availability.read_break", docid=docid, break_id=added.id)}


@blueprint.reading("/doctors/<docid>/breaks/<int:break_id>", BreakSchema, *_STAFF, scope=Scope.READ_CLINIC)
def read_break(docid: str, break_id: int) -> WeeklyBreak:
    """Read a weekly break."""
    with services().database.read() as session:
        changing.own_doctor(session, docid)
        return clinic.find_weekly_break(session, docid=docid, break_id=break_id)


@blueprint.changing(
    "PUT",
    "/doctors/<docid>/breaks/<int:break_id>",
    BreakSchema,
    *_STAFF,
    scope=Scope.WRITE_CLINIC,
    body=NewBreakSchema,
    guarded=True,
)
def change_break(asked: dict[str, Any], docid: str, break_id: int) -> WeeklyBreak:
    """Change a weekly break; appointments that are there stay."""
    accepted = asked.pop("accepted")

    def act(session: Session) -> WeeklyBreak:
        expect(BreakSchema, clinic.find_weekly_break(session, docid=docid, break_id=break_id))
        return clinic.change_weekly_break(session, docid=docid, break_id=break_id, **asked)

    return changing.made(docid, "breaks changed", act, accepted)


@blueprint.changing(
    "DELETE",
    "/doctors/<docid>/breaks/<int:break_id>",
    None,
    *_STAFF,
    scope=Scope.WRITE_CLINIC,
    status=204,
    guarded=True,
)
def remove_break(docid: str, break_id: int) -> None:
    """Take a weekly break away."""

    def act(session: Session) -> None:
        expect(BreakSchema, clinic.find_weekly_break(session, docid=docid, break_id=break_id))
        clinic.remove_weekly_break(session, break_id=break_id)

    changing.made(docid, "breaks removed", act)


@blueprint.changing(
    "POST",
    "/doctors/<docid>/leave",
    ClosureSchema,
    *_STAFF,
    scope=Scope.WRITE_CLINIC,
    status=201,
    body=NewLeaveSchema,
)
def add_leave(asked: dict[str, Any], docid: str) -> tuple[AvailabilityException, int]:
    """Add leave. `/absences/new` is the page that also tells the patients."""
    found, accepted = services(), asked.pop("accepted")

    def act(session: Session) -> AvailabilityException:
        return clinic.plan_leave(session, docid=docid, now=found.clock(), zone=found.zone, **asked)

    return changing.made(docid, "leave added", act, accepted), 201


@blueprint.changing(
    "DELETE",
    "/doctors/<docid>/leave/<int:leave_id>",
    None,
    *_STAFF,
    scope=Scope.WRITE_CLINIC,
    status=204,
)
def remove_leave(docid: str, leave_id: int) -> None:
    """Take leave back."""

    def act(session: Session) -> None:
        leave = clinic.find_exception(session, docid=docid, exception_id=leave_id)
        clinic.remove_exception(session, exception_id=leave.id)

    changing.made(docid, "leave removed", act)


@blueprint.listing("/holidays", ClosureSchema, scope=Scope.READ_CLINIC)
def holidays(asked: dict[str, Any], window: Window) -> Sequence[AvailabilityException]:  # noqa: ARG001
    """List the holidays to come, the next one first."""
    with services().database.read() as session:
        return window.of(clinic.list_holidays(session, after=services().clock()))


@blueprint.changing(
    "POST",
    "/holidays",
    ClosureSchema,
    Role.ADMINISTRATOR,
    scope=Scope.WRITE_CLINIC,
    status=201,
    body=NewHolidaySchema,
)
def add_holiday(asked: dict[str, Any]) -> tuple[AvailabilityException, int]:
    """Close the clinic for a day."""
    found, accepted = services(), asked.pop("accepted")

    def act(session: Session) -> AvailabilityException:
        return clinic.plan_holiday(session, now=found.clock(), zone=found.zone, **asked)

    return changing.made(None, "holiday added", act, accepted), 201


@blueprint.changing(
    "DELETE", "/holidays/<int:holiday_id>", None, Role.ADMINISTRATOR, scope=Scope.WRITE_CLINIC, status=204
)
def remove_holiday(holiday_id: int) -> None:
    """Take a holiday back."""

    def act(session: Session) -> None:
        holiday = clinic.find_exception(session, docid=None, exception_id=holiday_id)
        clinic.remove_exception(session, exception_id=holiday.id)

    changing.made(None, "holiday removed", act)
