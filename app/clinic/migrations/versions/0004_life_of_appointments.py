"""Check-in and rescheduling, the waiting list and its offers, and mail."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_BEFORE = "status IN ('booked', 'cancelled', 'completed', 'missed')"
_AFTER = "status IN ('booked', 'checked_in', 'completed', 'cancelled', 'missed')"


def upgrade() -> None:
    """Let appointments be checked in and be counted through changes; add the tables."""
    op.add_column("appointment", sa.Column("sequence", sa.Integer, nullable=False, server_default="0"))
    _allow_check_in()
    _create_waiting_list()
    _let_offers_hold_slots()
    _create_mail()


def _allow_check_in() -> None:
    if op.get_context().dialect.name != "sqlite":
        op.drop_constraint("ck_appointment_status", "appointment")
        op.create_check_constraint("status", "appointment", _AFTER)
        return
    # SQLite can't change a check, and a table that others point to can't be made anew while foreign keys are held.
    # Its manual has this way for changes that leave the stored rows as they are (lang_altertable, "Other kinds").
    op.execute("PRAGMA writable_schema = ON")
    before, after = _BEFORE.replace("'", "''"), _AFTER.replace("'", "''")
    op.execute(
        f"UPDATE sqlite_schema SET sql = replace(sql, '{before}', '{after}') "  # noqa: S608 -- constants of this file
        "WHERE type = 'table' AND name = 'appointment'"
    )
    op.execute("PRAGMA writable_schema = RESET")


def _create_waiting_list() -> None:
    op.create_table(
        "waiting_entry",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("patientid", sa.Integer(), sa.ForeignKey("patient.patientid"), nullable=False),
        sa.Column("docid", sa.String(12), sa.ForeignKey("doctor.docid"), nullable=True),
        sa.Column("specialization", sa.String(100), nullable=True),
        sa.Column("priority_level", sa.Integer, nullable=False),
        _instant("until"),
        *_word("status", "waiting", "served", "left"),
        _instant("joined_at"),
        _instant("updated_at"),
        sa.CheckConstraint("(docid IS NULL) <> (specialization IS NULL)", name="for_whom"),
        sa.CheckConstraint("priority_level BETWEEN 1 AND 5", name="priority_level"),
    )
    for wanted in ("docid", "specialization"):
        op.create_index(f"ix_waiting_entry_{wanted}_joined_at", "waiting_entry", [wanted, "joined_at"])
    _create_partly_unique("uq_waiting_entry_doctor", "waiting_entry", ["patientid", "docid"], "waiting")
    _create_partly_unique(
        "uq_waiting_entry_specialization", "waiting_entry", ["patientid", "specialization"], "waiting"
    )
    op.create_table(
        "slot_offer",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("entry_id", sa.String(36), sa.ForeignKey("waiting_entry.id"), nullable=False),
        sa.Column("docid", sa.String(12), sa.ForeignKey("doctor.docid"), nullable=False),
        _instant("starts_at"),
        _instant("ends_at"),
        *_word("status", "open", "accepted", "declined", "expired"),
        sa.Column("ticketid", sa.String(20), sa.ForeignKey("appointment.ticketid"), nullable=True),
        _instant("offered_at"),
        _instant("expires_at"),
        _instant("updated_at"),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.CheckConstraint("(ticketid IS NULL) <> (status = 'accepted')", name="ticketid"),
    )
    _create_partly_unique("uq_slot_offer_open", "slot_offer", ["entry_id"], "open")
    op.create_index("ix_slot_offer_status_expires_at", "slot_offer", ["status", "expires_at"])
    op.create_index(
        "ix_slot_offer_entry_id_docid_starts_at", "slot_offer", ["entry_id", "docid", "starts_at"], unique=True
    )


def _let_offers_hold_slots() -> None:
    with op.batch_alter_table("slot_hold") as table:
        table.alter_column("ticketid", existing_type=sa.String(20), nullable=True)
        table.add_column(sa.Column("offer_id", sa.String(36), nullable=True))
        table.create_foreign_key("fk_slot_hold_offer_id", "slot_offer", ["offer_id"], ["id"])
        table.create_check_constraint("holder", "(ticketid IS NULL) <> (offer_id IS NULL)")
    op.create_index("ix_slot_hold_offer_id", "slot_hold", ["offer_id"])


def _create_mail() -> None:
    op.create_table(
        "mail",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("notice_id", sa.Integer(), sa.ForeignKey("notice.id"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("calendar", sa.LargeBinary, nullable=True),
        *_word("method", "REQUEST", "CANCEL", nullable=True),
        *_word("status", "waiting", "sent", "failed"),
        sa.Column("attempts", sa.Integer, nullable=False),
        _instant("due_at"),
        sa.Column("lease", sa.String(36), nullable=True),
        _instant("leased_until", nullable=True),
        sa.Column("error", sa.String(500), nullable=False),
        _instant("created_at"),
        _instant("sent_at", nullable=True),
        sa.UniqueConstraint("notice_id"),
        sa.CheckConstraint("(calendar IS NULL) = (method IS NULL)", name="calendar"),
        sa.CheckConstraint("(sent_at IS NULL) <> (status = 'sent')", name="sent_at"),
    )
    op.create_index("ix_mail_status_due_at", "mail", ["status", "due_at"])
    op.create_index("ix_mail_created_at", "mail", ["created_at"])


def _create_partly_unique(name: str, table: str, columns: list[str], status: str) -> None:
    condition = sa.text(f"status = '{status}'")
    op.create_index(name, table, columns, unique=True, sqlite_where=condition, postgresql_where=condition)


def _word(name: str, *words: str, nullable: bool = False) -> tuple[sa.schema.SchemaItem, ...]:
    allowed = ", ".join(f"'{word}'" for word in words)
    return sa.Column(name, sa.String(20), nullable=nullable), sa.CheckConstraint(f"{name} IN ({allowed})", name=name)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
