"""What is sent and answered, field by field. Unknown fields are refused."""

from typing import Any

from marshmallow import Schema, fields, validate

from workflows.engine import InstanceState

MOST = 1000
LONGEST_TEXT = 255
LONGEST_SECONDS = 366 * 24 * 3600


def text(**options: Any) -> fields.String:
    """Return a field for a text that is not empty; the engine says what it can't keep."""
    return fields.String(validate=validate.Length(1, LONGEST_TEXT), **options)


def variables() -> fields.Dict:
    """Return a field for variables: any JSON object."""
    return fields.Dict(keys=fields.String(), load_default=dict)


class StartSchema(Schema):
    """Which process to start, and with what."""

    process_id = text(required=True)
    business_key = text(load_default=None, allow_none=True)
    variables = variables()


class InstanceQuerySchema(Schema):
    """Which instances to list."""

    process_id = text(load_default=None)
    business_key = text(load_default=None)
    state = fields.Enum(InstanceState, by_value=True, load_default=None)
    limit = fields.Integer(load_default=100, validate=validate.Range(1, MOST))


class InstanceSchema(Schema):
    """A process instance."""

    id = fields.String()
    process_id = fields.String()
    definition_id = fields.String()
    version = fields.Integer()
    business_key = fields.String(allow_none=True)
    state = fields.Enum(InstanceState, by_value=True)
    started_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)
    started_by = fields.String(allow_none=True)
    incidents = fields.Integer(metadata={"description": "how many are open"})


class InstancesSchema(Schema):
    """Process instances, newest first."""

    items = fields.List(fields.Nested(InstanceSchema))


class IncidentSchema(Schema):
    """Something that failed and waits for a person."""

    id = fields.String()
    element_id = fields.String()
    kind = fields.String()
    message = fields.String()
    raised_at = fields.AwareDateTime()


class TaskSchema(Schema):
    """An open user task, with the page on which people do it."""

    id = fields.String()
    element_id = fields.String()
    name = fields.String()
    created_at = fields.AwareDateTime()
    assignee = fields.String(allow_none=True)
    candidate_users = fields.List(fields.String())
    candidate_groups = fields.List(fields.String())
    link = fields.Url(metadata={"description": "the page of the task"})


class WholeInstanceSchema(InstanceSchema):
    """A process instance with what it holds and waits for."""

    variables = fields.Dict(keys=fields.String())
    open_incidents = fields.List(fields.Nested(IncidentSchema))
    tasks = fields.List(fields.Nested(TaskSchema))


class CancelSchema(Schema):
    """Why an instance is cancelled."""

    reason = text(load_default="")


class DefinitionSchema(Schema):
    """One version of a process."""

    id = fields.String()
    process_id = fields.String()
    name = fields.String()
    version = fields.Integer()
    version_tag = fields.String(allow_none=True)
    resource_name = fields.String()
    startable = fields.Boolean()


class DefinitionsSchema(Schema):
    """The newest version of each process."""

    items = fields.List(fields.Nested(DefinitionSchema))


class MessageSchema(Schema):
    """A message for whatever waits for it, kept for `time_to_live` seconds if nothing does yet."""

    name = text(required=True)
    correlation_key = text(load_default=None, allow_none=True)
    variables = variables()
    time_to_live = fields.Integer(load_default=0, validate=validate.Range(0, LONGEST_SECONDS))
    message_id = text(load_default=None, allow_none=True)


class CorrelationSchema(Schema):
    """Where a message went: to an instance, or to none yet."""

    message_id = fields.String()
    instance_id = fields.String(allow_none=True)


class DoctorSchema(Schema):
    """A doctor."""

    docid = fields.String()
    name = fields.String(attribute="full_name")
    specialization = fields.String()


class DoctorsSchema(Schema):
    """Doctors, by family name."""

    items = fields.List(fields.Nested(DoctorSchema))


class PrunedSchema(Schema):
    """How many ended instances were removed."""

    removed = fields.Integer()


class CallerSchema(Schema):
    """Who calls."""

    username = fields.String()
    name = fields.String()
    role = fields.String()
    scopes = fields.List(fields.String(), allow_none=True, metadata={"description": "of the token; null for a session"})
    csrf_token = fields.String(metadata={"description": "for the header X-CSRFToken of a session's changes"})
