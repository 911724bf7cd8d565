"""Tokens for programs that are set up by command."""

import pytest

from app.clinic import people, tokens
from app.clinic.models import Scope
from app.database import Database
from tests.cli.conftest import Installation, Order

WANTED = ("token", "admin", "--name", "Airflow", "--scope", "reports", "--scope", "people:read")


def test_a_token_is_printed_alone_and_opens_what_was_asked_for(order: Order, installation: Installation) -> None:
    made = order(*WANTED)
    assert (made.status, made.err) == (0, "")
    database = Database.open(f"sqlite:///{installation.folder / 'dams.db'}")
    with database.read() as session:
        (found, *_) = tokens.list_tokens(session, login_id=people.find_username(session, username="admin").id)
        known = tokens.authenticate(session, text=made.out.strip(), now=found.created_at)
    database.close()
    assert known is found
    assert found.granted == {Scope.REPORTS, Scope.READ_PEOPLE}


@pytest.mark.parametrize("wrong", [("--days", "367"), ("--scope", "everything"), ("--name", "")])
def test_what_no_token_can_be_is_refused(order: Order, wrong: tuple[str, ...]) -> None:
    refused = order(*WANTED, *wrong)
    assert refused.status == 2
    assert refused.out == ""
    assert refused.err


def test_nobody_unknown_gets_one(order: Order) -> None:
    refused = order("token", "nobody", *WANTED[2:])
    assert refused.status == 2
    assert "USERNAME" in refused.err
