"""What a deployment would bring, said before it is made."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from sqlalchemy import Connection

from workflows.embedded.cores import Choice
from workflows.embedded.deployments import newest_decision, newest_definition, newest_form, read_files
from workflows.embedded.reading import DecisionFile, DiagramFile, Files
from workflows.embedded.runtime import Runtime
from workflows.engine import Deployable, PlannedVersion, Resource


def preview(runtime: Runtime, resources: Sequence[Resource], choose_core: Choice) -> list[PlannedVersion]:
    """Return what deploying these files would bring, in their order; `InvalidDiagram` names every problem."""
    files = read_files(runtime, resources, choose_core)
    with runtime.read() as connection:
        planned = [
            *_forms(connection, resources, files),
            *(each for file in files.decisions for each in _decisions(connection, file)),
            *(each for file in files.diagrams for each in _processes(connection, files, file)),
        ]
    order = [resource.name for resource in resources]
    return sorted(planned, key=lambda each: order.index(each.resource_name))


def _forms(connection: Connection, resources: Sequence[Resource], files: Files) -> Iterator[PlannedVersion]:
    given = {hashlib.sha256(file.content).hexdigest(): file.name for file in resources if _is_form(file)}
    for form_id, form_file in files.forms.items():
        if form_file.checksum in given:
            newest = newest_form(connection, form_id)
            yield _planned(
                Deployable.FORM, form_id, "", given[form_file.checksum], newest, changed=form_file.file is not None
            )


def _is_form(resource: Resource) -> bool:
    return PurePath(resource.name).suffix.lower() == ".form"


def _decisions(connection: Connection, file: DecisionFile) -> Iterator[PlannedVersion]:
    checksum = hashlib.sha256(file.file.content).hexdigest()
    for decision_id, decision in file.graph.decisions.items():
        newest = newest_decision(connection, decision_id)
        changed = newest is None or newest.checksum != checksum
        version = None if newest is None else newest.version
        yield _planned(Deployable.DECISION, decision_id, decision.name, file.file.name, version, changed=changed)


def _processes(connection: Connection, files: Files, file: DiagramFile) -> Iterator[PlannedVersion]:
    checksum = files.checksum(file)
    for process in file.graph.processes.values():
        newest = newest_definition(connection, process.id)
        same = newest is not None and (newest["checksum"], newest["core"]) == (checksum, files.core(file, process))
        version = None if newest is None else newest["version"]
        yield _planned(Deployable.PROCESS, process.id, process.name, file.file.name, version, changed=not same)


def _planned(
    kind: Deployable, identifier: str, name: str, resource_name: str, newest: int | None, *, changed: bool
) -> PlannedVersion:
    version = (newest or 0) + (1 if changed else 0)
    return PlannedVersion(kind, identifier, name, resource_name, version, newest)
