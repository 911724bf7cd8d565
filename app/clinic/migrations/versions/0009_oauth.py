"""Clients of OAuth and what they were granted, requests for accounts of staff, and links that confirm addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the tables; tokens may be those of clients, and links be good for more."""
    _clients()
    with op.batch_alter_table("api_token") as table:
        table.add_column(sa.Column("client_id", sa.String(36), nullable=True))
        table.add_column(sa.Column("grant_id", sa.String(36), nullable=True))
        table.add_column(sa.Column("refresh_digest", sa.String(64), nullable=True))
        table.add_column(sa.Column("refresh_expires_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key(op.f("fk_api_token_client_id"), "oauth_client", ["client_id"], ["id"])
        table.create_foreign_key(op.f("fk_api_token_grant_id"), "oauth_grant", ["grant_id"], ["id"])
        table.create_unique_constraint(op.f("uq_api_token_refresh_digest"), ["refresh_digest"])
        table.create_index("ix_api_token_client_id", ["client_id"])
        table.create_index("ix_api_token_grant_id", ["grant_id"])
    with op.batch_alter_table("one_time_link") as table:
        table.drop_constraint(op.f("ck_one_time_link_purpose"), type_="check")
        table.drop_constraint(op.f("ck_one_time_link_login_id"), type_="check")
        purposes = "purpose IN ('sign_up', 'password', 'staff', 'email')"
        table.create_check_constraint(op.f("ck_one_time_link_purpose"), purposes)
        nobodys = "(login_id IS NULL) = (purpose IN ('sign_up', 'staff'))"
        table.create_check_constraint(op.f("ck_one_time_link_login_id"), nobodys)
    _requests()


def _clients() -> None:
    op.create_table(
        "oauth_client",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("owner_id", sa.String(36), sa.ForeignKey("login.id"), nullable=False, index=True),
        sa.Column("secret_digest", sa.String(64), nullable=True),
        sa.Column("redirect_uris", sa.String(4000), nullable=False),
        sa.Column("acts_alone", sa.Boolean, nullable=False),
        sa.Column("scopes", sa.String(300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_table(
        "oauth_grant",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("client_id", sa.String(36), sa.ForeignKey("oauth_client.id"), nullable=False, index=True),
        sa.Column("login_id", sa.String(36), sa.ForeignKey("login.id"), nullable=False, index=True),
        sa.Column("scopes", sa.String(300), nullable=False),
        sa.Column("redirect_uri", sa.String(500), nullable=False),
        sa.Column("challenge", sa.String(128), nullable=False),
        sa.Column("code_digest", sa.String(64), nullable=False),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("code_digest"),
    )


def _requests() -> None:
    op.create_table(
        "account_request",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("username", sa.String(40), nullable=False),
        sa.Column("firstname", sa.String(50), nullable=False),
        sa.Column("midname", sa.String(50), nullable=False),
        sa.Column("lastname", sa.String(50), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("mobile", sa.String(20), nullable=False),
        sa.Column("specialization", sa.String(100), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(36), sa.ForeignKey("login.id"), nullable=True),
        sa.Column("refusal", sa.String(500), nullable=False),
        sa.CheckConstraint("status IN ('open', 'approved', 'refused')", name="status"),
        sa.CheckConstraint("(decided_by IS NULL) = (status = 'open')", name="decided_by"),
        sa.CheckConstraint("(decided_at IS NULL) = (status = 'open')", name="decided_at"),
        sa.CheckConstraint("(refusal <> '') = (status = 'refused')", name="refusal"),
    )
    op.create_index("ix_account_request_status_requested_at", "account_request", ["status", "requested_at"])
