"""Jobs of other engines that were done here."""

import sqlalchemy as sa
from alembic import op

from workflows.embedded.columns import Json, UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "done_job",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("answer", Json, nullable=False),
        sa.Column("done_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_done_job"),
    )
    op.create_index("ix_done_job_done_at", "done_job", ["done_at"])
