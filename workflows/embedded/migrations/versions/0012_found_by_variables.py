"""Instances are found by their variables, and definitions by their deployment."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_index("ix_variable_change_value", "variable_change", ["name", sa.text("substr(value, 1, 60)")])
    op.create_index("ix_definition_deployment_id", "definition", ["deployment_id"])
