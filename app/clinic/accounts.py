"""Accounts: who has one, and making them, at once or in two steps that may lie far apart: a login that opens nothing
yet, then the profile of its role.

Until its profile is there a login is pending: nobody can sign in with it. Whatever stops the work between the two steps
leaves no half account: the login is removed, at once (`remove_pending`) or once it is old (`sweep`).
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinic import audit, people, validation
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import Administrator, Doctor, Login, Patient, Role
from app.clinic.people import NewPerson

PENDING_FOR = timedelta(hours=1)
"""How long the second step may come after the first."""

_EVERYBODY = {"firstname": True, "midname": False, "lastname": True, "email": True, "mobile": True}
_STAFF = {"position": True, "date_started": True}
FIELDS: Mapping[Role, Mapping[str, bool]] = {
    Role.ADMINISTRATOR: {**_EVERYBODY, **_STAFF, "empid": True},
    Role.DOCTOR: {**_EVERYBODY, **_STAFF, "docid": True, "specialization": True},
    Role.PATIENT: {**_EVERYBODY, "birthday": True, "profession": False, "address": False},
}
"""The fields of each role's profile, all texts, and whether they are needed."""


def may_create(creator: Role | None, role: Role) -> bool:
    """Say whether somebody may create a login of this role: administrators any, who has no account a patient."""
    return creator is Role.ADMINISTRATOR or (creator is None and role is Role.PATIENT)


def create(
    session: Session,
    *,
    username: str,
    password_hash: str,
    role: Role,
    profile: Mapping[str, str],
    now: datetime,
    by: str | None = None,
) -> Login:
    """Make an account whole; `by` is the login of who asked for it, the new one itself unless it is said.

    Raise `InvalidInput` naming the field that is refused.
    """
    login_id = str(uuid4())
    with session.begin_nested():
        add_login(session, login_id=login_id, username=username, password_hash=password_hash, role=role, now=now)
        return add_profile(session, login_id=login_id, profile=profile, by=by or login_id, now=now)


def add_login(
    session: Session, *, login_id: str, username: str, password_hash: str, role: Role, now: datetime
) -> Login:
    """Add a pending login, or return the one that was added with this id before.

    Raise `InvalidInput` if somebody has the user name; one that has been pending for too long makes way.
    """
    known = session.get(Login, login_id)
    if known is not None:
        return known
    sweep(session, now=now)
    login = Login(
        id=login_id,
        username=validation.username(username),
        password_hash=password_hash,
        role=role,
        active=False,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(login)
    except IntegrityError as error:
        raise InvalidInput("username", "Somebody has this user name already.") from error
    return login


def add_profile(session: Session, *, login_id: str, profile: Mapping[str, str], by: str, now: datetime) -> Login:
    """Add the profile of a pending login's role, and open the login; a second time changes nothing.

    `by` is who asked for the account.

    Raise `NotFound` if the login was removed, `InvalidInput` naming the field that is refused.
    """
    login = people.find_login(session, login_id=login_id)
    if not is_pending(session, login=login):
        return login
    given = checked_profile(login.role, profile)
    person = NewPerson(login.username, "", **{name: given[name] for name in _EVERYBODY if name in given})
    if login.role is Role.PATIENT:
        people.create_patient(
            session,
            person=person,
            birthday=validation.day("birthday", given["birthday"]),
            profession=given.get("profession", ""),
            address=given.get("address", ""),
            now=now,
            login=login,
        )
    else:
        _add_staff(session, login, person, given, now)
    login.active = True
    details = {"role": login.role.name.lower()}
    audit.record(session, who=by, action="account created", subject=login.id, now=now, details=details)
    return login


def checked_profile(role: Role, profile: Mapping[str, str]) -> dict[str, str]:
    """Return a profile that has the fields of its role and no others; raise `InvalidInput` naming one that is wrong."""
    fields = FIELDS[role]
    for name in profile:
        if name not in fields:
            raise InvalidInput(name, f"A profile of this role has no such field. It has: {', '.join(fields)}.")
    for name, needed in fields.items():
        if needed and not profile.get(name):
            raise InvalidInput(name, "This is needed.")
    return dict(profile)


def is_pending(session: Session, *, login: Login) -> bool:
    """Say whether a login has no profile yet."""
    try:
        people.person_of_login(session, login=login)
    except NotFound:
        return True
    return False


def remove_pending(session: Session, *, login_id: str) -> bool:
    """Remove a login that has no profile; return whether there was one."""
    return _removed(session, Login.id == login_id) == 1


def sweep(session: Session, *, now: datetime) -> int:
    """Remove the logins that have been pending for too long; return how many."""
    return _removed(session, Login.created_at < now - PENDING_FOR)


def describe(session: Session, *, login_id: str) -> dict[str, str | int]:
    """Return a login with its profile, without the password, as what JSON can hold; raise `NotFound`."""
    login = people.find_login(session, login_id=login_id)
    person = people.person_of_login(session, login=login)
    told: dict[str, str | int] = {"id": login.id, "username": login.username, "role": int(login.role)}
    if isinstance(person, Patient):
        told["patientid"] = person.patientid
    for name in FIELDS[login.role]:
        value = getattr(person, name)
        told[name] = value.isoformat() if isinstance(value, date) else value
    return told


def _add_staff(session: Session, login: Login, person: NewPerson, given: Mapping[str, str], now: datetime) -> None:
    position, started = given["position"], validation.day("date_started", given["date_started"])
    if login.role is Role.ADMINISTRATOR:
        people.create_administrator(
            session, empid=given["empid"], person=person, position=position, date_started=started, now=now, login=login
        )
        return
    people.create_doctor(
        session,
        docid=given["docid"],
        person=person,
        specialization=given["specialization"],
        position=position,
        date_started=started,
        now=now,
        login=login,
    )


def _removed(session: Session, which: ColumnElement[bool]) -> int:
    profiles = (select(profile.login_id).where(profile.login_id == Login.id) for profile in _PROFILES)
    has_profile = or_(*(query.exists() for query in profiles))
    pending = select(Login.id).where(Login.active.is_(False), which, ~has_profile)
    return len(session.scalars(delete(Login).where(Login.id.in_(pending)).returning(Login.id)).all())


_PROFILES = (Administrator, Doctor, Patient)
