"""The transactions that `Database` gives, on both databases."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from app.database import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database.open(database_url)
    with database.write() as session:
        session.execute(text("CREATE TABLE note (body varchar(20))"))
    yield database
    database.close()


def notes(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(text("SELECT body FROM note")))


def test_a_write_is_kept(database: Database) -> None:
    with database.write() as session:
        session.execute(text("INSERT INTO note VALUES ('kept')"))
    assert notes(database) == ["kept"]


def write_and_fail(database: Database) -> None:
    with database.write() as session:
        session.execute(text("INSERT INTO note VALUES ('lost')"))
        raise ZeroDivisionError


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        write_and_fail(database)
    assert notes(database) == []


def test_what_a_reader_writes_is_not_kept(database: Database) -> None:
    with database.read() as session:
        session.execute(text("INSERT INTO note VALUES ('lost')"))
    assert notes(database) == []
