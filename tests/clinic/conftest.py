"""A clinic for tests: its tables on both databases, its clock, and a few people."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.clinic.models import Doctor, Patient
from app.clinic.schema import upgrade
from app.database import Database
from tests.clinic.builders import NOW, add_doctor, add_patient
from tests.servers.postgres import PostgresCluster


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster: PostgresCluster) -> str:
    """The name of a PostgreSQL database with the clinic's empty tables, to be copied."""
    name = postgres_cluster.create_database()
    _migrate(postgres_cluster.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the clinic's empty tables, to be copied."""
    path = tmp_path_factory.mktemp("clinic") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


def _migrate(url: str) -> None:
    database = Database.open(url)
    upgrade(database.writer)
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of the test's own with the clinic's empty tables, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "clinic.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        database = Database.open(f"sqlite:///{path}")
        yield database
        database.close()
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    name = cluster.create_database(request.getfixturevalue("postgres_template"))
    database = Database.open(cluster.url(name))
    yield database
    database.close()
    cluster.drop_database(name)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def shared_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with the clinic's tables, once on SQLite and once on PostgreSQL, in which nothing is ever kept."""
    if request.param == "sqlite":
        url = f"sqlite:///{request.getfixturevalue('sqlite_template')}"
    else:
        cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
        url = cluster.url(cluster.create_database(request.getfixturevalue("postgres_template")))
    database = Database.open(url)
    yield database
    database.close()


@pytest.fixture
def session(shared_database: Database) -> Iterator[Session]:
    """A session in one transaction that writes, of which nothing is kept."""
    with Session(shared_database.writer, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def doctor(session: Session) -> Doctor:
    """HSP-200, booked for half hours from 9 to 12 on the clock of Berlin, from Monday to Friday."""
    return add_doctor(session)


@pytest.fixture
def patient(session: Session) -> Patient:
    """The first patient."""
    return add_patient(session)


@pytest.fixture
def now() -> datetime:
    """Monday, 1 June 2026, seven o'clock in Berlin."""
    return NOW
