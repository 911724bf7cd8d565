"""Sessions that end for good when somebody signs out."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Count, for each login, how often its sessions were ended."""
    op.add_column("login", sa.Column("sessions_ended", sa.Integer(), nullable=False, server_default="0"))
