"""Process definitions: rows, and the graphs they compile to, each compiled once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Column, Connection, RowMapping, Select, Table, and_, bindparam, func, select

from workflows.diagrams import compile_diagram, compile_form
from workflows.diagrams.forms import Form
from workflows.diagrams.graph import Binding, Graph, Node, Process
from workflows.embedded import paging
from workflows.embedded.cores import Program, mover_named
from workflows.embedded.ids import is_id
from workflows.embedded.tables import definition, deployment_definition, form, resource
from workflows.engine import DefinitionOrder, DefinitionQuery, ProcessDefinition, Resource
from workflows.errors import NotFound
from workflows.spiff import PythonProgram, PythonWorkflow, is_outline, read_outline

_DIGITS = 10
"""Numbers with fewer digits fit into an integer of every database."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A process definition with its graph, and what steps its instances."""

    id: str
    process_id: str
    version: int
    deployment_id: str
    graph: Graph
    program: Program

    @property
    def process(self) -> Process:
        """The process of this definition; its file may hold others."""
        return self.graph.processes[self.process_id]

    def node(self, element_id: str) -> Node:
        """The flow node with this id."""
        return self.graph.nodes[element_id]


def compiled(connection: Connection, workflows: Mapping[str, PythonWorkflow], definition_id: str) -> Definition:
    """Return a definition that exists; `workflows` are those in Python, by process id. To be kept: this takes long."""
    row = connection.execute(select(definition).where(definition.c.id == definition_id)).mappings().one()
    file = connection.execute(select(resource).where(resource.c.id == row["resource_id"])).mappings().one()
    program: Program
    if is_outline(file["name"]):
        graph = read_outline(file["content"], file["name"])
        program = PythonProgram(graph, workflows.get(row["process_id"]))
    else:
        forms = read_forms(connection, row["form_resources"])
        graph = compile_diagram(file["content"], file["name"], forms=forms)
        program = mover_named(row["core"]).program(graph)
    return Definition(row["id"], row["process_id"], row["version"], row["deployment_id"], graph, program)


def read_forms(connection: Connection, resource_ids: list[str]) -> dict[str, Form]:
    """Return the forms in these files by their ids."""
    if not resource_ids:
        return {}
    rows = connection.execute(select(resource.c.name, resource.c.content).where(resource.c.id.in_(resource_ids)))
    forms = [compile_form(content, name) for name, content in rows]
    return {form.id: form for form in forms}


_ORDERS: Mapping[DefinitionOrder, Column[Any]] = {
    DefinitionOrder.PROCESS_ID: definition.c.process_id,
    DefinitionOrder.NAME: definition.c.name,
    DefinitionOrder.VERSION: definition.c.version,
    DefinitionOrder.DEPLOYMENT: definition.c.deployment_id,
}


def list_definitions(
    connection: Connection, process_id: str | None = None, *, latest: bool = True
) -> list[ProcessDefinition]:
    """List definitions by process id, then version, newest first; only the newest versions if `latest`."""
    found = _found(DefinitionQuery(process_id=process_id, latest=latest))
    rows = connection.execute(found.order_by(definition.c.process_id, definition.c.version.desc()))
    return [as_definition(row) for row in rows.mappings()]


def find_definitions(connection: Connection, query: DefinitionQuery) -> list[ProcessDefinition]:
    """List the definitions of a query, page by page."""
    first = paging.ordered(_ORDERS[query.order], descending=query.descending)
    found = _found(query).order_by(first, definition.c.process_id, definition.c.version.desc())
    rows = connection.execute(paging.page(found, limit=query.limit, offset=query.offset))
    return [as_definition(row) for row in rows.mappings()]


def count_definitions(connection: Connection, query: DefinitionQuery) -> int:
    """Count the definitions that a query lists on all its pages."""
    return paging.count(connection, _found(query).with_only_columns(definition.c.id))


def get(connection: Connection, definition_id: str) -> ProcessDefinition:
    """Return one definition."""
    found = select_definitions().where(definition.c.id == definition_id)
    row = connection.execute(found).mappings().one_or_none() if is_id(definition_id) else None
    if row is None:
        raise NotFound(f"There is no process definition {definition_id!r}.")
    return as_definition(row)


