"""Bringing a database to the newest schema of the engine."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from workflows.embedded.database import WRITES

_MIGRATIONS = Path(__file__).with_name("migrations")
_UPGRADE_LOCK = 7_355_001
"""Any number, the same in every process: PostgreSQL lets one of them upgrade at a time."""


def upgrade(database: Engine) -> None:
    """Apply the migrations that `database` lacks, in one transaction; several processes may do so at once."""
    with database.execution_options(**WRITES).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
        command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Return what Alembic has to know to work on the engine's tables through `connection`."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def is_current(database: Engine) -> bool:
    """Say whether every migration was applied to the engine's tables."""
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "engine_version"})
        return set(context.get_current_heads()) == set(ScriptDirectory(str(_MIGRATIONS)).get_heads())
