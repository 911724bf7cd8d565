"""What the clinic told somebody."""

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema, fields

from app.api.v1.fields import ListQuery
from app.api.v1.operations import Operations, Window
from app.api.v1.tags import expect
from app.clinic import notices as clinic
from app.clinic.models import Notice, Scope
from app.clinic.paging import some_of
from app.web.identity import the_user
from app.web.services import services

blueprint = Operations("v1_notices", __name__, description="What the clinic told who calls.")


class NoticeSchema(Schema):
    """A notice."""

    id = fields.Integer()
    ticketid = fields.String(allow_none=True)
    subject = fields.String()
    body = fields.String()
    created_at = fields.AwareDateTime()
    read_at = fields.AwareDateTime(allow_none=True)


class NoticeQuery(ListQuery):
    """Which notices to list."""

    unread = fields.Boolean(load_default=False, metadata={"description": "only those that were not read"})


class UnreadSchema(Schema):
    """How many notices nobody has read."""

    unread = fields.Integer()


@blueprint.listing("/notices", NoticeSchema, scope=Scope.READ_CLINIC, query=NoticeQuery)
def listing(asked: dict[str, Any], window: Window) -> Sequence[Notice]:
    """List one's own notices, newest first."""
    query = clinic.select_notices(login_id=the_user().id, unread_only=asked["unread"])
    with services().database.read() as session:
        return some_of(session, query, offset=window.offset, limit=window.take)


@blueprint.reading("/notices/<int:notice_id>", NoticeSchema, scope=Scope.READ_CLINIC)
def show(notice_id: int) -> Notice:
    """Read one of one's own notices; that does not mark it as read."""
    with services().database.read() as session:
        return clinic.find_notice(session, notice_id=notice_id, login_id=the_user().id)


@blueprint.changing("POST", "/notices/<int:notice_id>/read", NoticeSchema, scope=Scope.WRITE_CLINIC, guarded=True)
def mark_read(notice_id: int) -> Notice:
    """Mark a notice as read."""
    with services().database.write() as session:
        expect(NoticeSchema, clinic.find_notice(session, notice_id=notice_id, login_id=the_user().id))
        return clinic.mark_read(session, notice_id=notice_id, login_id=the_user().id, now=services().clock())


@blueprint.changing("POST", "/notices/read", UnreadSchema, scope=Scope.WRITE_CLINIC)
def mark_all_read() -> dict[str, int]:
    """Mark every notice as read."""
    with services().database.write() as session:
        clinic.mark_all_read(session, login_id=the_user().id, now=services().clock())
        return {"unread": clinic.count_unread(session, login_id=the_user().id)}
