"""Programs that call the service."""

from datetime import timedelta

import pytest

from app.clinic import tokens
from app.clinic.models import Scope
from tests.api.program import Program
from tests.house import House
from tests.visitor import Visitor


@pytest.fixture
def program(house: House) -> Program:
    """A program that acts for the administrator, with every scope."""
    return program_of(house, "admin", *Scope)


@pytest.fixture
def administrator(house: House) -> Visitor:
    """The administrator of the demo clinic, signed in with a browser."""
    return house.visitor("admin")


def program_of(house: House, username: str, *scopes: Scope) -> Program:
    """Return a program that acts for somebody with a new token of these scopes."""
    return Program(house.app, token_of(house, username, *scopes))


def token_of(house: House, username: str, *scopes: Scope, days: int = 300) -> str:
    """Return the text of a new token."""
    login_id, now = house.login_id(username), house.clock.now
    with house.services.database.write() as session:
        _, text = tokens.create(
            session, login_id=login_id, name="tests", scopes=scopes, lifetime=timedelta(days=days), now=now
        )
    return text
