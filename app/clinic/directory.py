"""Who has an account, and closing and opening accounts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.clinic import accounts, audit, one_time_links, people, sessions, validation
from app.clinic.errors import NotAllowed, NotFound
from app.clinic.models import Administrator, Doctor, Login, Patient, Role
from app.clinic.paging import Page, page_of

Holder = Administrator | Doctor | Patient
"""Somebody who has an account."""

_HOLDERS: Mapping[Role, type[Holder]] = {
    Role.ADMINISTRATOR: Administrator,
    Role.DOCTOR: Doctor,
    Role.PATIENT: Patient,
}


def page_of_holders(session: Session, *, role: Role, search: str = "", page: int = 1) -> Page[Holder]:
    """Return a page of those of one role by family name, closed accounts too; each word is part of a name."""
    return page_of(session, select_holders(role=role, search=search), page=page)


def select_holders(*, role: Role, search: str = "") -> Select[Holder]:
    """Return the query that `page_of_holders` shows a page of."""
    holder: Any = _HOLDERS[role]  # the three share their columns, which the checker can't know
    query: Select[Holder] = select(holder).order_by(holder.name_key, holder.login_id)
    for word in validation.search_key(search).split():
        query = query.where(holder.name_key.contains(word, autoescape=True))
    return query


def logins_of_email(session: Session, *, email: str) -> list[Login]:
    """Return the open accounts of whoever reads this address, by user name."""
    wanted = email.strip().lower()
    if not wanted.isprintable():
        return []
    owners = (Login.id.in_(select(each.login_id).where(func.lower(each.email) == wanted)) for each in _HOLDERS.values())
    return list(session.scalars(select(Login).where(Login.active, or_(*owners)).order_by(Login.username)))


def logins_named(session: Session, *, name_or_email: str) -> list[Login]:
    """Return the open account with this user name, or else those with this e-mail address."""
    try:
        login = people.find_username(session, username=name_or_email)
    except NotFound:
        return logins_of_email(session, email=name_or_email)
    return [login] if login.active else []


def close(session: Session, *, login_id: str, by: str, now: datetime) -> Login:
    """Close an account: nobody signs in with it, and who is signed in is not any more.

    `by` is the administrator's login; raise `NotAllowed` for one's own, so that somebody is left to open it again.
    """
    login = people.find_login(session, login_id=login_id)
    if login_id == by:
        raise NotAllowed("You can't close your own account. Let another administrator do it.")
    login.active = False
    sessions.end_all(session, login_id=login_id)
    one_time_links.remove_all(session, login_id=login_id)
    audit.record(session, who=by, action="account closed", subject=login_id, now=now)
    return login


def reopen(session: Session, *, login_id: str, by: str, now: datetime) -> Login:
    """Open an account that was closed; raise `NotFound` for one that was never completed."""
    login = people.find_login(session, login_id=login_id)
    if accounts.is_pending(session, login=login):
        raise NotFound("account", login_id)
    login.active = True
    audit.record(session, who=by, action="account opened", subject=login_id, now=now)
    return login
