"""The outbox: notices that go out by mail too, written in the transaction of the notice and sent afterwards.

Any number of senders may share it. One takes a mail under a lease, which it has to itself; when it is killed, another
takes the mail once the lease is over. So a mail is sent at least once, under one Message-ID, and never by two at once.
"""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.clinic import audit
from app.clinic.errors import NotAllowed, NotFound
from app.clinic.models import Mail, MailStatus, Notice
from app.clinic.models.people import Person
from app.clinic.paging import Page, page_of
from app.clinic.schedule_ics import Invitation

MOST_ATTEMPTS = 12
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
"""A mail is tried again after pauses that double, for most of a day in all."""

STALE = timedelta(days=2)
"""What stood for so long before it was tried at all, because there was no mail server, is of no use any more."""

_LONGEST_ERROR = 500


def enqueue(
    session: Session, *, notice: Notice, person: Person, now: datetime, invitation: Invitation | None = None
) -> Mail:
    """Put a notice into the outbox, for the one whom it is for."""
    mail = Mail(
        notice_id=notice.id,
        name=person.full_name,
        address=person.email,
        subject=notice.subject,
        body=notice.body,
        calendar=invitation.content if invitation else None,
        method=invitation.method if invitation else None,
        status=MailStatus.WAITING,
        attempts=0,
        due_at=now,
        created_at=now,
    )
    session.add(mail)
    session.flush()
    return mail


def enqueue_confidential(session: Session, *, name: str, address: str, subject: str, body: str, now: datetime) -> Mail:
    """Put a mail into the outbox whose text nobody but its reader may see."""
    mail = Mail(
        name=name,
        address=address,
        subject=subject,
        body=body,
        confidential=True,
        status=MailStatus.WAITING,
        attempts=0,
        due_at=now,
        created_at=now,
    )
    session.add(mail)
    session.flush()
    return mail


def is_due(session: Session, *, now: datetime) -> bool:
    """Say whether a mail can be taken."""
    return session.scalar(select(Mail.id).where(*_due(now)).limit(1)) is not None


def take(session: Session, *, now: datetime, lease: timedelta) -> Mail | None:
    """Take the mail that is due the longest, for the time of `lease`; None if no mail is due.

    Mails that have become useless fail on the way. To be committed before the mail is sent.
    """
    query = select(Mail).where(*_due(now)).order_by(Mail.due_at, Mail.id).limit(1)
    while (mail := session.scalar(query.with_for_update(skip_locked=True))) is not None:
        if mail.attempts or mail.due_at > now - STALE:
            mail.lease, mail.leased_until = str(uuid4()), now + lease
            mail.attempts += 1
            session.flush()
            return mail
        _settle(mail, MailStatus.FAILED, f"There was no mail server for {STALE.days} days.")
        session.flush()
    return None


def mark_sent(session: Session, *, mail_id: str, lease: str, now: datetime) -> bool:
    """Note that a mail was sent; False if the lease was lost."""
    mail = _leased(session, mail_id, lease)
    if mail is None:
        return False
    mail.sent_at = now
    _settle(mail, MailStatus.SENT, "")
    mail.lease = mail.leased_until = None
    return True


def mark_failed(session: Session, *, mail_id: str, lease: str, error: str, now: datetime, final: bool = False) -> bool:
    """Note why an attempt failed, and when the next one is due, unless it is `final`; False if the lease was lost."""
    mail = _leased(session, mail_id, lease)
    if mail is None:
        return False
    mail.error = error[:_LONGEST_ERROR]
    mail.lease = mail.leased_until = None
    if final or mail.attempts >= MOST_ATTEMPTS:
        _settle(mail, MailStatus.FAILED, mail.error)
    else:
        mail.due_at = now + min(FIRST_PAUSE * 2 ** (mail.attempts - 1), LONGEST_PAUSE)
    return True


def send_again(session: Session, *, mail_id: str, now: datetime, by: str) -> Mail:
    """Let a failed mail be tried anew; raise `NotFound`, or `NotAllowed` for one that did not fail."""
    find_mail(session, mail_id=mail_id)
    mail = session.get_one(Mail, mail_id, with_for_update=True, populate_existing=True)
    if mail.status is not MailStatus.FAILED:
        raise NotAllowed(f"This mail is {mail.status}; only one that has failed can be sent again.")
    if mail.confidential:
        raise NotAllowed("The text of this mail is forgotten. Let its reader ask for a new one.")
    mail.status, mail.attempts, mail.due_at = MailStatus.WAITING, 0, now
    audit.record(session, who=by, action="mail sent again", subject=mail_id, now=now)
    return mail


def find_mail(session: Session, *, mail_id: str) -> Mail:
    """Return a mail; raise `NotFound`."""
    mail = session.get(Mail, mail_id) if mail_id.isprintable() else None
    if mail is None:
        raise NotFound("mail", mail_id)
    return mail


def page_of_mails(session: Session, *, status: MailStatus, page: int = 1) -> Page[Mail]:
    """Return a page of the mails of one status, newest first."""
    query = select(Mail).where(Mail.status == status).order_by(Mail.created_at.desc(), Mail.id)
    return page_of(session, query, page=page)


def count_mails(session: Session) -> dict[MailStatus, int]:
    """Return how many mails stand where."""
    counted = session.execute(select(Mail.status, func.count()).group_by(Mail.status))
    return dict.fromkeys(MailStatus, 0) | dict(counted.all())


def _settle(mail: Mail, status: MailStatus, error: str) -> None:
    mail.status, mail.error = status, error
    if mail.confidential:
        mail.body = ""


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    free = or_(Mail.leased_until.is_(None), Mail.leased_until <= now)
    return Mail.status == MailStatus.WAITING, Mail.due_at <= now, free


def _leased(session: Session, mail_id: str, lease: str) -> Mail | None:
    query = select(Mail).where(Mail.id == mail_id, Mail.lease == lease).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))
