"""Process graphs drawn in Python: what a file would compile to, without the file.

    drawing = Drawing()
    drawing.node("ask", "userTask")
    drawing.line("start", "ask", "end")

draws a process `p`. Names that nobody has drawn become what they begin with: `start...` a none start event, `end...`
a none end event, `xor...`, `and...`, `or...` gateways, all else a user task.
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from workflows.diagrams.graph import (
    Body,
    DataMapping,
    EventDefinition,
    EventKind,
    Flow,
    Graph,
    JobDefinition,
    Node,
    Process,
    ScriptDefinition,
    TimerKind,
)
from workflows.expressions.dialect import Dialect
from workflows.expressions.expression import Expression, Literal
from workflows.feel import compile_expression

PROCESS = "p"
_TYPES = {
    "start": "startEvent",
    "end": "endEvent",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
}


def feel(source: str) -> Expression:
    """Compile FEEL, each text once."""
    known = _COMPILED.get(source)
    if known is None:
        known = _COMPILED[source] = compile_expression(source)
    return known


_COMPILED: dict[str, Expression] = {}


def mapping(target: str, source: str) -> DataMapping:
    """A mapping of a FEEL expression to a target."""
    return DataMapping(target, feel(source))


def job(job_type: str = "work") -> JobDefinition:
    """Work for a handler."""
    return JobDefinition(Literal(job_type))


def sets(name: str, source: str) -> ScriptDefinition:
    """A FEEL script that sets one variable."""
    return ScriptDefinition(feel(source), result_variable=name)


def message(name: str, key: str | None = None) -> EventDefinition:
    """A message event; `key` is FEEL."""
    return EventDefinition(EventKind.MESSAGE, name=Literal(name), correlation_key=None if key is None else feel(key))


def signal(name: str) -> EventDefinition:
    """A signal event."""
    return EventDefinition(EventKind.SIGNAL, name=Literal(name))


def error(code: str | None = None, *, variable: str | None = None) -> EventDefinition:
    """An error event; without a code it catches all of them."""
    return EventDefinition(EventKind.ERROR, code=None if code is None else Literal(code), code_variable=variable)


def escalation(code: str | None = None) -> EventDefinition:
    """An escalation event; without a code it catches all of them."""
    return EventDefinition(EventKind.ESCALATION, code=None if code is None else Literal(code))


def condition(source: str) -> EventDefinition:
    """A conditional event over FEEL."""
    return EventDefinition(EventKind.CONDITIONAL, expression=feel(source))


def timer(text: str, kind: TimerKind = TimerKind.DURATION) -> EventDefinition:
    """A timer event."""
    return EventDefinition(EventKind.TIMER, timer=kind, expression=Literal(text))


def compensate(activity: str | None = None, *, wait: bool = True) -> EventDefinition:
    """A compensation event."""
    return EventDefinition(EventKind.COMPENSATE, activity_ref=activity, wait_for_completion=wait)


TERMINATE = EventDefinition(EventKind.TERMINATE)
CANCEL = EventDefinition(EventKind.CANCEL)


@dataclass(slots=True)
class Drawing:
    """A diagram being drawn; `graph()` is what it compiles to."""

    dialect: Dialect = Dialect.CAMUNDA8
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)

    def node(self, name: str, kind: str | None = None, *, inside: str = PROCESS, **fields: Any) -> str:
        """Draw an element inside a process or sub-process; return its id."""
        if kind is None:
            begins = next((prefix for prefix in _TYPES if name.startswith(prefix)), None)
            kind = _TYPES[begins] if begins else "userTask"
        self.nodes[name] = Node(name, kind, parent=inside, line=len(self.nodes) + 1, **fields)
        return name

    def flow(self, source: str, target: str, when: str | None = None, *, default: bool = False) -> str:
        """Draw a sequence flow; `when` is a FEEL condition."""
        name = f"f{len(self.flows) + 1}"
        self.flows.append(Flow(name, source, target, None if when is None else feel(when)))
        if default:
            self.nodes[source] = replace(self.nodes[source], default=name)
        return name

    def line(self, *names: str, inside: str = PROCESS) -> None:
        """Draw flows from each element to the next, and the elements that are not drawn yet."""
        for name in names:
            if name not in self.nodes:
                self.node(name, inside=inside)
        for source, target in itertools.pairwise(names):
            self.flow(source, target)

    def boundary(self, name: str, on: str, *events: EventDefinition, interrupting: bool = True, **fields: Any) -> str:
        """Draw a boundary event on an activity."""
        inside = self.nodes[on].parent
        return self.node(
            name, "boundaryEvent", inside=inside, attached_to=on, events=events, interrupting=interrupting, **fields
        )

    def data(self, inside: str, *names: str) -> None:
        """Give a process or sub-process data objects."""
        self.bodies.setdefault(inside, {})["data_objects"] = names

    def graph(self) -> Graph:
        """Return the process graph."""
        attached: dict[str, list[str]] = {}
        for node in self.nodes.values():
            if node.attached_to is not None:
                attached.setdefault(node.attached_to, []).append(node.id)
        drawn = {
            node.id: replace(
                node,
                incoming=tuple(flow for flow in self.flows if flow.target == node.id),
                outgoing=tuple(flow for flow in self.flows if flow.source == node.id),
                attached=tuple(attached.get(node.id, ())),
            )
            for node in self.nodes.values()
        }
        whole = {
            node.id: replace(node, body=self._body(node.id, drawn)) if node.type in _WITH_BODY else node
            for node in drawn.values()
        }
        return Graph(self.dialect, {PROCESS: Process(PROCESS, "", self._body(PROCESS, drawn))}, whole)

    def _body(self, parent: str, nodes: Mapping[str, Node]) -> Body:
        inside = [node for node in nodes.values() if node.parent == parent]
        starts = [node for node in inside if node.type == "startEvent"]
        entries: Iterable[Node] = [node for node in starts if not node.events]
        if not starts:
            entries = [node for node in inside if not node.incoming and _may_begin(node)]
        return Body(
            tuple(node.id for node in inside),
            tuple(node.id for node in entries),
            tuple(node.id for node in starts if node.events),
            tuple(node.id for node in inside if node.triggered_by_event),
            self.bodies.get(parent, {}).get("data_objects", ()),
        )


_WITH_BODY = ("subProcess", "transaction", "adHocSubProcess")


def _may_begin(node: Node) -> bool:
    return node.attached_to is None and not node.for_compensation and not node.triggered_by_event
