"""Deploying files together: what is new in them becomes new versions, what was deployed before keeps its own.

Processes that another engine moves are taken there before the commit, by a `Placement`: what it refuses is not here
either.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from sqlalchemy import (
    Connection,
    Row,
    RowMapping,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    union_all,
    update,
)

from workflows.diagrams import compile_form
from workflows.embedded import deployed, starts
from workflows.embedded.cores import ELSEWHERE, Choice
from workflows.embedded.definitions import as_definition, select_definitions
from workflows.embedded.ids import new_id
from workflows.embedded.inputs import storable
from workflows.embedded.reading import DecisionFile, DiagramFile, Files, FormFile, read
from workflows.embedded.runtime import Runtime, Transaction
from workflows.embedded.tables import (
    decision,
    definition,
    deployment,
    deployment_decision,
    deployment_definition,
    form,
    resource,
)
from workflows.engine import Deployment, ProcessDefinition, Resource

_DEPLOY_LOCK = 7_355_002
"""Any number, the same in every process: PostgreSQL lets one of them give version numbers at a time."""


class Placement(Protocol):
    """Takes files to another engine."""

    def __call__(self, files: Files, new: Sequence[ProcessDefinition]) -> Mapping[str, str]:
        """Deploy the definitions `new`, of diagrams in `files`, and all its decisions and forms.

        Return the keys that the engine gives the definitions, by their ids; definitions without a key there may be
        left out. Raise `InvalidDiagram` for what it refuses. It comes again, unchanged, when the commit that follows
        does not succeed.
        """
        ...


def deploy(
    runtime: Runtime,
    resources: Sequence[Resource],
    *,
    name: str,
    by: str | None,
    filter_duplicates: bool,
    choose_core: Choice,
    placements: Mapping[str, Placement] | None = None,
) -> Deployment:
    """Deploy files; `InvalidDiagram` names every problem of every file.

    `placements` take to other engines, by name, what `choose_core` gives them, and decisions and forms in any case.
    With `filter_duplicates` files without anything new are the deployment that brought the newest of what they have.
    """
    files = read_files(runtime, resources, choose_core)
    with runtime.transaction() as transaction:
        wait_for_others(transaction)
        deployment_id = _insert_deployment(transaction, name, by)
        _write_forms(transaction, deployment_id, files)
        for decisions in files.decisions:
            _write_decisions(transaction, deployment_id, decisions)
        ids = [found for file in files.diagrams for found in _write_diagram(transaction, deployment_id, files, file)]
        for definition_id in ids:
            values = {"deployment_id": deployment_id, "definition_id": definition_id}
            transaction.connection.execute(insert(deployment_definition), [values])
        transaction.bells.append(runtime.timers)
        query = select_definitions().where(definition.c.id.in_(ids))
        rows = {row["id"]: row for row in transaction.connection.execute(query).mappings()}
        transaction.topics.update(f"definition:{row['process_id']}" for row in rows.values())
        for core, place in (placements or {}).items():
            new = [row for row in rows.values() if (row["deployment_id"], row["core"]) == (deployment_id, core)]
            _place(transaction.connection, place, files, new)
        older = _withdraw_duplicate(transaction.connection, deployment_id) if filter_duplicates else None
        if older is not None:
            return replace(deployed.get(transaction.connection, older), repeated=True)
        made = deployed.get(transaction.connection, deployment_id)
    return replace(made, definitions=tuple(as_definition(rows[found]) for found in ids))


def read_files(runtime: Runtime, resources: Sequence[Resource], choose_core: Choice) -> Files:
    """Read files beside the forms that are deployed; `InvalidDiagram` names every problem of every file."""
    with runtime.read() as connection:
        forms = _deployed_forms(connection)
    return read(
        resources,
        forms,
        runtime.clock(),
        scripts=runtime.scripts is not None,
        choose_core=choose_core,
        workflows=runtime.workflows,
    )


def wait_for_others(transaction: Transaction) -> None:
    """Wait for the end of a deployment under way, and let no other begin before the end of this transaction."""
    if transaction.postgresql:  # SQLite has one writer in any case
        transaction.connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _DEPLOY_LOCK})


def _withdraw_duplicate(connection: Connection, deployment_id: str) -> str | None:
    """Take back a deployment that brought no file; return the id of the newest one that brought any of its own."""
    if connection.scalar(select(resource.c.id).where(resource.c.deployment_id == deployment_id).limit(1)) is not None:
        return None
    brought = union_all(
        select(definition.c.resource_id)
        .join(deployment_definition)
        .where(deployment_definition.c.deployment_id == deployment_id),
        select(decision.c.resource_id)
        .join(deployment_decision)
        .where(deployment_decision.c.deployment_id == deployment_id),
    )
    older = connection.scalar(select(func.max(resource.c.deployment_id)).where(resource.c.id.in_(brought)))
    if older is None:
        return None
    for link in (deployment_definition, deployment_decision):
        connection.execute(delete(link).where(link.c.deployment_id == deployment_id))
    connection.execute(delete(deployment).where(deployment.c.id == deployment_id))
    return str(older)


def _place(connection: Connection, place: Placement, files: Files, new: Sequence[RowMapping]) -> None:
    keys = place(files, [as_definition(row) for row in new])
    if keys:
        rows = [{"definition_id": definition_id, "known_as": key} for definition_id, key in keys.items()]
        connection.execute(_KEY, rows)


_KEY = update(definition).where(definition.c.id == bindparam("definition_id")).values(key=bindparam("known_as"))


def _deployed_forms(connection: Connection) -> dict[str, FormFile]:
    newest = select(form.c.form_id, func.max(form.c.version).label("version")).group_by(form.c.form_id).subquery()
    same = and_(form.c.form_id == newest.c.form_id, form.c.version == newest.c.version)
    query = select(form, resource.c.name, resource.c.content).join(resource).join(newest, same)
    return {
        row["form_id"]: FormFile(compile_form(row["content"], row["name"]), row["checksum"], row["resource_id"])
        for row in connection.execute(query).mappings()
    }


def _insert_deployment(transaction: Transaction, name: str, by: str | None) -> str:
    values = {
        "id": new_id(transaction.now),
        "name": storable(name, "The name of the deployment"),
        "deployed_at": transaction.now,
        "deployed_by": storable(by, "The id of who deploys"),
    }
    transaction.connection.execute(insert(deployment), [values])
    return str(values["id"])


def _insert_resource(transaction: Transaction, deployment_id: str, file: Resource) -> str:
    resource_id = new_id(transaction.now)
    values = {"id": resource_id, "deployment_id": deployment_id, "name": file.name, "content": file.content}
    transaction.connection.execute(insert(resource), [values])
    return resource_id


def _write_forms(transaction: Transaction, deployment_id: str, files: Files) -> None:
    """Write the forms that are new, so that all have a `resource_id`."""
    for form_id, form_file in files.forms.items():
        if form_file.file is None:
            continue
        resource_id = _insert_resource(transaction, deployment_id, form_file.file)
        values = {
            "form_id": storable(form_id, "The id of a form"),
            "version": (newest_form(transaction.connection, form_id) or 0) + 1,
            "resource_id": resource_id,
            "checksum": form_file.checksum,
        }
        transaction.connection.execute(insert(form), [values])
        files.forms[form_id] = FormFile(form_file.form, form_file.checksum, resource_id)


def _write_decisions(transaction: Transaction, deployment_id: str, decisions: DecisionFile) -> None:
    """Write new versions of the decisions in a file, unless the file has not changed."""
    checksum = hashlib.sha256(decisions.file.content).hexdigest()
    resource_id: str | None = None
    for decision_id, each in decisions.graph.decisions.items():
        newest = newest_decision(transaction.connection, decision_id)
        version = newest.version if newest is not None else 0
        if newest is None or newest.checksum != checksum:
            resource_id = resource_id or _insert_resource(transaction, deployment_id, decisions.file)
            version += 1
            values = {
                "decision_id": decision_id,
                "version": version,
                "version_tag": each.version_tag,
                "resource_id": resource_id,
                "checksum": checksum,
            }
            transaction.connection.execute(insert(decision), [values])
        link = {"deployment_id": deployment_id, "decision_id": decision_id, "version": version}
        transaction.connection.execute(insert(deployment_decision), [link])


def _write_diagram(transaction: Transaction, deployment_id: str, files: Files, file: DiagramFile) -> list[str]:
    """Write new versions of the processes in a diagram, unless they are the newest already; return all their ids."""
    checksum = files.checksum(file)
    resource_id: str | None = None
    ids = []
    for process in file.graph.processes.values():
        newest = newest_definition(transaction.connection, process.id)
        core = files.core(file, process)
        if newest is not None and (newest["checksum"], newest["core"]) == (checksum, core):
            ids.append(newest["id"])
            continue
        resource_id = resource_id or _insert_resource(transaction, deployment_id, file.file)
        definition_id = new_id(transaction.now)
        values = {
            "id": definition_id,
            "process_id": storable(process.id, "The id of a process"),
            "version": (newest["version"] if newest else 0) + 1,
            "name": process.name,
            "version_tag": process.version_tag,
            "history_time_to_live": process.history_time_to_live,
            "startable": process.startable,
            "candidate_starter_users": list(process.candidate_starters),
            "candidate_starter_groups": list(process.candidate_starter_groups),
            "deployment_id": deployment_id,
            "resource_id": resource_id,
            "checksum": checksum,
            "form_resources": [files.forms[form_id].resource_id for form_id in file.form_ids],
            "core": core,
        }
        transaction.connection.execute(insert(definition), [values])
        starts.unsubscribe(transaction.connection, process.id)
        if core not in ELSEWHERE:
            starts.subscribe(transaction.connection, definition_id, file.graph, process, transaction.now)
        ids.append(definition_id)
    return ids


def newest_form(connection: Connection, form_id: str) -> int | None:
    """Return the newest version of a form."""
    newest: int | None = connection.scalar(select(func.max(form.c.version)).where(form.c.form_id == form_id))
    return newest


def newest_decision(connection: Connection, decision_id: str) -> Row[Any] | None:
    """Return the row of the newest version of a decision."""
    query = select(decision).where(decision.c.decision_id == storable(decision_id, "The id of a decision"))
    return connection.execute(query.order_by(decision.c.version.desc()).limit(1)).one_or_none()


def newest_definition(connection: Connection, process_id: str) -> RowMapping | None:
    """Return the row of the newest version of a process."""
    query = select(definition).where(definition.c.process_id == process_id)
    return connection.execute(query.order_by(definition.c.version.desc()).limit(1)).mappings().one_or_none()
