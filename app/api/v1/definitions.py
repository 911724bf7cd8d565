"""Process definitions."""

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema, fields

from app.api.v1.fields import ListQuery, text
from app.api.v1.operations import Operations, Window
from app.clinic.models import Role, Scope
from app.web.services import services
from workflows.engine import DefinitionQuery, ProcessDefinition

blueprint = Operations("v1_definitions", __name__, description="What is deployed.")


class DefinitionSchema(Schema):
    """One version of a process."""

    id = fields.String()
    process_id = fields.String()
    name = fields.String()
    version = fields.Integer()
    version_tag = fields.String(allow_none=True)
    deployment_id = fields.String()
    resource_name = fields.String()
    startable = fields.Boolean()


class VersionQuery(ListQuery):
    """Which definitions to list."""

    process_id = text(load_default=None)
    latest = fields.Boolean(load_default=True, metadata={"description": "only the newest version of each process"})


@blueprint.listing(
    "/process-definitions", DefinitionSchema, Role.ADMINISTRATOR, scope=Scope.READ_PROCESSES, query=VersionQuery
)
def listing(asked: dict[str, Any], window: Window) -> Sequence[ProcessDefinition]:
    """List definitions by process id, newest version first."""
    query = DefinitionQuery(
        process_id=asked["process_id"], latest=asked["latest"], offset=window.offset, limit=window.take
    )
    return services().engine.find_definitions(query)


@blueprint.reading(
    "/process-definitions/<definition_id>", DefinitionSchema, Role.ADMINISTRATOR, scope=Scope.READ_PROCESSES
)
def show(definition_id: str) -> ProcessDefinition:
    """Read one version of a process."""
    return services().engine.definition(definition_id)
