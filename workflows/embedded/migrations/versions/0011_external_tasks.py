"""What workers elsewhere tell of jobs, and who asks for them."""

import sqlalchemy as sa
from alembic import op

from workflows.embedded.columns import SEQUENCE, Json, UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("job", sa.Column("activity", SEQUENCE))
    op.add_column("job", sa.Column("retries_told", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("job", sa.Column("error_message", sa.Text()))
    op.add_column("job", sa.Column("error_details", sa.Text()))
    op.create_table(
        "seen_worker",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("topics", Json, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_seen_worker"),
    )
    op.create_index("ix_seen_worker_seen_at", "seen_worker", ["seen_at"])
