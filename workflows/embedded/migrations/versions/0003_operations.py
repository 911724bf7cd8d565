"""What operators need: an audit that outlives instances, deliveries that are held, history that goes by age."""

import sqlalchemy as sa
from alembic import op

from workflows.embedded.columns import Json

revision = "0003"
down_revision = "0002"

_ENDED = sa.text("ended_at IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("operation") as operation:
        operation.drop_constraint("fk_operation_instance_id", type_="foreignkey")
        operation.add_column(sa.Column("details", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("delivery", sa.Column("target_id", sa.String()))
    op.create_index(op.f("ix_delivery_target_id"), "delivery", ["target_id"])
    op.add_column("variable_change", sa.Column("activity", sa.Integer()))
    op.add_column("definition", sa.Column("startable", sa.Boolean(), server_default=sa.true(), nullable=False))
    for name in ("candidate_starter_users", "candidate_starter_groups"):
        op.add_column("definition", sa.Column(name, Json(), server_default=sa.text("'[]'"), nullable=False))
    op.create_index(
        "ix_instance_ended",
        "instance",
        ["definition_id", "ended_at"],
        sqlite_where=_ENDED,
        postgresql_where=_ENDED,
    )
