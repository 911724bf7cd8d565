"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op

from workflows.embedded.columns import SEQUENCE, Json, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", SEQUENCE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source_id", sa.String()),
        sa.Column("source_number", sa.Integer()),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index(op.f("ix_delivery_due_at"), "delivery", ["due_at"])
    op.create_index(op.f("ix_delivery_source_id_source_number"), "delivery", ["source_id", "source_number"])
    op.create_table(
        "deployment",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("deployed_at", UtcDateTime(), nullable=False),
        sa.Column("deployed_by", sa.String()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
    )
    op.create_table(
        "message",
        sa.Column("id", SEQUENCE, nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("correlation_key", sa.String()),
        sa.Column("variables", Json(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("instance_id", sa.String()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("name", "message_id", name=op.f("uq_message_name_message_id")),
    )
    op.create_index(op.f("ix_message_expires_at"), "message", ["expires_at"])
    op.create_index(op.f("ix_message_name_correlation_key"), "message", ["name", "correlation_key"])
    op.create_table(
        "resource",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("deployment_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"], name=op.f("fk_resource_deployment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
    )
    op.create_index(op.f("ix_resource_deployment_id"), "resource", ["deployment_id"])
    op.create_table(
        "decision",
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("version_tag", sa.String()),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("checksum", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_decision_resource_id")),
        sa.PrimaryKeyConstraint("decision_id", "version", name=op.f("pk_decision")),
    )
    op.create_table(
        "definition",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version_tag", sa.String()),
        sa.Column("history_time_to_live", sa.Integer()),
        sa.Column("deployment_id", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("checksum", sa.String(), nullable=False),
        sa.Column("form_resources", Json(), nullable=False),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"], name=op.f("fk_definition_deployment_id")),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_definition_resource_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definition")),
        sa.UniqueConstraint("process_id", "version", name=op.f("uq_definition_process_id_version")),
    )
    op.create_table(
        "form",
        sa.Column("form_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("checksum", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_form_resource_id")),
        sa.PrimaryKeyConstraint("form_id", "version", name=op.f("pk_form")),
    )
    op.create_table(
        "deployment_decision",
        sa.Column("deployment_id", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id", "version"],
            ["decision.decision_id", "decision.version"],
            name=op.f("fk_deployment_decision_decision_id_version"),
        ),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_deployment_decision_deployment_id")
        ),
        sa.PrimaryKeyConstraint("deployment_id", "decision_id", "version", name=op.f("pk_deployment_decision")),
    )
    op.create_table(
        "deployment_definition",
        sa.Column("deployment_id", sa.String(), nullable=False),
        sa.Column("definition_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["definition.id"], name=op.f("fk_deployment_definition_definition_id")
        ),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_deployment_definition_deployment_id")
        ),
        sa.PrimaryKeyConstraint("deployment_id", "definition_id", name=op.f("pk_deployment_definition")),
    )
    op.create_table(
        "instance",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("definition_id", sa.String(), nullable=False),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("business_key", sa.String()),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text()),
        sa.Column("variables", Json()),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("started_by", sa.String()),
        sa.Column("parent_id", sa.String()),
        sa.Column("parent_number", sa.Integer()),
        sa.ForeignKeyConstraint(["definition_id"], ["definition.id"], name=op.f("fk_instance_definition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
    )
    op.create_index(op.f("ix_instance_business_key"), "instance", ["business_key"])
    op.create_index(op.f("ix_instance_parent_id_parent_number"), "instance", ["parent_id", "parent_number"])
    op.create_index(op.f("ix_instance_process_id_started_at"), "instance", ["process_id", "started_at"])
    op.create_index(op.f("ix_instance_started_at"), "instance", ["started_at"])
    op.create_index(op.f("ix_instance_started_by_started_at"), "instance", ["started_by", "started_at"])
    op.create_index(op.f("ix_instance_status_started_at"), "instance", ["status", "started_at"])
    op.create_table(
        "start_subscription",
        sa.Column("id", SEQUENCE, nullable=False),
        sa.Column("definition_id", sa.String(), nullable=False),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String()),
        sa.Column("due_at", UtcDateTime()),
        sa.Column("schedule", Json()),
        sa.ForeignKeyConstraint(["definition_id"], ["definition.id"], name=op.f("fk_start_subscription_definition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_start_subscription")),
    )
    op.create_index(op.f("ix_start_subscription_due_at"), "start_subscription", ["due_at"])
    op.create_index(op.f("ix_start_subscription_kind_name"), "start_subscription", ["kind", "name"])
    op.create_index(op.f("ix_start_subscription_process_id"), "start_subscription", ["process_id"])
    op.create_table(
        "activity",
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("parent", sa.Integer()),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_activity_instance_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("instance_id", "number", name="pk_activity"),
    )
    op.create_table(
        "incident",
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("wait", sa.Integer()),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("resolved_at", UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_incident_instance_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("instance_id", "number", name="pk_incident"),
    )
    op.create_index(
        "ix_incident_open",
        "incident",
        ["raised_at"],
        unique=False,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "job",
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("retry_cycle", sa.String()),
        sa.Column("headers", Json(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("available_at", UtcDateTime(), nullable=False),
        sa.Column("worker", sa.String()),
        sa.Column("token", sa.String()),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_job_instance_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("instance_id", "number", name="pk_job"),
    )
    op.create_index(
        "ix_job_offered",
        "job",
        ["type", "available_at"],
        unique=False,
        sqlite_where=sa.text("retries > 0"),
        postgresql_where=sa.text("retries > 0"),
    )
    op.create_table(
        "operation",
        sa.Column("id", SEQUENCE, nullable=False),
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=False),
        sa.Column("done_by", sa.String()),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_operation_instance_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
    )
    op.create_index(op.f("ix_operation_instance_id"), "operation", ["instance_id"])
    op.create_table(
        "subscription",
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("correlation_key", sa.String()),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_subscription_instance_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("instance_id", "number", name="pk_subscription"),
    )
    op.create_index(
        op.f("ix_subscription_kind_name_correlation_key"), "subscription", ["kind", "name", "correlation_key"]
    )
    op.create_table(
        "timer",
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_timer_instance_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("instance_id", "number", name="pk_timer"),
    )
    op.create_index(op.f("ix_timer_due_at"), "timer", ["due_at"])
    op.create_table(
        "user_task",
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("assignee", sa.String()),
        sa.Column("candidate_users", Json(), nullable=False),
        sa.Column("candidate_groups", Json(), nullable=False),
        sa.Column("due_at", UtcDateTime()),
        sa.Column("follow_up_at", UtcDateTime()),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("ended_by", sa.String()),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_user_task_instance_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("instance_id", "number", name="pk_user_task"),
    )
    op.create_index(
        "ix_user_task_open_assignee_created_at",
        "user_task",
        ["assignee", "created_at"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(
        "ix_user_task_open_created_at",
        "user_task",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(
        "ix_user_task_open_process_id_created_at",
        "user_task",
        ["process_id", "created_at"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "variable_change",
        sa.Column("id", SEQUENCE, nullable=False),
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("scope", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", Json(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_variable_change_instance_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variable_change")),
    )
    op.create_index(op.f("ix_variable_change_instance_id"), "variable_change", ["instance_id"])
    op.create_table(
        "task_candidate",
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id", "number"],
            ["user_task.instance_id", "user_task.number"],
            name=op.f("fk_task_candidate_instance_id_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("instance_id", "number", "kind", "name", name=op.f("pk_task_candidate")),
    )
    op.create_index(op.f("ix_task_candidate_kind_name"), "task_candidate", ["kind", "name"])
