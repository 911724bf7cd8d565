"""Who is signed in: what the pages know of the person behind a session."""

import hashlib
from dataclasses import dataclass
from typing import cast

from flask import abort, request
from flask_login import current_user
from sqlalchemy.orm import Session

from app.clinic import people
from app.clinic.errors import NotFound
from app.clinic.models import Doctor, Login, Patient, Role, Scope
from app.web.services import services


@dataclass(frozen=True, slots=True)
class User:
    """A person who is signed in. `docid` and `patientid` are set for doctors and patients.

    `credential` is a fingerprint of the password's hash and the sessions ended before: a session ends when the
    password changes, and when the person signs out anywhere. `scopes` are those of the token with which a program acts
    for the person, None if there is a session instead.
    """

    id: str
    username: str
    role: Role
    name: str
    credential: str
    docid: str | None = None
    patientid: int | None = None
    scopes: frozenset[Scope] | None = None
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Return what the session keeps."""
        return f"{self.id}:{self.credential}"

    @property
    def group(self) -> str:
        """The candidate group of the role, as diagrams name it."""
        return self.role.name.lower()

    @property
    def names(self) -> tuple[str, str]:
        """What a diagram may call this person, as an assignee or a candidate user."""
        return (self.id, self.username)


def carries_token() -> bool:
    """Say whether the present request comes with a token: then the token alone says for whom it speaks."""
    return request.headers.get("Authorization", "").lower().startswith("bearer ")


def load_user(session_id: str) -> User | None:
    """Return the user of a session, or None if the account is closed or its password was changed since."""
    if carries_token():
        return None
    login_id, _, credential = session_id.partition(":")
    with services().database.read() as session:
        try:
            login = people.find_login(session, login_id=login_id)
        except NotFound:
            return None
        user = user_of(session, login)
    return user if login.active and user.credential == credential else None


def user_of(session: Session, login: Login) -> User:
    """Return the user who signs in with `login`."""
    person = people.person_of_login(session, login=login)
    return User(
        id=login.id,
        username=login.username,
        role=login.role,
        name=f"Dr {person.full_name}" if isinstance(person, Doctor) else person.full_name,
        credential=hashlib.sha256(f"{login.sessions_ended} {login.password_hash}".encode()).hexdigest()[:24],
        docid=person.docid if isinstance(person, Doctor) else None,
        patientid=person.patientid if isinstance(person, Patient) else None,
    )


def signed_in_user() -> User | None:
    """Return who is signed in, if anybody is."""
    return cast(User, current_user._get_current_object()) if current_user.is_authenticated else None


def the_user() -> User:
    """Return who is signed in, on a page that only those see who are."""
    user = signed_in_user()
    if user is None:
        abort(401)
    return user
