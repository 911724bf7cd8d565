"""What people change about themselves: how they are called and reached, and their e-mail address.

An address is theirs only once its reader has said so: whoever reads their mail can choose their password.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.clinic import accounts, audit, notices, one_time_links, people, validation
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import LinkPurpose, Patient, Role
from app.clinic.one_time_links import Address, Letter
from app.clinic.people import NewPerson

NOT_THEIRS = frozenset({"email", "empid", "docid", "position", "date_started"})
"""What people don't change in their profiles: the clinic says what staff are, and an address has to be confirmed."""

_CONFIRM = Letter(
    LinkPurpose.EMAIL,
    "Your e-mail address at {clinic}",
    "Somebody wants mail for the account {username} at {clinic} to come to this address. If that was you, open this "
    "page within 24 hours, where you sign in and confirm it; it works once:\n\n{link}\n\nIf it was not you, do "
    "nothing: then no mail comes here.",
    timedelta(hours=24),
)
_CHANGED = (
    "Mail for your account goes to another address from now on, which you have confirmed. This is the last one to the "
    "address that you had. If that was not you, change your password, and tell us."
)


def own_fields(role: Role) -> tuple[str, ...]:
    """Return the fields of a role's profile that people change themselves."""
    return tuple(name for name in accounts.FIELDS[role] if name not in NOT_THEIRS)


def own_profile(session: Session, *, login_id: str) -> dict[str, str]:
    """Return what somebody may change, as texts; raise `NotFound`."""
    login = people.find_login(session, login_id=login_id)
    person = people.person_of_login(session, login=login)
    return {name: str(getattr(person, name)) for name in own_fields(login.role)}


def change(session: Session, *, login_id: str, profile: Mapping[str, str], now: datetime) -> None:
    """Change somebody's own profile; fields that are not given stay as they are.

    Raise `InvalidInput` naming the field that is refused. The audit says which fields were changed, not to what.
    """
    login = people.find_login(session, login_id=login_id)
    person = people.person_of_login(session, login=login)
    for name in profile:
        if name not in own_fields(login.role):
            raise InvalidInput(name, "You can't change this yourself.")
    known = {name: str(getattr(person, name)) for name in accounts.FIELDS[login.role]}
    given = accounts.checked_profile(login.role, known | dict(profile))
    everybodys = {name: given[name] for name in ("firstname", "midname", "lastname", "email", "mobile")}
    columns: dict[str, object] = {**people.columns_of(NewPerson(login.username, "", **everybodys))}
    for name in ("specialization", "profession", "address"):
        if name in given:
            needed = accounts.FIELDS[login.role][name]
            columns[name] = validation.text(name, given[name], longest=100, required=needed)
    if isinstance(person, Patient):
        columns["birthday"] = validation.birthday(validation.day("birthday", given["birthday"]), now)
    changed = [name for name, value in columns.items() if getattr(person, name) != value]
    for name in changed:
        setattr(person, name, columns[name])
    if changed:
        details = {"fields": ", ".join(name for name in changed if name != "name_key")}
        audit.record(session, who=login_id, action="profile changed", subject=login_id, now=now, details=details)


def ask_for_email(
    session: Session, email: str, *, login_id: str, clinic_name: str, address: Address, now: datetime
) -> None:
    """Send a link to the address that somebody wants for their own; until it is used they keep the one they have.

    Raise `InvalidInput` if `email` is no address, or theirs already.
    """
    login = people.find_login(session, login_id=login_id)
    email = validation.email(email)
    if email == people.person_of_login(session, login=login).email:
        raise InvalidInput("email", "This is your e-mail address already.")
    one_time_links.send(
        session,
        _CONFIRM,
        to=email,
        login_id=login_id,
        clinic_name=clinic_name,
        address=address,
        now=now,
        username=login.username,
    )
    audit.record(session, who=login_id, action="new e-mail address asked for", subject=login_id, now=now)


def change_email(session: Session, *, text: str, login_id: str, now: datetime) -> None:
    """Give somebody the address to which a link was sent, and tell the reader of the one before.

    No other link of theirs is of use any more: some were sent to that address. Raise `NotFound` for a link that can't
    be used, or is somebody else's.
    """
    with session.begin_nested():
        link = one_time_links.use(session, text=text, purpose=LinkPurpose.EMAIL, now=now)
        if link.login_id != login_id:
            raise NotFound("link", "that can be used")
        entry = audit.record(session, who=login_id, action="e-mail address changed", subject=login_id, now=now)
        notices.notify(
            session,
            login_id=login_id,
            subject="Your e-mail address was changed",
            body=_CHANGED,
            key=f"e-mail address changed {entry.id}",
            now=now,
        )
        login = people.find_login(session, login_id=login_id)
        people.person_of_login(session, login=login).email = link.address
        one_time_links.remove_all(session, login_id=login_id)
