"""The chain that makes an account: the login, the profile of its role, the whole of it.

Each step is one transaction, and does nothing the second time. Whatever fails, what is there of the account is removed:
by a task that Celery sends then, by the sweep if not even that can be sent.
"""

from collections.abc import Mapping

from app.clinic import accounts
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import Role
from workers.celery.errors import Refused
from workers.celery.workplace import Workplace

ADD_LOGIN = "dams.accounts.add_login"
ADD_PROFILE = "dams.accounts.add_profile"
SHOW = "dams.accounts.show"
UNDO = "dams.accounts.undo"
SWEEP = "dams.accounts.sweep"


def add_login(
    place: Workplace, login_id: str, login: Mapping[str, str | int], profile: Mapping[str, str]
) -> list[object]:
    """Add a pending login: `username`, `password_hash`, `role`. Return what the next step needs."""
    username, password_hash = str(login["username"]), str(login["password_hash"])
    try:
        with place.database.write() as session:
            accounts.add_login(
                session,
                login_id=login_id,
                username=username,
                password_hash=password_hash,
                role=Role(int(login["role"])),
                now=place.clinic.now(),
            )
    except InvalidInput as error:
        raise Refused(error.field, error.message) from error
    return [login_id, dict(profile)]


def add_profile(place: Workplace, account: tuple[str, Mapping[str, str]], by: str) -> str:
    """Add the profile of the login's role, and open the login, for `by`, as the audit has it; return its id."""
    login_id, profile = account
    try:
        with place.database.write() as session:
            accounts.add_profile(session, login_id=login_id, profile=profile, by=by, now=place.clinic.now())
    except InvalidInput as error:
        raise Refused(error.field, error.message) from error
    except NotFound as error:
        raise Refused("username", "This took too long, and was given up. Please try again.") from error
    return login_id


def show(place: Workplace, login_id: str) -> dict[str, str | int]:
    """Return the complete login, without the password."""
    with place.database.read() as session:
        return accounts.describe(session, login_id=login_id)


def undo(place: Workplace, login_id: str) -> bool:
    """Remove the login of an account that has no profile; return whether there was one."""
    with place.database.write() as session:
        return accounts.remove_pending(session, login_id=login_id)


def sweep(place: Workplace) -> int:
    """Remove logins that have been pending for too long; return how many."""
    with place.database.write() as session:
        return accounts.sweep(session, now=place.clinic.now())


TASKS = {ADD_LOGIN: add_login, ADD_PROFILE: add_profile, SHOW: show, UNDO: undo, SWEEP: sweep}
