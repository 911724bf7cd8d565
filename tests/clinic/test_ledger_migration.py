"""What the tables of charges and payments held is in the ledger that took their place."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.clinic import billing
from app.clinic.billing import BillStatus
from app.clinic.schema import upgrade
from app.database import Database

MIGRATIONS = Path(__file__).parents[2] / "app" / "clinic" / "migrations"
THEN, LATER = "2026-01-05 10:00:00", "2026-01-05 10:30:00"

PEOPLE = """
INSERT INTO login (id, username, password_hash, role, active, created_at) VALUES ('d', 'doc', '-', 1, true, :then);
INSERT INTO login (id, username, password_hash, role, active, created_at) VALUES ('p', 'ana', '-', 2, true, :then);
INSERT INTO doctor (docid, login_id, firstname, midname, lastname, name_key, email, mobile, position, specialization,
 date_started) VALUES ('HSP-1', 'd', 'Mira', '', 'Okafor', 'okafor mira', '-', '-', '-', 'Cardiology', '2020-01-01');
INSERT INTO patient (patientid, login_id, firstname, midname, lastname, name_key, email, mobile, birthday, profession,
 address) VALUES (1, 'p', 'Ana', '', 'Kovac', 'kovac ana', '-', '-', '1980-05-04', '', '');
INSERT INTO appointment (ticketid, docid, patientid, starts_at, ends_at, priority_level, status, created_at,
 updated_at) VALUES ('T-1', 'HSP-1', 1, :then, :later, 3, 'completed', :then, :then);
"""


@pytest.fixture
def old(database_url: str) -> Iterator[Database]:
    """A database from before the ledger, with an appointment."""
    database, config = Database.open(database_url), Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for statement in PEOPLE.split(";\n"):
            if statement.strip():
                connection.execute(text(statement), {"then": THEN, "later": LATER})
    yield database
    database.close()


def insert(database: Database, table: str, ticketid: str | None, amount: str) -> None:
    """Add a row to one of the old tables, in which SQLite has whole cents."""
    scale = 100 if database.engine.dialect.name == "sqlite" else 1
    values = {"patientid": 1, "ticketid": ticketid, "amount": Decimal(amount) * scale, "created_at": THEN}
    values |= {"discount": Decimal("10.00") * scale} if table == "payment" else {"description": "Consultation"}
    row = {name: int(value) if isinstance(value, Decimal) and scale > 1 else value for name, value in values.items()}
    row |= {f"{table}id": f"{table} of {amount}"}
    statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"  # noqa: S608
    with database.writer.begin() as connection:
        connection.execute(text(statement), row)


def test_charges_and_payments_become_postings(old: Database) -> None:
    insert(old, "charge", "T-1", "60.00")
    insert(old, "payment", "T-1", "50.00")
    upgrade(old.writer)
    with old.read() as session:
        bill = billing.bill(session, ticketid="T-1")
        postings = billing.postings_of_bill(session, ticketid="T-1")
    assert (bill.status, str(bill.charge), str(bill.discount)) == (BillStatus.PAID, "60.00", "10.00")
    assert [(posting.key, str(posting.amount)) for posting in postings] == [
        ("charge of 60.00", "60.00"),
        ("payment of 50.00", "50.00"),
    ]


def test_what_belongs_to_no_ticket_stops_the_migration_and_nothing_is_lost(old: Database) -> None:
    insert(old, "charge", None, "60.00")
    with pytest.raises(IntegrityError):
        upgrade(old.writer)
    with old.read() as session:
        assert session.scalar(text("SELECT count(*) FROM charge")) == 1
