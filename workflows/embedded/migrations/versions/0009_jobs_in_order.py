"""The jobs that are offered are found in their order, without a look at all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.drop_index("ix_job_offered", "job")
    op.create_index(
        "ix_job_offered",
        "job",
        ["type", sa.text("priority DESC"), "created_at", "instance_id", "number", "available_at"],
        sqlite_where=sa.text("retries > 0"),
        postgresql_where=sa.text("retries > 0"),
    )
