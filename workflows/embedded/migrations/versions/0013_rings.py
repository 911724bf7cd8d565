"""What rang: who waits for a change finds it with one query."""

import sqlalchemy as sa
from alembic import op

from workflows.embedded.columns import SEQUENCE, UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "ring",
        sa.Column("id", SEQUENCE, nullable=False),
        sa.Column("rung_at", UtcDateTime, nullable=False),
        sa.Column("topics", sa.Text, nullable=False),
        sa.Column("transaction_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_ring"),
    )
    op.create_index("ix_ring_transaction_id", "ring", ["transaction_id"])
