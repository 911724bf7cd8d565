"""The clinic's first tables."""

from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Key = TypeVar("Key")

_APPEND_ONLY = ("charge", "payment", "audit")


def upgrade() -> None:
    """Create the tables, each after those that it points to."""
    _create_people()
    _create_availability()
    _create_appointments()
    _create_notices_and_documents()
    _create_billing()
    _create_care()
    _create_audit()
    for table in _APPEND_ONLY:
        _refuse_changes(table)


def _create_people() -> None:
    op.create_table(
        "login",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("username", sa.String(40), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("role", sa.SmallInteger, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        _instant("created_at"),
        sa.UniqueConstraint("username"),
        sa.CheckConstraint("role IN (0, 1, 2)", name="role"),
    )
    op.create_table("administrator", sa.Column("empid", sa.String(12), primary_key=True), *_person(), *_employment())
    op.create_index("ix_administrator_name_key", "administrator", ["name_key"])
    op.create_table(
        "doctor",
        sa.Column("docid", sa.String(12), primary_key=True),
        *_person(),
        *_employment(),
        sa.Column("specialization", sa.String(100), nullable=False),
    )
    op.create_index("ix_doctor_name_key", "doctor", ["name_key"])
    op.create_index("ix_doctor_specialization", "doctor", ["specialization"])
    op.create_table(
        "patient",
        sa.Column("patientid", sa.Integer, primary_key=True),
        *_person(),
        sa.Column("birthday", sa.Date, nullable=False),
        sa.Column("profession", sa.String(100), nullable=False),
        sa.Column("address", sa.String(100), nullable=False),
    )
    op.create_index("ix_patient_name_key", "patient", ["name_key"])


def _create_availability() -> None:
    op.create_table(
        "weekly_hours",
        sa.Column("id", sa.Integer, primary_key=True),
        *_weekly(),
        sa.Column("slot_minutes", sa.Integer, nullable=False),
        sa.CheckConstraint("slot_minutes BETWEEN 5 AND 480 AND slot_minutes % 5 = 0", name="slot_minutes"),
    )
    op.create_table("weekly_break", sa.Column("id", sa.Integer, primary_key=True), *_weekly())
    op.create_table(
        "availability_exception",
        sa.Column("id", sa.Integer, primary_key=True),
        _reference("docid", "doctor.docid", sa.String(12), nullable=True),
        *_word("kind", "leave", "holiday"),
        _instant("starts_at"),
        _instant("ends_at"),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.CheckConstraint("(kind = 'holiday') = (docid IS NULL)", name="whose"),
    )
    op.create_index("ix_availability_exception_docid_ends_at", "availability_exception", ["docid", "ends_at"])


def _create_appointments() -> None:
    op.create_table(
        "appointment",
        sa.Column("ticketid", sa.String(20), primary_key=True),
        _reference("docid", "doctor.docid", sa.String(12)),
        _reference("patientid", "patient.patientid", sa.Integer()),
        _instant("starts_at"),
        _instant("ends_at"),
        sa.Column("priority_level", sa.Integer, nullable=False),
        *_word("status", "booked", "cancelled", "completed", "missed"),
        _instant("created_at"),
        _instant("updated_at"),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.CheckConstraint("priority_level BETWEEN 1 AND 5", name="priority_level"),
    )
    op.create_index("ix_appointment_docid_starts_at", "appointment", ["docid", "starts_at"])
    op.create_index("ix_appointment_patientid_starts_at", "appointment", ["patientid", "starts_at"])
    op.create_index("ix_appointment_starts_at", "appointment", ["starts_at"])
    op.create_table(
        "slot_hold",
        _reference("docid", "doctor.docid", sa.String(12)),
        sa.Column("tick", sa.Integer, nullable=False),
        _reference("patientid", "patient.patientid", sa.Integer()),
        _reference("ticketid", "appointment.ticketid", sa.String(20)),
        sa.PrimaryKeyConstraint("docid", "tick"),
        sa.UniqueConstraint("patientid", "tick"),
    )
    op.create_index("ix_slot_hold_ticketid", "slot_hold", ["ticketid"])


def _create_notices_and_documents() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(200), nullable=False),
        _reference("login_id", "login.id", sa.String(36)),
        _reference("ticketid", "appointment.ticketid", sa.String(20), nullable=True),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        _instant("created_at"),
        _instant("read_at", nullable=True),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_notice_login_id_created_at", "notice", ["login_id", "created_at"])
    op.create_table(
        "document",
        _reference("ticketid", "appointment.ticketid", sa.String(20)),
        *_word("kind", "pdf", "ics"),
        sa.Column("file_name", sa.String(100), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        _instant("updated_at"),
        sa.PrimaryKeyConstraint("ticketid", "kind"),
    )


def _create_billing() -> None:
    money = sa.Numeric(12, 2).with_variant(sa.BigInteger(), "sqlite")
    op.create_table(
        "charge",
        sa.Column("chargeid", sa.String(50), primary_key=True),
        _reference("patientid", "patient.patientid", sa.Integer()),
        _reference("ticketid", "appointment.ticketid", sa.String(20), nullable=True),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("amount", money, nullable=False),
        _instant("created_at"),
        sa.CheckConstraint("amount <> 0", name="amount"),
    )
    op.create_table(
        "payment",
        sa.Column("paymentid", sa.String(50), primary_key=True),
        _reference("patientid", "patient.patientid", sa.Integer()),
        _reference("ticketid", "appointment.ticketid", sa.String(20), nullable=True),
        sa.Column("amount", money, nullable=False),
        sa.Column("discount", money, nullable=False),
        _instant("created_at"),
        sa.CheckConstraint("amount <> 0 OR discount > 0", name="amount"),
        sa.CheckConstraint("discount >= 0", name="discount"),
    )
    for table in ("charge", "payment"):
        op.create_index(f"ix_{table}_patientid", table, ["patientid"])
        op.create_index(f"ix_{table}_ticketid", table, ["ticketid"])


def _create_care() -> None:
    op.create_table(
        "diagnosis",
        sa.Column("id", sa.Integer, primary_key=True),
        _reference("docid", "doctor.docid", sa.String(12)),
        _reference("patientid", "patient.patientid", sa.Integer()),
        _reference("ticketid", "appointment.ticketid", sa.String(20), nullable=True),
        sa.Column("narrative", sa.String(2000), nullable=False),
        sa.Column("resolution", sa.String(2000), nullable=False),
        _instant("submitted_at"),
    )
    op.create_index("ix_diagnosis_docid_patientid", "diagnosis", ["docid", "patientid"])
    op.create_index("ix_diagnosis_patientid", "diagnosis", ["patientid"])
    op.create_table(
        "laboratory_request",
        sa.Column("id", sa.Integer, primary_key=True),
        _reference("docid", "doctor.docid", sa.String(12)),
        _reference("patientid", "patient.patientid", sa.Integer()),
        _reference("empid", "administrator.empid", sa.String(12), nullable=True),
        sa.Column("details", sa.String(2000), nullable=False),
        _instant("requested_at"),
        _instant("approved_at", nullable=True),
        sa.CheckConstraint("(empid IS NULL) = (approved_at IS NULL)", name="approval"),
    )
    op.create_index("ix_laboratory_request_docid", "laboratory_request", ["docid"])
    op.create_index("ix_laboratory_request_patientid", "laboratory_request", ["patientid"])


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        _instant("at"),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_subject", "audit", ["subject"])


def _refuse_changes(table: str) -> None:
    refusal = f"rows of {table} are only ever added"
    if op.get_context().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_refuses_{verb.lower()}"
            op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{refusal}'); END")
        return
    name = f"{table}_refuses_change"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} EXECUTE FUNCTION {name}()")


def _person() -> Iterator[sa.schema.SchemaItem]:
    yield _reference("login_id", "login.id", sa.String(36))
    for name, length in (("firstname", 50), ("midname", 50), ("lastname", 50), ("name_key", 200)):
        yield sa.Column(name, sa.String(length), nullable=False)
    for name, length in (("email", 254), ("mobile", 20)):
        yield sa.Column(name, sa.String(length), nullable=False)
    yield sa.UniqueConstraint("login_id")


def _employment() -> Iterator[sa.schema.SchemaItem]:
    yield sa.Column("position", sa.String(100), nullable=False)
    yield sa.Column("date_started", sa.Date, nullable=False)


def _weekly() -> Iterator[sa.schema.SchemaItem]:
    yield _reference("docid", "doctor.docid", sa.String(12))
    yield sa.Column("weekday", sa.Integer, nullable=False)
    yield sa.Column("starts", sa.Time, nullable=False)
    yield sa.Column("ends", sa.Time, nullable=False)
    yield sa.UniqueConstraint("docid", "weekday", "starts")
    yield sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday")
    yield sa.CheckConstraint("starts < ends", name="order")


def _word(name: str, *words: str) -> tuple[sa.schema.SchemaItem, ...]:
    allowed = ", ".join(f"'{word}'" for word in words)
    return sa.Column(name, sa.String(20), nullable=False), sa.CheckConstraint(f"{name} IN ({allowed})", name=name)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _reference(name: str, column: str, kind: sa.types.TypeEngine[Key], *, nullable: bool = False) -> sa.Column[Key]:
    return sa.Column(name, kind, sa.ForeignKey(column), nullable=nullable)
