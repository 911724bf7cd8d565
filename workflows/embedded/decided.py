"""Decisions that were deployed: listing their versions, and finding what asks them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, func, select

from workflows.decision_definitions import DecisionDefinition
from workflows.decisions import DecisionError, DecisionResult, read_sheets
from workflows.embedded import definitions
from workflows.embedded.decisions import compiled
from workflows.embedded.inputs import checked_variables, storable
from workflows.embedded.paging import MOST
from workflows.embedded.runtime import Runtime
from workflows.embedded.tables import decision, resource
from workflows.errors import ExpressionError, InvalidDiagram, InvalidInput, NotFound
from workflows.expressions.expression import Literal
from workflows.values import JsonValue


def select_decisions() -> Select[Any]:
    """Select what `as_decisions` reads: versions of decisions."""
    columns = (resource.c.name.label("resource_name"), resource.c.deployment_id)
    return select(decision, *columns).join(resource, resource.c.id == decision.c.resource_id)


def as_decisions(connection: Connection, rows: Sequence[RowMapping]) -> list[DecisionDefinition]:
    """Return rows as decisions, with the names that their files give them."""
    files = select(resource.c.id, resource.c.content, resource.c.name)
    files = files.where(resource.c.id.in_({row["resource_id"] for row in rows}))
    names = {
        (file.id, sheet.id): sheet.name
        for file in connection.execute(files)
        for sheet in read_sheets(file.content, file.name)
    }
    return [
        DecisionDefinition(
            row["decision_id"],
            names[row["resource_id"], row["decision_id"]],
            row["version"],
            row["deployment_id"],
            row["resource_name"],
            row["version_tag"],
        )
        for row in rows
    ]


class EmbeddedDecisions:
    """Implements `workflows.decision_definitions.DecisionDefinitions`."""

    _runtime: Runtime

    def decisions(self, decision_id: str | None = None, *, latest: bool = True) -> list[DecisionDefinition]:
        """List decisions by id, then version, newest first; only the newest versions if `latest`."""
        query = select_decisions().order_by(decision.c.decision_id, decision.c.version.desc())
        if decision_id is not None:
            query = query.where(decision.c.decision_id == storable(decision_id, "The id of a decision"))
        if latest:
            of = decision.c.decision_id
            newest = select(of, func.max(decision.c.version).label("version")).group_by(of).subquery()
            query = query.join(newest, and_(newest.c.decision_id == of, newest.c.version == decision.c.version))
        with self._runtime.read() as connection:
            return as_decisions(connection, connection.execute(query).mappings().all())

    def decision(self, decision_id: str, version: int) -> DecisionDefinition:
        """Return one version of a decision; raise `NotFound` if there is none."""
        with self._runtime.read() as connection:
            (found,) = as_decisions(connection, [_row(connection, decision_id, version)])
        return found

    def decision_file(self, decision_id: str, version: int) -> bytes:
        """Return the file of one version as it was deployed; raise `NotFound` if there is none."""
        with self._runtime.read() as connection:
            row = _row(connection, decision_id, version)
            content: bytes = connection.scalars(
                select(resource.c.content).where(resource.c.id == row["resource_id"])
            ).one()
        return content

    def evaluate_decision(
        self, decision_id: str, version: int, variables: Mapping[str, JsonValue] | None = None
    ) -> DecisionResult:
        """Evaluate one version of a decision, which leaves no trace."""
        given, runtime = checked_variables(variables), self._runtime
        with runtime.read() as connection:
            row = _row(connection, decision_id, version)
            graph = compiled(runtime, connection, row["resource_id"])
        try:
            return graph.evaluate(decision_id, given, runtime.clock())
        except (DecisionError, ExpressionError) as error:
            raise InvalidInput(f"The decision can't be evaluated: {error}") from error

    def decisions_asked(self, definition_id: str) -> Mapping[str, str]:
        """Return the decisions that a definition asks, by the ids of its elements."""
        with self._runtime.read() as connection:
            definitions.get(connection, definition_id)
            try:
                nodes = self._runtime.definition(connection, definition_id).graph.nodes
            except InvalidDiagram:  # it could be deployed once: what it does now is for whoever runs it to say
                return {}
        asked = {node.id: node.decision.decision for node in nodes.values() if node.decision is not None}
        return {element: named.source for element, named in asked.items() if isinstance(named, Literal)}


def _row(connection: Connection, decision_id: str, version: int) -> RowMapping:
    wanted = decision.c.decision_id == storable(decision_id, "The id of a decision")
    query = select_decisions().where(wanted, decision.c.version == min(version, MOST))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no decision {decision_id!r} in version {version}.")
    return row
