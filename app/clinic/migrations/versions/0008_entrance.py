"""Sessions that the service keeps, one-time links, lock-out, and mail whose text is for its reader alone."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the tables; who is signed in has to do so again, as no session of before is known."""
    op.drop_column("login", "sessions_ended")
    op.create_table(
        "login_session",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("login_id", sa.String(36), sa.ForeignKey("login.id"), nullable=False, index=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "one_time_link",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("login_id", sa.String(36), sa.ForeignKey("login.id"), nullable=True, index=True),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.CheckConstraint("purpose IN ('sign_up', 'password')", name="purpose"),
        sa.CheckConstraint("(login_id IS NULL) = (purpose = 'sign_up')", name="login_id"),
    )
    op.create_table(
        "failed_sign_ins",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
    )
    with op.batch_alter_table("mail") as table:
        table.alter_column("notice_id", existing_type=sa.Integer(), nullable=True)
        table.add_column(sa.Column("confidential", sa.Boolean, nullable=False, server_default=sa.false()))
    with op.batch_alter_table("mail") as table:
        table.alter_column("confidential", server_default=None)
