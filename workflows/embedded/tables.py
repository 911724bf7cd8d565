"""The engine's tables. Their names and columns are the vocabulary of BPMN and Camunda, without a prefix.

What belongs to an instance has the key `(instance_id, number)`, where `number` is the id that the core's effects give
it, or the key that another engine gives it (`mirror.py`). Rows of work to do (jobs, timers, subscriptions, deliveries)
go when it is done; rows that people ask about later (tasks, incidents, activities, variable changes, operations) stay,
and the open ones are found by partial indexes.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    literal_column,
    text,
    true,
)

from workflows.embedded.columns import SEQUENCE, Json, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _instance_key(table: str) -> tuple[Column[str], Column[int], PrimaryKeyConstraint]:
    """The key of what an effect announced, which goes when its instance is deleted."""
    instance = Column("instance_id", String, ForeignKey("instance.id", ondelete="CASCADE"), nullable=False)
    number = Column("number", SEQUENCE, autoincrement=False, nullable=False)
    return instance, number, PrimaryKeyConstraint(instance, number, name=f"pk_{table}")


deployment = Table(
    "deployment",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("deployed_at", UtcDateTime, nullable=False),
    Column("deployed_by", String),
)

resource = Table(
    "resource",
    metadata,
    Column("id", String, primary_key=True),
    Column("deployment_id", ForeignKey("deployment.id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

form = Table(
    "form",
    metadata,
    Column("form_id", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("resource_id", ForeignKey("resource.id"), nullable=False),
    Column("checksum", String, nullable=False),
)

# `core` is what moves its instances, `key` what an engine elsewhere calls it.
definition = Table(
    "definition",
    metadata,
    Column("id", String, primary_key=True),
    Column("process_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("version_tag", String),
    Column("history_time_to_live", Integer),
    Column("deployment_id", ForeignKey("deployment.id"), nullable=False, index=True),
    Column("resource_id", ForeignKey("resource.id"), nullable=False),
    Column("checksum", String, nullable=False),
    Column("form_resources", Json, nullable=False),
    Column("core", String, nullable=False, server_default=text("'dams'")),
    Column("startable", Boolean, nullable=False, server_default=true()),
    Column("candidate_starter_users", Json, nullable=False, server_default=text("'[]'")),
    Column("candidate_starter_groups", Json, nullable=False, server_default=text("'[]'")),
    Column("key", String),
    UniqueConstraint("process_id", "version"),
)
Index(
    "ix_definition_key",
    definition.c.core,
    definition.c.key,
    unique=True,
    sqlite_where=definition.c.key.is_not(None),
    postgresql_where=definition.c.key.is_not(None),
)

# What each deployment consisted of, also what it found unchanged: "the version deployed with me" is looked up here.
deployment_definition = Table(
    "deployment_definition",
    metadata,
    Column("deployment_id", ForeignKey("deployment.id"), primary_key=True),
    Column("definition_id", ForeignKey("definition.id"), primary_key=True),
)

decision = Table(
    "decision",
    metadata,
    Column("decision_id", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("version_tag", String),
    Column("resource_id", ForeignKey("resource.id"), nullable=False),
    Column("checksum", String, nullable=False),
)

deployment_decision = Table(
    "deployment_decision",
    metadata,
    Column("deployment_id", ForeignKey("deployment.id"), primary_key=True),
    Column("decision_id", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    ForeignKeyConstraint(["decision_id", "version"], ["decision.decision_id", "decision.version"]),
)

# The start events of the newest versions that something outside brings about.
start_subscription = Table(
    "start_subscription",
    metadata,
    Column("id", SEQUENCE, primary_key=True),
    Column("definition_id", ForeignKey("definition.id"), nullable=False),
    Column("process_id", String, nullable=False, index=True),
    Column("element_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("name", String),
    Column("due_at", UtcDateTime, index=True),
    Column("schedule", Json),
    Index(None, "kind", "name"),
)

# `state` is the core's, while the instance runs (`states.py`); `variables` are those of the process, once it has ended.
instance = Table(
    "instance",
    metadata,
    Column("id", String, primary_key=True),
    Column("definition_id", ForeignKey("definition.id"), nullable=False),
    Column("process_id", String, nullable=False),
    Column("business_key", String, index=True),
    Column("status", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", Text),
    Column("variables", Json),
    Column("started_at", UtcDateTime, nullable=False, index=True),
    Column("ended_at", UtcDateTime),
    Column("started_by", String),
    Column("parent_id", String),
    Column("parent_number", SEQUENCE),
    Index(None, "process_id", "started_at"),
    Index(None, "started_by", "started_at"),
    Index(None, "status", "started_at"),
    Index(None, "parent_id", "parent_number"),
)
Index(
    "ix_instance_ended",
    instance.c.definition_id,
    instance.c.ended_at,
    sqlite_where=instance.c.ended_at.is_not(None),
    postgresql_where=instance.c.ended_at.is_not(None),
)

# The records of the states that are too large for one document.
state_record = Table(
    "state_record",
    metadata,
    Column("instance_id", ForeignKey("instance.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)

# `key` is what an engine elsewhere calls it, `activity` its entry in the history.
user_task = Table(
    "user_task",
    metadata,
    *_instance_key("user_task"),
    Column("process_id", String, nullable=False),
    Column("element_id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("assignee", String),
    Column("candidate_users", Json, nullable=False),
    Column("candidate_groups", Json, nullable=False),
    Column("due_at", UtcDateTime),
    Column("follow_up_at", UtcDateTime),
    Column("priority", Integer, nullable=False),
    Column("outcome", String),
    Column("ended_at", UtcDateTime),
    Column("ended_by", String),
    Column("key", String),
    Column("activity", SEQUENCE),
)

_OPEN_TASK = user_task.c.outcome.is_(None)
for _columns in (
    ["created_at"],
    ["assignee", "created_at"],
    ["process_id", "created_at"],
    ["instance_id", "created_at"],
):
    Index(
        f"ix_user_task_open_{'_'.join(_columns)}",
        *(user_task.c[name] for name in _columns),
        sqlite_where=_OPEN_TASK,
        postgresql_where=_OPEN_TASK,
    )

# Who may claim the open tasks; `kind` is `user` or `group`.
task_candidate = Table(
    "task_candidate",
    metadata,
    Column("instance_id", String, primary_key=True),
    Column("number", SEQUENCE, primary_key=True, autoincrement=False),
    Column("kind", String, primary_key=True),
    Column("name", String, primary_key=True),
    ForeignKeyConstraint(["instance_id", "number"], ["user_task.instance_id", "user_task.number"], ondelete="CASCADE"),
    Index(None, "kind", "name"),
)

# `available_at` is when a worker may take the job: from its creation, after a back-off, or when a lease runs out.
# `token` names the lease that counts. A job without retries waits for its incident to be resolved; `retries_told` is
# whether somebody has said how many are left. `activity` is its entry in the history.
job = Table(
    "job",
    metadata,
    *_instance_key("job"),
    Column("process_id", String, nullable=False),
    Column("element_id", String, nullable=False),
    Column("type", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("retry_cycle", String),
    Column("headers", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("available_at", UtcDateTime, nullable=False),
    Column("worker", String),
    Column("token", String),
    Column("activity", SEQUENCE),
    Column("retries_told", Boolean, nullable=False, server_default=false()),
    Column("error_message", Text),
    Column("error_details", Text),
)
Index(
    "ix_job_offered",
    job.c.type,
    job.c.priority.desc(),
    job.c.created_at,
    job.c.instance_id,
    job.c.number,
    job.c.available_at,
    sqlite_where=job.c.retries > 0,
    postgresql_where=job.c.retries > 0,
)

# Who has asked for jobs, and for which types.
seen_worker = Table(
    "seen_worker",
    metadata,
    Column("name", String, primary_key=True),
    Column("topics", Json, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False, index=True),
)

timer = Table(
    "timer",
    metadata,
    *_instance_key("timer"),
    Column("element_id", String, nullable=False),
    Column("due_at", UtcDateTime, nullable=False, index=True),
)

subscription = Table(
    "subscription",
    metadata,
    *_instance_key("subscription"),
    Column("element_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("correlation_key", String),
    Column("opened_at", UtcDateTime, nullable=False),
    Index(None, "kind", "name", "correlation_key"),
)

# Messages within their time to live: those that wait, and those delivered whose id must not come again.
message = Table(
    "message",
    metadata,
    Column("id", SEQUENCE, primary_key=True),
    Column("message_id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("correlation_key", String),
    Column("variables", Json, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("instance_id", String),
    UniqueConstraint("name", "message_id"),
    Index(None, "name", "correlation_key"),
)

# What one instance has to say to another, or to itself later: written with the transition that said it, carried out
# after it in a transaction of its own. `target_id` is the instance to hear of it, where that is known already.
delivery = Table(
    "delivery",
    metadata,
    Column("id", SEQUENCE, primary_key=True),
    Column("kind", String, nullable=False),
    Column("source_id", String),
    Column("source_number", Integer),
    Column("target_id", String, index=True),
    Column("payload", Json, nullable=False),
    Column("due_at", UtcDateTime, nullable=False, index=True),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Index(None, "source_id", "source_number"),
)

incident = Table(
    "incident",
    metadata,
    *_instance_key("incident"),
    Column("element_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("wait", SEQUENCE),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("resolved_at", UtcDateTime),
)
Index(
    "ix_incident_open",
    incident.c.raised_at,
    sqlite_where=incident.c.resolved_at.is_(None),
    postgresql_where=incident.c.resolved_at.is_(None),
)

activity = Table(
    "activity",
    metadata,
    *_instance_key("activity"),
    Column("element_id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("type", String, nullable=False),
    Column("parent", SEQUENCE),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("outcome", String, nullable=False),
)

# `activity` is the element whose work wrote the value.
variable_change = Table(
    "variable_change",
    metadata,
    Column("id", SEQUENCE, primary_key=True),
    Column("instance_id", ForeignKey("instance.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("scope", SEQUENCE, nullable=False),
    Column("activity", SEQUENCE),
    Column("name", String, nullable=False),
    Column("value", Json, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

BEGINNING = 60
"""Characters of a variable's value, as JSON, that its index has: values may be longer than an entry of an index."""

