"""Which parts of the diagrams the instances of a test run have passed: elements and sequence flows.

coverage = Coverage()
coverage.watch(engine)           # as often as there are engines
...
print(coverage.text())
coverage.write(Path("report"))   # report/index.html and report/coverage.txt
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from weakref import WeakSet

from workflows.core.effects import ActivityEntered, Effect, FlowTaken
from workflows.diagrams.graph import EventKind, Graph, Node
from workflows.embedded import EmbeddedEngine
from workflows.embedded.definitions import Definition
from workflows.engine import Resource
from workflows.testing.report import DiagramCoverage, page, table

_LINK = "~"
"""Stands in the ids of the flows between link events, which no diagram draws."""


@dataclass(slots=True)
class _Seen:
    resource: Resource
    graph: Graph
    passed: "Counter[str]" = field(default_factory=Counter)


class Coverage:
    """Collects what instances pass, over any number of engines, threads and tests.

    A file is known from its first instance on, or from `add`; a changed file counts anew.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: dict[Resource, _Seen] = {}
        self._resources: dict[str, Resource] = {}
        self._watched: WeakSet[EmbeddedEngine] = WeakSet()

    def watch(self, engine: EmbeddedEngine) -> None:
        """Collect from now on what the instances of an engine pass; an engine that is watched already stays so."""
        with self._lock:
            known = engine in self._watched
            self._watched.add(engine)
        if not known:
            engine.observe(partial(self._record, engine))

    def add(self, resource: Resource, graph: Graph) -> None:
        """Count a file, whether one of its processes is ever started or not."""
        with self._lock:
            self._seen.setdefault(resource, _Seen(resource, graph))

    @property
    def diagrams(self) -> list[DiagramCoverage]:
        """The coverage of each file, by name."""
        with self._lock:
            return [_coverage(self._seen[resource]) for resource in sorted(self._seen, key=lambda each: each.name)]

    def diagram(self, name: str) -> DiagramCoverage:
        """Return the coverage of the file with this name; `KeyError` if no instance of it was seen."""
        found = [each for each in self.diagrams if each.resource.name == name]
        if not found:
            raise KeyError(f"{name} is not covered: no instance of it was started on an engine that is watched")
        return found[-1]

    def text(self) -> str:
        """Return the report as text: a line for each diagram with what was not passed below it."""
        return table(self.diagrams)

    def html(self) -> str:
        """Return the report as a page of its own, with each diagram as a picture."""
        return page(self.diagrams)

    def write(self, folder: Path) -> None:
        """Write `coverage.txt` and `index.html` into a folder, which is made if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "coverage.txt").write_text(self.text(), encoding="utf-8")
        (folder / "index.html").write_text(self.html(), encoding="utf-8")

    def _record(self, engine: EmbeddedEngine, definition: Definition, effects: Sequence[Effect]) -> None:
        resource = self._resources.get(definition.id)
        if resource is None:
            resource = self._resources[definition.id] = engine.diagram(definition.id)
        self.add(resource, definition.graph)
        with self._lock:
            passed = self._seen[resource].passed
            for effect in effects:
                match effect:
                    case ActivityEntered(node=element):
                        passed[element] += 1
                    case FlowTaken(flow=element):
                        passed[element] += 1


def _coverage(seen: _Seen) -> DiagramCoverage:
    nodes = [node for node in seen.graph.nodes.values() if not _is_never_entered(node)]
    flows = [flow for node in seen.graph.nodes.values() for flow in node.outgoing if _LINK not in flow.id]
    names = {node.id: node.name for node in nodes} | {flow.id: flow.name for flow in flows}
    return DiagramCoverage(
        seen.resource,
        names,
        {node.id: seen.passed[node.id] for node in nodes},
        {flow.id: seen.passed[flow.id] for flow in flows},
    )


def _is_never_entered(node: Node) -> bool:
    """The boundary event of a compensation only says what undoes its activity."""
    return node.type == "boundaryEvent" and any(event.kind is EventKind.COMPENSATE for event in node.events)
