"""Laboratory requests and diagnoses of a clinic that ran before requests could be refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

import app.clinic.schema
from app.clinic.models import LaboratoryRequest, RequestStatus
from app.clinic.schema import upgrade
from app.database import Database

_ROWS = """
INSERT INTO login (id, username, password_hash, role, active, created_at, sessions_ended) VALUES
    ('adm', 'adm', 'x', 0, true, '2026-01-01 00:00:00+00:00', 0),
    ('doc', 'doc', 'x', 1, true, '2026-01-01 00:00:00+00:00', 0),
    ('pat', 'pat', 'x', 2, true, '2026-01-01 00:00:00+00:00', 0);
INSERT INTO administrator (empid, login_id, firstname, midname, lastname, name_key, email, mobile, position,
    date_started) VALUES ('ADM-100', 'adm', 'Ruth', '', 'A', 'a ruth', 'a@example.org', '1', 'x', '2020-01-01');
INSERT INTO doctor (docid, login_id, firstname, midname, lastname, name_key, email, mobile, position, date_started,
    specialization) VALUES ('HSP-200', 'doc', 'Mira', '', 'O', 'o mira', 'o@example.org', '1', 'x', '2020-01-01', 'x');
INSERT INTO patient (patientid, login_id, firstname, midname, lastname, name_key, email, mobile, birthday, profession,
    address) VALUES (1, 'pat', 'Ana', '', 'K', 'k ana', 'k@example.org', '1', '1990-01-01', '', '');
INSERT INTO laboratory_request (id, docid, patientid, empid, details, requested_at, approved_at) VALUES
    (1, 'HSP-200', 1, 'ADM-100', 'Done', '2026-01-01 00:00:00+00:00', '2026-01-02 12:00:00+00:00'),
    (2, 'HSP-200', 1, NULL, 'Waiting', '2026-01-01 00:00:00+00:00', NULL);
INSERT INTO diagnosis (id, docid, patientid, narrative, resolution, submitted_at) VALUES
    (1, 'HSP-200', 1, 'A cold.', 'Rest.', '2026-01-01 00:00:00+00:00')
"""


@pytest.fixture
def before(database_url: str) -> Iterator[Database]:
    """A database with the tables as they were, an approved request and an open one, and a diagnosis."""
    database = Database.open(database_url)
    config = Config()
    config.set_main_option("script_location", str(Path(app.clinic.schema.__file__).with_name("migrations")))
    with database.writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        for statement in _ROWS.split(";"):
            connection.execute(text(statement))
    yield database
    database.close()


def test_what_was_there_is_carried_over(before: Database) -> None:
    upgrade(before.writer)
    with before.read() as session:
        done, waiting = session.get_one(LaboratoryRequest, 1), session.get_one(LaboratoryRequest, 2)
        assert (done.status, done.empid, done.refusal) == (RequestStatus.APPROVED, "ADM-100", "")
        assert done.decided_at is not None
        assert done.decided_at.day == 2
        assert (waiting.status, waiting.empid, waiting.decided_at) == (RequestStatus.OPEN, None, None)
        assert session.scalar(text("SELECT supersedes FROM diagnosis")) is None
