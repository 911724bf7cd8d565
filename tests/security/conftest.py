"""What the walks over all addresses start from."""

import pytest

from app.clinic import people
from tests.house import House
from tests.security.belongings import OTHER_DOCTOR, Belongings, belongings
from tests.visitor import Visitor


@pytest.fixture(scope="module")
def theirs(house: House) -> Belongings:
    """What belongs to somebody."""
    return belongings(house)


@pytest.fixture(scope="module")
def visitors(house: House, theirs: Belongings) -> dict[str, Visitor]:
    """Browsers of an administrator, of the doctor who treats somebody, of another doctor, and of two patients."""
    names = {"admin": "admin", "doctor": "amara.okafor", "owner": theirs.username, "stranger": house.add_patient()}
    found = {who: house.visitor(name) for who, name in names.items()}
    return {**found, "colleague": house.visitor(other_doctor(house))}


def other_doctor(house: House) -> str:
    """Return the user name of a doctor who does not treat somebody."""
    with house.services.database.read() as session:
        return people.find_doctor(session, docid=OTHER_DOCTOR).login.username
