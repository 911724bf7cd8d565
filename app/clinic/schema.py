"""The clinic's tables in a database, brought up to date by migrations."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

_MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 0x64616D73  # any number of our own: processes that start together migrate one after another


def upgrade(engine: Engine) -> None:
    """Bring the clinic's tables to the newest version, in one transaction; do nothing if they are there.

    On SQLite give an engine whose transactions write from their start, so that a second process waits.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(engine: Engine) -> bool:
    """Say whether every migration was applied to the clinic's tables."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "clinic_version"})
        return set(context.get_current_heads()) == set(ScriptDirectory(str(_MIGRATIONS)).get_heads())
