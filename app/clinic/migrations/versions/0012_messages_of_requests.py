"""What somebody writes who asks for an account of staff."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column; who asked before wrote nothing."""
    op.add_column("account_request", sa.Column("message", sa.String(2000), nullable=False, server_default=""))