VALUE_BEGINNING = func.substr(variable_change.c.value, literal_column("1"), literal_column(str(BEGINNING)), type_=Text)
Index("ix_variable_change_value", variable_change.c.name, VALUE_BEGINNING)

# Who did what to an instance, and why. That one was deleted outlives it.
operation = Table(
    "operation",
    metadata,
    Column("id", SEQUENCE, primary_key=True),
    Column("instance_id", String, nullable=False, index=True),
    Column("done_at", UtcDateTime, nullable=False),
    Column("done_by", String),
    Column("action", String, nullable=False),
    Column("details", Text, nullable=False, server_default=text("''")),
    Column("reason", String, nullable=False),
)

# What instances on Temporal wait for, and the messages for them that are within their time to live: those that wait,
# and those delivered. One is `claimed_until` then by who delivers it now, to the subscription or instance `offered_*`.
temporal_subscription = Table(
    "temporal_subscription",
    metadata,
    *_instance_key("temporal_subscription"),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("correlation_key", String),
    Column("opened_at", UtcDateTime, nullable=False),
    Index(None, "kind", "name", "correlation_key"),
)

temporal_message = Table(
    "temporal_message",
    metadata,
    Column("id", SEQUENCE, primary_key=True),
    Column("message_id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("correlation_key", String),
    Column("variables", Json, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("instance_id", String),
    Column("claimed_until", UtcDateTime),
    Column("offered_id", String),
    Column("offered_number", SEQUENCE),
    UniqueConstraint("name", "message_id"),
    Index(None, "name", "correlation_key"),
)

# Jobs of other engines that were done in a transaction of this database, with what they answered: the engine may not
# have heard of it, and offer them again.
done_job = Table(
    "done_job",
    metadata,
    Column("key", String, primary_key=True),
    Column("answer", Json, nullable=False),
    Column("done_at", UtcDateTime, nullable=False, index=True),
)

# Up to where the records of another engine are in these tables, for each of its partitions.
feed = Table(
    "feed",
    metadata,
    Column("name", String, primary_key=True),
    Column("position", SEQUENCE, nullable=False),
)

# What transactions changed, for who waits for it (`rings.py`); `transaction_id` is PostgreSQL's number of each.
ring = Table(
    "ring",
    metadata,
    Column("id", SEQUENCE, primary_key=True),
    Column("rung_at", UtcDateTime, nullable=False),
    Column("topics", Text, nullable=False),
    Column("transaction_id", BigInteger, index=True),
)
