"""The migrations make the tables that the models describe, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, inspect, text

from app.clinic.models import Base
from app.clinic.schema import is_current, upgrade
from app.database import Database

MIGRATIONS = Path(__file__).parents[2] / "app" / "clinic" / "migrations" / "versions"


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    database = Database.open(database_url)
    yield database
    database.close()


def differences(connection: Connection) -> list[object]:
    options = {"version_table": "clinic_version", "compare_type": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def test_migrated_tables_are_those_of_the_models(empty: Database) -> None:
    upgrade(empty.writer)
    with empty.engine.connect() as connection:
        assert differences(connection) == []


def test_checks_have_the_names_of_the_models(empty: Database) -> None:
    upgrade(empty.writer)
    inspector = inspect(empty.engine)
    for table in Base.metadata.sorted_tables:
        expected = {str(item.name) for item in table.constraints if isinstance(item, CheckConstraint)}
        assert {item["name"] for item in inspector.get_check_constraints(table.name)} == expected, table.name


def test_tables_are_current_once_all_migrations_were_applied(empty: Database) -> None:
    assert not is_current(empty.engine)
    upgrade(empty.writer)
    assert is_current(empty.engine)
    with empty.write() as session:
        session.execute(text("UPDATE clinic_version SET version_num = '0001'"))
    assert not is_current(empty.engine)


def test_upgrading_again_changes_nothing(empty: Database) -> None:
    upgrade(empty.writer)
    before = inspect(empty.engine).get_table_names()
    upgrade(empty.writer)
    assert inspect(empty.engine).get_table_names() == before


def test_the_version_has_a_table_of_its_own(empty: Database) -> None:
    newest = max(file.name for file in MIGRATIONS.glob("[0-9]*.py")).partition("_")[0]
    upgrade(empty.writer)
    with empty.read() as session:
        assert session.scalar(text("SELECT version_num FROM clinic_version")) == newest


def test_it_works_from_any_directory(empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    upgrade(empty.writer)
    assert inspect(empty.engine).has_table("appointment")


def test_a_migration_that_fails_leaves_nothing(empty: Database) -> None:
    with empty.write() as session:
        session.execute(text("CREATE TABLE audit (id integer)"))
    with pytest.raises(Exception, match=r"audit.*already exists"):
        upgrade(empty.writer)
    assert inspect(empty.engine).get_table_names() == ["audit"]
