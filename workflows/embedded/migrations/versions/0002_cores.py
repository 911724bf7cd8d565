"""Each definition knows the core that steps its instances."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("definition", sa.Column("core", sa.String(), server_default=sa.text("'dams'"), nullable=False))
