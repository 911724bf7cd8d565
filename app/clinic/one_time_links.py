"""One-time links: whoever gets the mail may do one thing, once, while the link lasts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.clinic import outbox
from app.clinic.errors import NotFound
from app.clinic.models import LinkPurpose, OneTimeLink
from app.clinic.secret_texts import digest, new_text

Address = Callable[[str], str]
"""Returns the address of the page for the secret part of a link."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail with a link. Its texts have places for ``{clinic}``, ``{link}`` and what else `send` is given."""

    purpose: LinkPurpose
    subject: str
    body: str
    lifetime: timedelta


def send(
    session: Session,
    letter: Letter,
    *,
    to: str,
    clinic_name: str,
    address: Address,
    now: datetime,
    name: str = "",
    login_id: str | None = None,
    **words: str,
) -> None:
    """Make a link, and put the mail with it into the outbox for the reader of the address `to`, called `name`."""
    text = make(session, purpose=letter.purpose, address=to, now=now, lifetime=letter.lifetime, login_id=login_id)
    body = letter.body.format(clinic=clinic_name, link=address(text), **words)
    subject = letter.subject.format(clinic=clinic_name)
    outbox.enqueue_confidential(session, name=name, address=to, subject=subject, body=body, now=now)


def make(
    session: Session,
    *,
    purpose: LinkPurpose,
    address: str,
    now: datetime,
    lifetime: timedelta,
    login_id: str | None = None,
) -> str:
    """Make a link for the reader of `address`; return its secret part, which is kept nowhere."""
    session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at <= now))
    text = new_text()
    link = OneTimeLink(
        digest=digest(text),
        purpose=purpose,
        login_id=login_id,
        address=address,
        created_at=now,
        expires_at=now + lifetime,
    )
    session.add(link)
    session.flush()
    return text


def find(session: Session, *, text: str, purpose: LinkPurpose, now: datetime) -> OneTimeLink:
    """Return a link that can be used; raise `NotFound` for one that was used or is over as for one that never was."""
    link = session.get(OneTimeLink, digest(text))
    if link is None or link.purpose is not purpose or link.expires_at <= now:
        raise NotFound("link", "that can be used")
    return link


def use(session: Session, *, text: str, purpose: LinkPurpose, now: datetime) -> OneTimeLink:
    """Use a link up; of several who do so at once, one has it. Raise `NotFound` as `find` does."""
    link = find(session, text=text, purpose=purpose, now=now)
    gone = session.scalars(delete(OneTimeLink).where(OneTimeLink.digest == link.digest).returning(OneTimeLink.digest))
    if not gone.all():
        raise NotFound("link", "that can be used")
    return link


def remove_all(session: Session, *, login_id: str) -> None:
    """Let no link of a login be of use any more."""
    session.execute(delete(OneTimeLink).where(OneTimeLink.login_id == login_id))
