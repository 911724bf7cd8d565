"""Who is signed in: what the pages know of the person behind a session."""

from dataclasses import dataclass, field, replace
from typing import cast

from flask import abort, request
from flask_login import current_user
from sqlalchemy.orm import Session

from app.clinic import people, sessions
from app.clinic.models import Doctor, Login, Patient, Role, Scope
from app.web.services import services


@dataclass(frozen=True, slots=True)
class User:
    """A person who is signed in. `docid` and `patientid` are set for doctors and patients.

    `session` is the text of the session that the service keeps. `scopes` are those of the token with which a program
    acts for the person, None if there is a session instead.
    """

    id: str
    username: str
    role: Role
    name: str
    docid: str | None = None
    patientid: int | None = None
    scopes: frozenset[Scope] | None = None
    session: str = field(default="", repr=False)
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Return what the cookie keeps."""
        return self.session

    @property
    def group(self) -> str:
        """The candidate group of the role, as diagrams name it."""
        return self.role.name.lower()

    @property
    def names(self) -> tuple[str, str]:
        """What a diagram may call this person, as an assignee or a candidate user."""
        return (self.id, self.username)


BASIC_PREFIXES = ("/engine-rest/", "/v2/")
"""Where a token may come as the password of its owner, which is all that some clients of Camunda can send."""


def carries_token() -> bool:
    """Say whether the present request comes with a token: then the token alone says for whom it speaks."""
    scheme = request.headers.get("Authorization", "").lower().partition(" ")[0]
    return scheme == "bearer" or (scheme == "basic" and request.path.startswith(BASIC_PREFIXES))


def load_user(text: str) -> User | None:
    """Return the user of a session, or None if it is over or the account is closed."""
    if carries_token():
        return None
    with services().database.read() as session:
        login = sessions.login_of(session, text=text, now=services().clock())
        return None if login is None else replace(user_of(session, login), session=text)


def user_of(session: Session, login: Login) -> User:
    """Return the user who signs in with `login`."""
    person = people.person_of_login(session, login=login)
    return User(
        id=login.id,
        username=login.username,
        role=login.role,
        name=f"Dr {person.full_name}" if isinstance(person, Doctor) else person.full_name,
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
