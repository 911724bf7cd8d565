"""The open tasks of an instance are found without a look at those that it has done."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index(
        "ix_user_task_open_instance_id_created_at",
        "user_task",
        ["instance_id", "created_at"],
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
