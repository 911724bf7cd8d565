"""Decisions: rows of versions, and the graphs that their files compile to."""

from sqlalchemy import Connection, select

from workflows.core.effects import DecisionRequested
from workflows.decisions import DecisionGraph, compile_decisions, map_result
from workflows.embedded.definitions import Definition, Wanted, bind, describe
from workflows.embedded.inputs import storable
from workflows.embedded.runtime import Runtime, Transaction
from workflows.embedded.tables import decision, deployment_decision, resource
from workflows.errors import NotFound
from workflows.expressions.dialect import Dialect
from workflows.values import Variables


def evaluate(
    transaction: Transaction, definition: Definition, asked: DecisionRequested, variables: Variables
) -> Variables:
    """Return what a decision writes, evaluated over `variables`; `NotFound` if there is none, else `DecisionError`."""
    graph = _find(transaction, definition.deployment_id, asked)
    result = graph.evaluate(asked.decision, variables, transaction.now)
    element = definition.node(asked.node).decision
    if element is None or element.result_variable is None:
        return {}
    camunda7 = definition.graph.dialect is Dialect.CAMUNDA7
    return {element.result_variable: map_result(result, element.map_result) if camunda7 else result.output}


def _find(transaction: Transaction, deployment_id: str, asked: DecisionRequested) -> DecisionGraph:
    name = storable(asked.decision, "The id of a decision")
    query = select(decision.c.resource_id).where(decision.c.decision_id == name)
    wanted = Wanted(asked.binding, asked.version, deployment_id)
    found: str | None = transaction.connection.scalar(bind(query, wanted, decision, deployment_decision))
    if found is None:
        raise NotFound(f"There is no decision {name!r} {describe(wanted)}.")
    return compiled(transaction.runtime, transaction.connection, found)


def compiled(runtime: Runtime, connection: Connection, resource_id: str) -> DecisionGraph:
    """Return the decisions of a file that is deployed, compiled once."""
    return runtime.decisions.get(resource_id, lambda: _compile(connection, resource_id))


def _compile(connection: Connection, resource_id: str) -> DecisionGraph:
    row = connection.execute(select(resource.c.name, resource.c.content).where(resource.c.id == resource_id)).one()
    return compile_decisions(row.content, row.name)
