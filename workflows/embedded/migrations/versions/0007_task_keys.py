"""User tasks of other engines, by what those call them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("user_task", sa.Column("key", sa.String()))
