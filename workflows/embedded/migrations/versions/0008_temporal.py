"""What instances on Temporal wait for, and the messages that are kept for them."""

import sqlalchemy as sa
from alembic import op

from workflows.embedded.columns import SEQUENCE, Json, UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "temporal_subscription",
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("number", SEQUENCE, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("correlation_key", sa.String()),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name="fk_temporal_subscription_instance_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("instance_id", "number", name="pk_temporal_subscription"),
    )
    op.create_index(
        "ix_temporal_subscription_kind_name_correlation_key",
        "temporal_subscription",
        ["kind", "name", "correlation_key"],
    )
    op.create_table(
        "temporal_message",
        sa.Column("id", SEQUENCE, nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("correlation_key", sa.String()),
        sa.Column("variables", Json(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("instance_id", sa.String()),
        sa.Column("claimed_until", UtcDateTime()),
        sa.Column("offered_id", sa.String()),
        sa.Column("offered_number", SEQUENCE),
        sa.PrimaryKeyConstraint("id", name="pk_temporal_message"),
        sa.UniqueConstraint("name", "message_id", name="uq_temporal_message_name_message_id"),
    )
    op.create_index("ix_temporal_message_expires_at", "temporal_message", ["expires_at"])
    op.create_index("ix_temporal_message_name_correlation_key", "temporal_message", ["name", "correlation_key"])
