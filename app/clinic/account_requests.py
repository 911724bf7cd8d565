"""Requests for accounts of staff: a doctor asks, by a link that confirms the address, and administrators decide.

Nothing that is asked for gives anybody anything: the role and what the clinic says of staff come with the decision.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.clinic import accounts, audit, notices, one_time_links, outbox, people, validation
from app.clinic.errors import NotAllowed, NotFound
from app.clinic.models import AccountRequest, LinkPurpose, Login, RequestStatus, Role
from app.clinic.models.care import LONGEST_REFUSAL, LONGEST_TEXT
from app.clinic.one_time_links import Address, Letter
from app.clinic.paging import Page, page_of
from app.clinic.people import NewPerson

ASKED = ("firstname", "midname", "lastname", "mobile", "specialization")
"""The fields of a doctor's profile that are asked for; the address is that of the link, the rest is the clinic's."""

STAFF = (Role.DOCTOR, Role.ADMINISTRATOR)
"""The roles that an administrator may give to who has asked."""

_LINK = Letter(
    LinkPurpose.STAFF,
    "Your request at {clinic}",
    "Somebody wants an account for staff of {clinic} with this e-mail address. If that was you, open this page within "
    "24 hours to say who you are; it works once:\n\n{link}\n\nIf it was not you, do nothing: then nobody is asked.",
    timedelta(hours=24),
)
_ASKS = "{name} ({specialization}) asks for an account of staff. Approve or refuse it at Accounts, Requests."
_REFUSED = "You asked for an account at {clinic}. It was refused. The reason: {reason}"


def ask_for_link(session: Session, email: str, *, clinic_name: str, address: Address, now: datetime) -> None:
    """Send somebody a link with which to ask; raise `InvalidInput` if `email` is no address."""
    email = validation.email(email)
    one_time_links.send(session, _LINK, to=email, clinic_name=clinic_name, address=address, now=now)


def ask(
    session: Session, *, text: str, username: str, profile: Mapping[str, str], message: str, now: datetime
) -> AccountRequest:
    """Ask for an account for whoever got the link, and tell administrators; `profile` has the fields `ASKED`.

    Raise `NotFound` if the link can't be used, `InvalidInput` naming the field that is refused: then it still can.
    """
    with session.begin_nested():
        link = one_time_links.use(session, text=text, purpose=LinkPurpose.STAFF, now=now)
        names = {name: profile.get(name, "") for name in ASKED if name != "specialization"}
        columns = people.columns_of(NewPerson(username, "", email=link.address, **names))
        del columns["name_key"]
        asked = AccountRequest(
            username=validation.username(username),
            specialization=validation.text("specialization", profile.get("specialization", ""), longest=100),
            message=validation.paragraphs("message", message, longest=LONGEST_TEXT, required=False),
            status=RequestStatus.OPEN,
            requested_at=now,
            **columns,
        )
        session.add(asked)
        session.flush()
        _note(session, "account asked for", asked, now, "somebody")
        _tell_administrators(session, asked, now)
    return asked


def approve(
    session: Session,
    *,
    request_id: str,
    role: Role,
    username: str,
    password_hash: str,
    profile: Mapping[str, str],
    now: datetime,
    by: str,
) -> Login:
    """Make an account with the address of a request; everything else is what the administrator `by` says.

    Raise `NotFound`, `InvalidInput` naming the field that is refused, or `NotAllowed` for a role that is not of staff,
    or if it was decided on already.
    """
    if role not in STAFF:
        raise NotAllowed("Who asks for an account of staff gets one of staff, or none.")
    with session.begin_nested():
        asked = _decide(session, request_id, RequestStatus.APPROVED, now=now, by=by)
        return accounts.create(
            session,
            username=username,
            password_hash=password_hash,
            role=role,
            profile={**profile, "email": asked.email},
            now=now,
            by=by,
        )


def refuse(
    session: Session, *, request_id: str, reason: str, clinic_name: str, now: datetime, by: str
) -> AccountRequest:
    """Refuse a request, and write to who asked why.

    Raise `NotFound`, `InvalidInput` without a reason, or `NotAllowed` if it was decided on already.
    """
    why = validation.text("reason", reason, longest=LONGEST_REFUSAL)
    with session.begin_nested():
        asked = _decide(session, request_id, RequestStatus.REFUSED, refusal=why, now=now, by=by)
        outbox.enqueue_confidential(
            session,
            name=asked.full_name,
            address=asked.email,
            subject=f"Your request at {clinic_name}",
            body=_REFUSED.format(clinic=clinic_name, reason=why),
            now=now,
        )
    return asked


def find_request(session: Session, *, request_id: str) -> AccountRequest:
    """Return a request; raise `NotFound`."""
    asked = session.get(AccountRequest, request_id) if request_id.isprintable() else None
    if asked is None:
        raise NotFound("request for an account", request_id)
    return asked


def page_of_requests(session: Session, *, status: RequestStatus, page: int = 1) -> Page[AccountRequest]:
    """Return a page of the requests of one status: open ones from the oldest on, decided ones newest first."""
    age = (AccountRequest.requested_at, AccountRequest.id)
    order = age if status is RequestStatus.OPEN else tuple(column.desc() for column in age)
    query = select(AccountRequest).where(AccountRequest.status == status).order_by(*order)
    return page_of(session, query, page=page)


def count_open(session: Session) -> int:
    """Return how many requests wait for a decision."""
    query = select(func.count()).select_from(AccountRequest).where(AccountRequest.status == RequestStatus.OPEN)
    return session.scalar(query) or 0


def _decide(
    session: Session, request_id: str, status: RequestStatus, *, now: datetime, by: str, refusal: str = ""
) -> AccountRequest:
    """Change an open request; of two who decide at the same moment the first wins."""
    asked = find_request(session, request_id=request_id)
    still_open = AccountRequest.id == asked.id, AccountRequest.status == RequestStatus.OPEN
    change = update(AccountRequest).where(*still_open)
    change = change.values(status=status, decided_by=by, decided_at=now, refusal=refusal)
    decided = session.execute(change.returning(AccountRequest.id)).first() is not None
    session.refresh(asked)
    if not decided:
        raise NotAllowed(f"This request was {asked.status} already.")
    _note(session, f"account request {status}", asked, now, by)
    return asked


def _tell_administrators(session: Session, asked: AccountRequest, now: datetime) -> None:
    administrators = select(Login.id).where(Login.role == Role.ADMINISTRATOR, Login.active).order_by(Login.id)
    for login_id in session.scalars(administrators):
        key = f"account request {asked.id} to {login_id}"
        body = _ASKS.format(name=asked.full_name, specialization=asked.specialization)
        notices.notify(session, login_id=login_id, subject="Somebody asks for an account", body=body, key=key, now=now)


def _note(session: Session, action: str, asked: AccountRequest, now: datetime, by: str) -> None:
    audit.record(session, who=by, action=action, subject=f"account request {asked.id}", now=now)
