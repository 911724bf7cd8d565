"""What people do about their own accounts: signing up, and choosing passwords.

Nobody learns from it who has an account: whoever asks for a mail is told the same, and only its reader sees the rest.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.clinic import accounts, audit, directory, notices, one_time_links, people, sessions, validation
from app.clinic import passwords as costs
from app.clinic.errors import InvalidInput
from app.clinic.models import LinkPurpose, Login, Role
from app.clinic.one_time_links import Address, Letter
from app.clinic.passwords import Passwords
from app.clinic.secret_texts import new_text

SIGN_UP_LASTS = timedelta(hours=24)

_SIGN_UP = Letter(
    LinkPurpose.SIGN_UP,
    "Your account at {clinic}",
    "Somebody wants an account at {clinic} with this e-mail address. If that was you, open this page within 24 hours "
    "to make it:\n\n{link}\n\nIf it was not you, do nothing: without this page no account is made.{known}",
    SIGN_UP_LASTS,
)
_KNOWN = (
    "\n\nThere is an account with this address already, with the user name {names}. If you have forgotten its "
    "password, ask for a new one where you sign in."
)
_FORGOTTEN = Letter(
    LinkPurpose.PASSWORD,
    "A new password at {clinic}",
    "Somebody wants a new password for your account {username} at {clinic}. If that was you, open this page within one "
    "hour to choose it; it works once:\n\n{link}\n\nIf it was not you, do nothing: your password stays as it is.",
    timedelta(hours=1),
)
_INVITATION = Letter(
    LinkPurpose.PASSWORD,
    "Your account at {clinic}",
    "{clinic} has made an account for you. Your user name is {username}. Open this page within 7 days to choose your "
    "password; it works once:\n\n{link}",
    timedelta(days=7),
)
_CHANGED = (
    "The password of your account was changed, and all browsers that were signed in have to sign in again. API tokens "
    "stay good until you revoke them. If that was not you, ask for a new password where you sign in, and tell us."
)


def hash_password(username: str, password: str, passwords: Passwords = costs.STANDARD) -> str:
    """Return the hash of a new password; raise `InvalidInput` for one that is refused. It is slow on purpose."""
    if username and validation.search_key(username) in validation.search_key(password):
        raise InvalidInput("password", "A password can't contain the user name.")
    return passwords.hash(password)


def unknown_password() -> str:
    """Return the hash of a password that nobody knows, for an account whose owner will choose one."""
    return hash_password("", new_text())


def ask_to_sign_up(session: Session, email: str, *, clinic_name: str, address: Address, now: datetime) -> None:
    """Send somebody a link to make an account; raise `InvalidInput` if `email` is no address."""
    email = validation.email(email)
    names = ", ".join(login.username for login in directory.logins_of_email(session, email=email))
    known = _KNOWN.format(names=names) if names else ""
    one_time_links.send(session, _SIGN_UP, to=email, clinic_name=clinic_name, address=address, now=now, known=known)


def sign_up(
    session: Session, *, text: str, username: str, password_hash: str, profile: Mapping[str, str], now: datetime
) -> Login:
    """Make the account of a patient for whoever got the link; the e-mail address is that of the link.

    Raise `NotFound` if the link can't be used, `InvalidInput` naming the field that is refused: then it still can.
    """
    with session.begin_nested():
        link = one_time_links.use(session, text=text, purpose=LinkPurpose.SIGN_UP, now=now)
        return accounts.create(
            session,
            username=username,
            password_hash=password_hash,
            role=Role.PATIENT,
            profile={**profile, "email": link.address},
            now=now,
        )


def ask_for_new_password(
    session: Session, name_or_email: str, *, clinic_name: str, address: Address, now: datetime
) -> None:
    """Send the owners of the accounts that have this user name or e-mail address a link; nothing says if there are any.

    The audit has an entry either way, so that both take the same time.
    """
    logins = directory.logins_named(session, name_or_email=name_or_email)
    for login in logins:
        _send(session, _FORGOTTEN, login, clinic_name=clinic_name, address=address, now=now)
    subject = logins[0].id if logins else "unknown"
    audit.record(session, who="somebody", action="new password asked for", subject=subject, now=now)


def invite(session: Session, *, login_id: str, clinic_name: str, address: Address, now: datetime, by: str) -> None:
    """Send the owner of an account a link to choose its password; `by` is the administrator's login."""
    login = people.find_login(session, login_id=login_id)
    _send(session, _INVITATION, login, clinic_name=clinic_name, address=address, now=now)
    audit.record(session, who=by, action="invited", subject=login_id, now=now)


def choose_password(session: Session, *, text: str, password_hash: str, now: datetime) -> Login:
    """Set the password of whoever got the link; raise `NotFound` if it can't be used."""
    link = one_time_links.use(session, text=text, purpose=LinkPurpose.PASSWORD, now=now)
    login = people.find_login(session, login_id=link.login_id or "")
    change_password(session, login_id=login.id, password_hash=password_hash, now=now)
    return login


def change_password(session: Session, *, login_id: str, password_hash: str, now: datetime) -> None:
    """Set a password; every session ends, no link that was sent is of use any more, and the owner is told."""
    login = people.find_login(session, login_id=login_id)
    login.password_hash = password_hash
    sessions.end_all(session, login_id=login_id)
    one_time_links.remove_all(session, login_id=login_id)
    entry = audit.record(session, who=login_id, action="password changed", subject=login_id, now=now)
    notices.notify(
        session,
        login_id=login_id,
        subject="Your password was changed",
        body=_CHANGED,
        key=f"password changed {entry.id}",
        now=now,
    )


def _send(session: Session, letter: Letter, login: Login, *, clinic_name: str, address: Address, now: datetime) -> None:
    person = people.person_of_login(session, login=login)
    one_time_links.send(
        session,
        letter,
        to=person.email,
        name=person.full_name,
        login_id=login.id,
        clinic_name=clinic_name,
        address=address,
        now=now,
        username=login.username,
    )
