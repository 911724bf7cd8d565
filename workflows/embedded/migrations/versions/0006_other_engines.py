"""Instances that other engines move: their keys are long numbers, and how far they were listened to is kept."""

import sqlalchemy as sa
from alembic import op

from workflows.embedded.columns import SEQUENCE

revision = "0006"
down_revision = "0005"

_NUMBERS = (
    ("user_task", "number"),
    ("task_candidate", "number"),
    ("job", "number"),
    ("timer", "number"),
    ("subscription", "number"),
    ("incident", "number"),
    ("incident", "wait"),
    ("activity", "number"),
    ("activity", "parent"),
    ("variable_change", "scope"),
    ("variable_change", "activity"),
    ("instance", "parent_number"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":  # the integers of SQLite are as long as they have to be
        for table, column in _NUMBERS:
            op.alter_column(table, column, type_=sa.BigInteger())
    op.add_column("definition", sa.Column("key", sa.String()))
    op.create_index(
        "ix_definition_key",
        "definition",
        ["core", "key"],
        unique=True,
        sqlite_where=sa.text("key IS NOT NULL"),
        postgresql_where=sa.text("key IS NOT NULL"),
    )
    op.create_table(
        "feed",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", SEQUENCE, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_feed"),
    )
