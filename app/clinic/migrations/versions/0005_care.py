"""Diagnoses that are corrected by new ones and never changed, and laboratory requests that can be refused."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_CHECKS = {
    "status": "status IN ('open', 'approved', 'refused')",
    "decided_by": "(empid IS NULL) = (status = 'open')",
    "decided_at": "(decided_at IS NULL) = (status = 'open')",
    "refusal": "(refusal <> '') = (status = 'refused')",
}


def upgrade() -> None:
    """Let a diagnosis name the one that it supersedes, and a request be open, approved or refused."""
    supersedes = sa.Column("supersedes", sa.Integer, sa.ForeignKey("diagnosis.id"), nullable=True)
    op.add_column("diagnosis", supersedes, inline_references=op.get_context().dialect.name == "sqlite")
    op.create_index("ix_diagnosis_supersedes", "diagnosis", ["supersedes"], unique=True)
    _refuse_changes()
    op.add_column("laboratory_request", sa.Column("status", sa.String(20), nullable=False, server_default="open"))
    op.add_column("laboratory_request", sa.Column("refusal", sa.String(500), nullable=False, server_default=""))
    op.execute("UPDATE laboratory_request SET status = 'approved' WHERE approved_at IS NOT NULL")
    _replace_checks()
    op.create_index("ix_laboratory_request_status_requested_at", "laboratory_request", ["status", "requested_at"])


def _replace_checks() -> None:
    """Rename the column of the instant, and say what the new ones have to keep to; SQLite makes the table anew."""
    with op.batch_alter_table("laboratory_request") as table:
        table.drop_constraint(op.f("ck_laboratory_request_approval"), type_="check")
        table.alter_column("approved_at", new_column_name="decided_at")
        for column in ("status", "refusal"):
            table.alter_column(column, server_default=None)
        for name, check in _CHECKS.items():
            table.create_check_constraint(op.f(f"ck_laboratory_request_{name}"), check)


def _refuse_changes() -> None:
    refusal = "rows of diagnosis are only ever added"
    if op.get_context().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            name = f"diagnosis_refuses_{verb.lower()}"
            op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON diagnosis BEGIN SELECT RAISE(ABORT, '{refusal}'); END")
        return
    op.execute(
        "CREATE FUNCTION diagnosis_refuses_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER diagnosis_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON diagnosis "
        "EXECUTE FUNCTION diagnosis_refuses_change()"
    )
