"""Mail as it waits in the outbox, and the one-time links in it."""

import re

from sqlalchemy import select

from app.clinic.models import Mail
from tests.house import House

_LINK = re.compile(r"http://localhost(/\S+)")


def letters_to(house: House, address: str) -> list[Mail]:
    """Return the mails that are for its reader alone, oldest first."""
    query = select(Mail).where(Mail.address == address, Mail.confidential).order_by(Mail.created_at, Mail.id)
    with house.services.database.read() as session:
        return list(session.scalars(query))


def link_to(house: House, address: str) -> str:
    """Return the path of the link in the one mail that was sent there."""
    (letter,) = letters_to(house, address)
    (path,) = _LINK.findall(letter.body)
    return str(path)
