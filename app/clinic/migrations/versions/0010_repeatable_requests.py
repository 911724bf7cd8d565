"""Requests of programs that may be repeated, and their answers."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "repeatable_request",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("login_id", sa.String(36), sa.ForeignKey("login.id"), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("status", sa.Integer, nullable=True),
        sa.Column("mimetype", sa.String(100), nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
