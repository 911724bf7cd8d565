"""One ledger in double-entry bookkeeping, in place of the tables of charges and payments."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ACCOUNTS = ("receivable", "revenue", "discount", "cash", "credit")
_KINDS = ("charge", "discount", "payment", "credit used", "refund", "charge taken back")
_COLUMNS = "key, kind, ticketid, patientid, who, description, created_at, receivable, revenue, discount, cash, credit"


def upgrade() -> None:
    """Create the ledger, carry over what the old tables hold, and drop them."""
    _create_posting()
    op.execute(
        f"INSERT INTO posting ({_COLUMNS}) "  # noqa: S608 -- constants of this file
        "SELECT chargeid, CASE WHEN amount < 0 THEN 'charge taken back' ELSE 'charge' END, ticketid, patientid, "
        "'dams', description, created_at, amount, -amount, 0, 0, 0 FROM charge ORDER BY created_at"
    )
    op.execute(
        f"INSERT INTO posting ({_COLUMNS}) "  # noqa: S608 -- constants of this file
        "SELECT paymentid, CASE WHEN amount < 0 THEN 'refund' ELSE 'payment' END, ticketid, patientid, "
        "'dams', 'Payment', created_at, -(amount + discount), 0, discount, amount, 0 FROM payment ORDER BY created_at"
    )
    _refuse_changes()
    for table in ("charge", "payment"):
        op.drop_table(table)
        if op.get_context().dialect.name == "postgresql":
            op.execute(f"DROP FUNCTION {table}_refuses_change()")


def _create_posting() -> None:
    money = sa.Numeric(12, 2).with_variant(sa.BigInteger(), "sqlite")
    kinds = ", ".join(f"'{kind}'" for kind in _KINDS)
    op.create_table(
        "posting",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("ticketid", sa.String(20), sa.ForeignKey("appointment.ticketid"), nullable=False),
        sa.Column("patientid", sa.Integer(), sa.ForeignKey("patient.patientid"), nullable=False),
        sa.Column("instance_id", sa.String(50), nullable=True),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(account, money, nullable=False) for account in _ACCOUNTS),
        sa.UniqueConstraint("key"),
        sa.CheckConstraint(f"kind IN ({kinds})", name="kind"),
        sa.CheckConstraint("receivable + revenue + discount + cash + credit = 0", name="balance"),
        sa.CheckConstraint("revenue <> 0 OR discount <> 0 OR cash <> 0 OR credit <> 0", name="amount"),
    )
    for column in ("ticketid", "patientid"):
        op.create_index(f"ix_posting_{column}", "posting", [column])


def _refuse_changes() -> None:
    refusal = "rows of posting are only ever added"
    if op.get_context().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            name = f"posting_refuses_{verb.lower()}"
            op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON posting BEGIN SELECT RAISE(ABORT, '{refusal}'); END")
        return
    op.execute(
        "CREATE FUNCTION posting_refuses_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER posting_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON posting "
        "EXECUTE FUNCTION posting_refuses_change()"
    )
