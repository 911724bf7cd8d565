"""Which entry of the history each user task has; those from before say none."""

import sqlalchemy as sa
from alembic import op

from workflows.embedded.columns import SEQUENCE

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("user_task", sa.Column("activity", SEQUENCE))