def _found(query: DefinitionQuery) -> Select[Any]:
    found = select_definitions().where(
        *paging.equal((definition.c.process_id, query.process_id), (definition.c.deployment_id, query.deployment_id)),
        *paging.like(definition.c.process_id, query.process_id_like),
        *paging.like(definition.c.name, query.name_like),
        *paging.like(definition.c.version_tag, query.version_tag_like),
    )
    if query.version is not None:
        found = found.where(definition.c.version == (query.version if 0 < query.version < 10**_DIGITS // 10 else -1))
    if query.latest:
        newest = (
            select(definition.c.process_id, func.max(definition.c.version).label("version"))
            .group_by(definition.c.process_id)
            .subquery()
        )
        same = and_(newest.c.process_id == definition.c.process_id, newest.c.version == definition.c.version)
        found = found.join(newest, same)
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which version of a process or decision is meant: `version` is its number or tag, `deployment_id` the caller's."""

    binding: Binding = Binding.LATEST
    version: str | None = None
    deployment_id: str | None = None

    @classmethod
    def numbered(cls, version: int | None) -> Self:
        """The version with this number, None for the newest."""
        return cls() if version is None else cls(Binding.VERSION, str(version))


def find_definition(connection: Connection, process_id: str, wanted: Wanted) -> str:
    """Return the id of the version of a process that is wanted; `NotFound` if there is none."""
    latest = wanted.binding is Binding.LATEST
    query = _LATEST if latest else bind(_OF_PROCESS, wanted, definition, deployment_definition)
    found = connection.scalar(query, {"process": process_id})
    if found is None:
        raise NotFound(f"There is no process {process_id!r} {describe(wanted)}.")
    return str(found)


def bind(query: Select[Any], wanted: Wanted, of: Table, deployed: Table) -> Select[Any]:
    """Let `query` find the one version that is wanted.

    `of` is the table of versions, `deployed` the one that says what each deployment consisted of.
    """
    if wanted.binding is Binding.VERSION:
        text = wanted.version or ""
        query = query.where(of.c.version == (int(text) if text.isdecimal() and len(text) < _DIGITS else -1))
    elif wanted.binding is Binding.VERSION_TAG:
        query = query.where(of.c.version_tag == wanted.version)
    elif wanted.binding is Binding.DEPLOYMENT:
        query = query.join(deployed).where(deployed.c.deployment_id == wanted.deployment_id)
    return query.order_by(of.c.version.desc()).limit(1)


_OF_PROCESS = select(definition.c.id).where(definition.c.process_id == bindparam("process"))
_LATEST = bind(_OF_PROCESS, Wanted(), definition, deployment_definition)


def describe(wanted: Wanted) -> str:
    """Say in an error which version was wanted."""
    match wanted.binding:
        case Binding.VERSION:
            return f"deployed with version {wanted.version}"
        case Binding.VERSION_TAG:
            return f"deployed with version tag {wanted.version!r}"
        case Binding.DEPLOYMENT:
            return "in the same deployment"
    return "deployed"


def diagram(connection: Connection, definition_id: str) -> Resource:
    """Return the file of a definition as it was deployed."""
    query = (
        select(resource.c.name, resource.c.content)
        .join(definition, definition.c.resource_id == resource.c.id)
        .where(definition.c.id == definition_id)
    )
    row = connection.execute(query).one_or_none() if is_id(definition_id) else None
    if row is None:
        raise NotFound(f"There is no process definition {definition_id!r}.")
    return Resource(row.name, row.content)


def form_file(connection: Connection, definition_id: str, form_id: str) -> Resource:
    """Return the file of a form that a definition was deployed with."""
    diagram(connection, definition_id)
    used = connection.scalar(select(definition.c.form_resources).where(definition.c.id == definition_id))
    query = select(resource.c.name, resource.c.content).join(form, form.c.resource_id == resource.c.id)
    row = connection.execute(query.where(form.c.form_id == form_id, resource.c.id.in_(used or ()))).one_or_none()
    if row is None:
        raise NotFound(f"The process definition {definition_id!r} has no file of a form {form_id!r}.")
    return Resource(row.name, row.content)


def select_definitions() -> Select[tuple[object, ...]]:
    return select(definition, resource.c.name.label("resource_name")).join(
        resource, definition.c.resource_id == resource.c.id
    )


def as_definition(row: RowMapping) -> ProcessDefinition:
    """Return the port's value for a row of `definition` with its `resource_name`."""
    return ProcessDefinition(
        id=row["id"],
        process_id=row["process_id"],
        name=row["name"],
        version=row["version"],
        deployment_id=row["deployment_id"],
        resource_name=row["resource_name"],
        version_tag=row["version_tag"],
        startable=row["startable"],
        candidate_starter_users=tuple(row["candidate_starter_users"]),
        candidate_starter_groups=tuple(row["candidate_starter_groups"]),
        history_time_to_live=row["history_time_to_live"],
    )
