"""Deployments that were made: listing them, and removing one with what it brought."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, exists, false, func, or_, select

from workflows.decision_definitions import DecisionDefinition
from workflows.embedded import audit, paging, starts
from workflows.embedded.cores import ELSEWHERE
from workflows.embedded.decided import as_decisions, select_decisions
from workflows.embedded.definitions import as_definition, select_definitions
from workflows.embedded.ids import is_id
from workflows.embedded.runtime import Transaction
from workflows.embedded.tables import (
    decision,
    definition,
    deployment,
    deployment_decision,
    deployment_definition,
    form,
    instance,
    operation,
    resource,
    start_subscription,
)
from workflows.engine import Deployment, DeploymentQuery, ProcessDefinition
from workflows.errors import Conflict, NotFound

REASON = "its deployment was deleted"


def list_deployments(connection: Connection, query: DeploymentQuery) -> list[Deployment]:
    """List deployments, newest first unless the query says otherwise."""
    rising = (deployment.c.deployed_at, deployment.c.id)
    found = _found(query).order_by(*(column.desc() if query.descending else column for column in rising))
    return _as_deployments(connection, connection.execute(paging.page(found, limit=query.limit, offset=query.offset)))


def count_deployments(connection: Connection, query: DeploymentQuery) -> int:
    """Count the deployments that a query lists on all its pages."""
    return paging.count(connection, _found(query))


def get(connection: Connection, deployment_id: str) -> Deployment:
    """Return one deployment."""
    query = select(deployment).where(deployment.c.id == deployment_id)
    found = _as_deployments(connection, connection.execute(query)) if is_id(deployment_id) else []
    if not found:
        raise NotFound(f"There is no deployment {deployment_id!r}.")
    return found[0]


def running_instances(connection: Connection, deployment_id: str) -> list[str]:
    """Return the ids of the instances that run in definitions which a deployment brought; `NotFound` without one."""
    get(connection, deployment_id)
    query = select(instance.c.id).join(definition).where(definition.c.deployment_id == deployment_id)
    return list(connection.scalars(query.where(instance.c.ended_at.is_(None))))


def delete_deployment(transaction: Transaction, deployment_id: str, *, cascade: bool, by: str | None) -> None:
    """Remove a deployment with what it brought; with `cascade`, its ended instances too.

    Raise `Conflict` while instances, definitions or other deployments need it.
    """
    connection = transaction.connection
    get(connection, deployment_id)
    brought = select(definition.c.id).where(definition.c.deployment_id == deployment_id)
    _remove_instances(transaction, deployment_id, brought, cascade=cascade, by=by)
    files = list(connection.scalars(select(resource.c.id).where(resource.c.deployment_id == deployment_id)))
    _refuse_used(connection, deployment_id, files)
    processes = set(connection.scalars(select(definition.c.process_id).where(definition.c.id.in_(brought))))
    connection.execute(delete(start_subscription).where(start_subscription.c.definition_id.in_(brought)))
    connection.execute(
        delete(deployment_definition).where(
            (deployment_definition.c.definition_id.in_(brought))
            | (deployment_definition.c.deployment_id == deployment_id)
        )
    )
    connection.execute(delete(deployment_decision).where(deployment_decision.c.deployment_id == deployment_id))
    for table in (definition, decision, form):
        connection.execute(delete(table).where(table.c.resource_id.in_(files)))
    connection.execute(delete(resource).where(resource.c.deployment_id == deployment_id))
    connection.execute(delete(deployment).where(deployment.c.id == deployment_id))
    for process_id in processes:
        _let_older_start(transaction, process_id)


def _remove_instances(
    transaction: Transaction, deployment_id: str, brought: Select[Any], *, cascade: bool, by: str | None
) -> None:
    of_it = instance.c.definition_id.in_(brought)
    left = select(instance.c.id).where(of_it, *([instance.c.ended_at.is_(None)] if cascade else []))
    standing = transaction.connection.scalar(select(func.count()).select_from(left.subquery()))
    if standing:
        what = "still run" if cascade else "belong to its definitions: cascade removes them too"
        raise Conflict(f"The deployment {deployment_id!r} can't be deleted: {standing} process instances {what}.")
    ended = list(transaction.connection.scalars(select(instance.c.id).where(of_it)))
    transaction.connection.execute(delete(instance).where(of_it))
    transaction.connection.execute(delete(operation).where(operation.c.instance_id.in_(ended)))
    for instance_id in ended:
        audit.record(transaction, instance_id, "delete", by=by, reason=REASON)


def _refuse_used(connection: Connection, deployment_id: str, files: Collection[str]) -> None:
    """Refuse to take away forms and decisions that another deployment stands on."""
    uses = [definition.c.form_resources.contains(f'"{file}"', autoescape=True) for file in files]
    query = select(definition.c.process_id, definition.c.version).where(definition.c.deployment_id != deployment_id)
    user = connection.execute(query.where(or_(false(), *uses)).limit(1)).one_or_none()
    if user is not None:
        raise Conflict(
            f"The process {user[0]!r} in version {user[1]} uses a form of this deployment: delete that first."
        )
    same = (decision.c.decision_id == deployment_decision.c.decision_id) & (
        decision.c.version == deployment_decision.c.version
    )
    linked = select(decision.c.decision_id).where(
        decision.c.resource_id.in_(files),
        exists().where(same, deployment_decision.c.deployment_id != deployment_id),
    )
    used = connection.scalar(linked.limit(1))
    if used is not None:
        raise Conflict(f"Another deployment uses the decision {used!r} of this one: delete that first.")


def _let_older_start(transaction: Transaction, process_id: str) -> None:
    """Subscribe the start events of the version that is now the newest."""
    starts.unsubscribe(transaction.connection, process_id)
    query = select(definition.c.id, definition.c.core).where(definition.c.process_id == process_id)
    newest = transaction.connection.execute(query.order_by(definition.c.version.desc()).limit(1)).one_or_none()
    if newest is not None and newest.core not in ELSEWHERE:
        known = transaction.definition(newest.id)
        starts.subscribe(transaction.connection, newest.id, known.graph, known.process, transaction.now)
    transaction.bells.append(transaction.runtime.timers)


def _found(query: DeploymentQuery) -> Select[Any]:
    return select(deployment).where(
        *paging.like(deployment.c.name, query.name_like),
        *paging.within(deployment.c.deployed_at, query.deployed_after, query.deployed_before),
    )


def _as_deployments(connection: Connection, found: Any) -> list[Deployment]:
    rows = found.mappings().all()
    ids = [row["id"] for row in rows]
    files, decisions = _files(connection, ids), _decisions(connection, ids)
    consists: dict[str, list[ProcessDefinition]] = {row["id"]: [] for row in rows}
    query = select_definitions().add_columns(deployment_definition.c.deployment_id.label("listed"))
    query = query.join(deployment_definition, deployment_definition.c.definition_id == definition.c.id)
    query = query.where(deployment_definition.c.deployment_id.in_(consists)).order_by(definition.c.process_id)
    for row in connection.execute(query).mappings() if consists else ():
        consists[row["listed"]].append(as_definition(row))
    return [
        Deployment(
            row["id"],
            row["name"],
            row["deployed_at"],
            tuple(consists[row["id"]]),
            deployed_by=row["deployed_by"],
            files=tuple(files[row["id"]]),
            decisions=tuple(decisions[row["id"]]),
        )
        for row in rows
    ]


def _files(connection: Connection, ids: Collection[str]) -> dict[str, list[str]]:
    files: dict[str, list[str]] = {each: [] for each in ids}
    query = select(resource.c.deployment_id, resource.c.name).where(resource.c.deployment_id.in_(ids))
    for row in connection.execute(query.order_by(resource.c.name)):
        files[row.deployment_id].append(row.name)
    return files


def _decisions(connection: Connection, ids: Collection[str]) -> dict[str, list[DecisionDefinition]]:
    decisions: dict[str, list[DecisionDefinition]] = {each: [] for each in ids}
    of = deployment_decision.c
    same = and_(of.decision_id == decision.c.decision_id, of.version == decision.c.version)
    query = select_decisions().add_columns(of.deployment_id.label("listed")).join(deployment_decision, same)
    query = query.where(of.deployment_id.in_(ids)).order_by(decision.c.decision_id)
    rows = connection.execute(query).mappings().all()
    for row, each in zip(rows, as_decisions(connection, rows), strict=True):
        decisions[row["listed"]].append(each)
    return decisions
