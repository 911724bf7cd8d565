"""The first account of a clinic, made by command."""

import pytest

from app.clinic import people
from app.clinic.models import Role
from app.database import Database
from tests.cli.conftest import Installation, Order

WANTED = ("--firstname", "Ada", "--lastname", "Berg", "--email", "ada@clinic.example", "--mobile", "+49 40 5550166")


def test_an_administrator_is_made_whose_password_is_printed_alone(order: Order, installation: Installation) -> None:
    made = order("administrator", "ada.berg", "--empid", "ADM-900", *WANTED)
    assert (made.status, made.err) == (0, "")
    database = Database.open(f"sqlite:///{installation.folder / 'dams.db'}")
    with database.read() as session:
        login = people.authenticate(session, username="ada.berg", password=made.out.strip())
    database.close()
    assert login is not None
    assert login.role is Role.ADMINISTRATOR


@pytest.mark.parametrize(
    ("username", "empid", "said"),
    [("admin", "ADM-901", "username"), ("ada.new", "901", "empid"), ("a", "ADM-902", "a-z")],
)
def test_what_is_refused_is_told(order: Order, username: str, empid: str, said: str) -> None:
    refused = order("administrator", username, "--empid", empid, *WANTED)
    assert (refused.status, refused.out) == (2, "")
    assert said in refused.err
