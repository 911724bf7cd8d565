"""Notices: what the clinic tells people, on their pages and by mail."""

from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinic import appointments, outbox, people, validation
from app.clinic.errors import NotFound
from app.clinic.models import Notice
from app.clinic.paging import Page, page_of
from app.clinic.schedule_ics import Invitation

_LARGEST_NUMBER = 2**31 - 1


def notify(
    session: Session,
    *,
    login_id: str,
    subject: str,
    body: str,
    key: str,
    now: datetime,
    ticketid: str | None = None,
    invitation: Invitation | None = None,
) -> Notice:
    """Leave a notice for somebody, once for each `key`: with a key that is known, return the notice that is there.

    It goes out by mail too, with the calendar part if one is given, unless the account is closed. Raise `NotFound` for
    an unknown login or ticket, `InvalidInput` for an empty or too long subject, body or key.
    """
    login = people.find_login(session, login_id=login_id)
    notice = Notice(
        key=validation.text("key", key, longest=200),
        login_id=login.id,
        ticketid=appointments.find_by_ticket(session, ticketid=ticketid).ticketid if ticketid else None,
        subject=validation.text("subject", subject, longest=200),
        body=validation.paragraphs("body", body, longest=10_000),
        created_at=now,
    )
    same_key = select(Notice).where(Notice.key == notice.key)
    if (existing := session.scalar(same_key)) is not None:
        return existing
    try:
        with session.begin_nested():
            session.add(notice)
            session.flush()
            if login.active:
                person = people.person_of_login(session, login=login)
                outbox.enqueue(session, notice=notice, person=person, invitation=invitation, now=now)
    except IntegrityError:
        if (existing := session.scalar(same_key)) is not None:
            return existing
        raise
    return notice


def list_notices(session: Session, *, login_id: str, unread_only: bool = False, limit: int = 50) -> list[Notice]:
    """Return somebody's notices, newest first."""
    return list(session.scalars(select_notices(login_id=login_id, unread_only=unread_only).limit(limit)))


def select_notices(*, login_id: str, unread_only: bool = False) -> Select[Notice]:
    """Return the query for somebody's notices, newest first."""
    query = select(Notice).where(Notice.login_id == login_id)
    if unread_only:
        query = query.where(Notice.read_at.is_(None))
    return query.order_by(Notice.created_at.desc(), Notice.id.desc())


def page_of_notices(session: Session, *, login_id: str, page: int, unread_only: bool = False) -> Page[Notice]:
    """Return a page of somebody's notices, newest first."""
    return page_of(session, select_notices(login_id=login_id, unread_only=unread_only), page=page)


def count_unread(session: Session, *, login_id: str) -> int:
    """Return how many notices somebody has not read."""
    query = select(func.count()).select_from(Notice).where(Notice.login_id == login_id, Notice.read_at.is_(None))
    return session.scalar(query) or 0


def find_notice(session: Session, *, notice_id: int, login_id: str) -> Notice:
    """Return a notice of somebody's; raise `NotFound` for another's as for an unknown one."""
    notice = session.get(Notice, notice_id) if 0 < notice_id <= _LARGEST_NUMBER else None
    if notice is None or notice.login_id != login_id:
        raise NotFound("notice", notice_id)
    return notice


def mark_read(session: Session, *, notice_id: int, login_id: str, now: datetime) -> Notice:
    """Note when somebody first read a notice of theirs; raise `NotFound` for another's as for an unknown one."""
    notice = find_notice(session, notice_id=notice_id, login_id=login_id)
    if notice.read_at is None:
        notice.read_at = now
        session.flush()
    return notice


def mark_all_read(session: Session, *, login_id: str, now: datetime) -> None:
    """Note that somebody has read every notice."""
    unread = Notice.login_id == login_id, Notice.read_at.is_(None)
    session.execute(update(Notice).where(*unread).values(read_at=now))
