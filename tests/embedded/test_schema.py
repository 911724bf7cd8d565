"""The migrations make exactly the tables that the engine works with."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from workflows.embedded.database import open_engine
from workflows.embedded.schema import upgrade
from workflows.embedded.tables import metadata


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_migrations_and_tables_are_the_same(database_url: str) -> None:
    database = open_engine(database_url)
    upgrade(database)
    with database.connect() as connection:
        options = {"version_table": "engine_version", "compare_type": True, "compare_server_default": True}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    database.dispose()
    assert differences == []


def test_partial_indexes_are_partial_on_both_databases(database_url: str) -> None:
    database = open_engine(database_url)
    upgrade(database)
    with database.connect() as connection:
        source = "pg_indexes" if connection.dialect.name == "postgresql" else "sqlite_master"
        column = "indexdef" if source == "pg_indexes" else "sql"
        statements = connection.scalars(text(f"SELECT {column} FROM {source}")).all()  # noqa: S608 -- constants
    database.dispose()
    partial = [statement for statement in statements if statement and "WHERE" in statement and "INDEX" in statement]
    assert len(partial) == 8


def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    database = open_engine(database_url)
    upgrade(database)
    before = set(inspect(database).get_table_names())
    upgrade(database)
    assert set(inspect(database).get_table_names()) == before == {*metadata.tables, "engine_version"}
    database.dispose()
