"""The agenda that pages show, made of the appointments that there are, and what tells that it has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STATUSES = "'booked', 'checked_in', 'completed', 'cancelled', 'missed'"
_FILL = """
    INSERT INTO agenda_line (ticketid, docid, patientid, starts_at, ends_at, status, priority_level,
                             doctor_name, specialization, patient_name, documented)
    SELECT a.ticketid, a.docid, a.patientid, a.starts_at, a.ends_at, a.status, a.priority_level,
           trim(d.firstname || CASE WHEN d.midname = '' THEN ' ' ELSE ' ' || d.midname || ' ' END || d.lastname),
           d.specialization,
           trim(p.firstname || CASE WHEN p.midname = '' THEN ' ' ELSE ' ' || p.midname || ' ' END || p.lastname),
           EXISTS (SELECT 1 FROM document WHERE document.ticketid = a.ticketid)
    FROM appointment a JOIN doctor d ON d.docid = a.docid JOIN patient p ON p.patientid = a.patientid
"""


def upgrade() -> None:
    """Add the tables, and fill the agenda."""
    op.create_table(
        "agenda_line",
        sa.Column("ticketid", sa.String(20), sa.ForeignKey("appointment.ticketid"), primary_key=True),
        sa.Column("docid", sa.String(12), nullable=False),
        sa.Column("patientid", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("priority_level", sa.Integer(), nullable=False),
        sa.Column("doctor_name", sa.String(200), nullable=False),
        sa.Column("specialization", sa.String(100), nullable=False),
        sa.Column("patient_name", sa.String(200), nullable=False),
        sa.Column("documented", sa.Boolean(), nullable=False),
        sa.CheckConstraint(f"status IN ({_STATUSES})", name=op.f("ck_agenda_line_status")),
    )
    op.create_index("ix_agenda_line_docid_starts_at", "agenda_line", ["docid", "starts_at"])
    op.create_index("ix_agenda_line_patientid_starts_at", "agenda_line", ["patientid", "starts_at"])
    op.create_index("ix_agenda_line_starts_at", "agenda_line", ["starts_at"])
    op.create_table(
        "view_change",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("rung_at", sa.DateTime(timezone=True), server_default=sa.func.current_timestamp(), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=True),
    )
    op.create_index("ix_view_change_transaction_id", "view_change", ["transaction_id"])
    op.execute(_FILL)
