"""Reading the files of a deployment: all of them are compiled and checked before anything is written."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath

from workflows.decisions import Decision, DecisionGraph, compile_decisions
from workflows.diagrams import compile_diagram, compile_form
from workflows.diagrams.forms import Form
from workflows.diagrams.graph import Graph, Node, Process
from workflows.diagrams.problems import Problem
from workflows.embedded import starts
from workflows.embedded.cores import Choice
from workflows.embedded.inputs import storable
from workflows.engine import Resource
from workflows.errors import InvalidDiagram, InvalidInput
from workflows.spiff import SUFFIX, PythonWorkflow, SpiffCore, is_outline, read_outline


@dataclass(frozen=True, slots=True)
class FormFile:
    """A form that diagrams may refer to. `resource_id` is set if it was deployed before, else `file`."""

    form: Form
    checksum: str
    resource_id: str | None = None
    file: Resource | None = None


@dataclass(frozen=True, slots=True)
class DiagramFile:
    """A compiled diagram, or outline of a workflow in Python, and the ids of the forms that it refers to."""

    file: Resource
    graph: Graph
    form_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionFile:
    """The compiled decisions of a file."""

    file: Resource
    graph: DecisionGraph


@dataclass(slots=True)
class Files:
    """The files of a deployment, ready to be written; `forms` holds older ones too, by form id."""

    forms: dict[str, FormFile]
    choose_core: Choice
    diagrams: list[DiagramFile] = field(default_factory=list)
    decisions: list[DecisionFile] = field(default_factory=list)

    def checksum(self, diagram: DiagramFile) -> str:
        """Return what stays the same as long as the diagram and its forms do."""
        parts = [diagram.file.content, *(self.forms[form_id].checksum.encode() for form_id in diagram.form_ids)]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()

    def core(self, diagram: DiagramFile, process: Process) -> str:
        """Return the name of the core that steps a process: the one that was chosen; SpiffWorkflow, if in Python."""
        return SpiffCore.name if is_outline(diagram.file.name) else self.choose_core(process.id).name


def read(
    resources: Sequence[Resource],
    deployed: Mapping[str, FormFile],
    now: datetime,
    *,
    scripts: bool,
    choose_core: Choice,
    workflows: Mapping[str, PythonWorkflow] | None = None,
) -> Files:
    """Compile the files of a deployment beside the forms that are deployed; `scripts` says whether scripts can run,
    `choose_core` what is to step each process; `workflows` are those in Python that the engine has, by process id.

    Raise `InvalidDiagram` with the problems of all files.
    """
    if not resources:
        raise InvalidInput("A deployment needs at least one file.")
    problems: list[Problem] = []
    files = Files(dict(deployed), choose_core)
    for resource in _by_suffix(resources, ".form"):
        _read_form(resource, files, problems)
    for resource in _by_suffix(resources, ".dmn"):
        _read_decisions(resource, files, problems)
    for resource in _by_suffix(resources, ".bpmn"):
        _read_diagram(resource, files, problems, now, scripts=scripts)
    for resource in _by_suffix(resources, SUFFIX):
        _read_workflow(resource, files, problems, workflows or {})
    problems.extend(_misplaced(resources))
    problems.extend(_doubled("process", ((file.file, file.graph.processes) for file in files.diagrams)))
    problems.extend(_doubled("decision", ((file.file, file.graph.decisions) for file in files.decisions)))
    if problems:
        raise InvalidDiagram(sorted(set(problems)))
    return files


def _by_suffix(resources: Iterable[Resource], suffix: str) -> Iterator[Resource]:
    for resource in resources:
        storable(resource.name, "The name of a file")
        if PurePath(resource.name).suffix.lower() == suffix:
            yield resource


def _misplaced(resources: Sequence[Resource]) -> Iterator[Problem]:
    names = set()
    for resource in resources:
        suffix = PurePath(resource.name).suffix.lower()
        if suffix not in {".bpmn", ".dmn", ".form", SUFFIX}:
            mend = "Name it .bpmn, .dmn or .form, as Camunda Modeler does, or leave it out."
            yield Problem(resource.name, 0, "", "", "The kind of this file is unknown.", mend)
        if resource.name in names:
            mend = "Give each file a name of its own."
            yield Problem(resource.name, 0, "", "", "Two files have this name.", mend)
        names.add(resource.name)


def _read_form(resource: Resource, files: Files, problems: list[Problem]) -> None:
    try:
        form = compile_form(resource.content, resource.name)
    except InvalidDiagram as error:
        problems.extend(error.problems)
        return
    known = files.forms.get(form.id)
    if known is not None and known.file is not None:
        what = f"The form id {form.id!r} is also that of {known.file.name}."
        problems.append(Problem(resource.name, 0, form.id, "", what, "Give one of them another id."))
        return
    checksum = hashlib.sha256(resource.content).hexdigest()
    if known is None or known.checksum != checksum:
        files.forms[form.id] = FormFile(form, checksum, file=resource)


def _read_decisions(resource: Resource, files: Files, problems: list[Problem]) -> None:
    try:
        files.decisions.append(DecisionFile(resource, compile_decisions(resource.content, resource.name)))
    except InvalidDiagram as error:
        problems.extend(error.problems)


def _read_diagram(resource: Resource, files: Files, problems: list[Problem], now: datetime, *, scripts: bool) -> None:
    forms = {form_id: form_file.form for form_id, form_file in files.forms.items()}
    try:
        graph = compile_diagram(resource.content, resource.name, forms=forms)
    except InvalidDiagram as error:
        problems.extend(error.problems)
        return
    used = {node.user_task.form.id for node in graph.nodes.values() if node.user_task and node.user_task.form}
    files.diagrams.append(DiagramFile(resource, graph, tuple(sorted(used & forms.keys()))))
    for process in graph.processes.values():
        problems.extend(starts.problems(resource.name, graph, process, now))
        problems.extend(files.choose_core(process.id).refusals(resource.name, graph, process))
    for node in graph.nodes.values():
        problems.extend(_refusals(resource.name, node, scripts=scripts))


def _read_workflow(
    resource: Resource, files: Files, problems: list[Problem], workflows: Mapping[str, PythonWorkflow]
) -> None:
    """Take an outline of a workflow in Python, if it is that of the code which the engine has."""
    workflow = workflows.get(PurePath(resource.name).stem)
    if workflow is None:
        what, mend = "The engine has no workflow of this name.", "Give the engine the workflow in Python."
        problems.append(Problem(resource.name, 0, "", "", what, mend))
    elif workflow.resource() != resource:
        what, mend = "This is not the outline of the workflow's code.", "Deploy what its `resource()` gives."
        problems.append(Problem(resource.name, 0, "", "", what, mend))
    else:
        files.diagrams.append(DiagramFile(resource, read_outline(resource.content, resource.name)))


def _refusals(file_name: str, node: Node, *, scripts: bool) -> Iterator[Problem]:
    """What the compiler can read but this engine can't run."""
    if node.script is not None and node.script.script is not None and not scripts:
        mend = "Write the script in FEEL, or run the engine with a script runner."
        yield Problem(file_name, node.line, node.id, node.name, "This engine runs no Python scripts.", mend)


def _doubled(
    what: str, files: Iterable[tuple[Resource, Mapping[str, Process] | Mapping[str, Decision]]]
) -> Iterator[Problem]:
    """Find processes or decisions whose id is used in two files."""
    seen: dict[str, str] = {}
    for file, found in files:
        for identifier, each in found.items():
            other = seen.setdefault(identifier, file.name)
            if other != file.name:
                mistake = f"The {what} id {identifier!r} is also that of a {what} in {other}."
                yield Problem(file.name, 0, identifier, each.name, mistake, "Give one of them another id.")
