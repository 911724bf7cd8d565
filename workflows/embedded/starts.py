"""The start events that something outside brings about: what the newest version of each process waits for."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert

from workflows.diagrams.graph import EventDefinition, EventKind, Graph, Node, Process, TimerKind
from workflows.diagrams.problems import Problem
from workflows.embedded.tables import start_subscription
from workflows.errors import ExpressionError
from workflows.timers import parse_timer, timer_text

_STARTING = (EventKind.MESSAGE, EventKind.SIGNAL, EventKind.TIMER)


def unsubscribe(connection: Connection, process_id: str) -> None:
    """Let the start events of a process begin nothing more, as a new version of it comes."""
    connection.execute(delete(start_subscription).where(start_subscription.c.process_id == process_id))


def subscribe(connection: Connection, definition_id: str, graph: Graph, process: Process, now: datetime) -> None:
    """Let the start events of a new version begin instances."""
    rows = [{"definition_id": definition_id, "process_id": process.id, **row} for row in events(graph, process, now)]
    if rows:
        connection.execute(insert(start_subscription), rows)


def events(graph: Graph, process: Process, now: datetime) -> Iterator[dict[str, Any]]:
    """What the start events of a process wait for from `now` on: the values of the columns of `start_subscription`."""
    for node in _start_nodes(graph, process):
        for event in node.events:
            if event.kind in _STARTING:
                yield {"element_id": node.id, **_describe(event, now)}


def problems(file_name: str, graph: Graph, process: Process, now: datetime) -> Iterator[Problem]:
    """Find the start events that can't start anything here: they are evaluated now, when there are no variables."""
    for node in _start_nodes(graph, process):
        for event in node.events:
            if event.kind not in _STARTING:
                what = f"No instance can be started by a {event.kind} event."
                mend = "Use a message, signal or timer start event."
                yield Problem(file_name, node.line, node.id, node.name, what, mend)
                continue
            try:
                _describe(event, now)
            except ExpressionError as error:
                what = f"This start event can't be subscribed to: {error}."
                mend = "At deployment there are no variables: use a constant."
                yield Problem(file_name, node.line, node.id, node.name, what, mend)


def _start_nodes(graph: Graph, process: Process) -> Iterator[Node]:
    """The events of a process that start it; those behind an instantiating gateway too."""
    for node in (graph.nodes[node_id] for node_id in process.body.event_starts):
        yield from [node] if node.events else (graph.nodes[flow.target] for flow in node.outgoing)


def _describe(event: EventDefinition, now: datetime) -> dict[str, Any]:
    expression = event.expression if event.kind is EventKind.TIMER else event.name
    if expression is None:
        raise ExpressionError("", f"the {event.kind} event has no time or name")
    value = expression.json({}, now)
    if event.kind is not EventKind.TIMER:
        if not isinstance(value, str) or not value:
            raise ExpressionError(expression.source, f"the {event.kind} name must be text")
        return {"kind": str(event.kind), "name": value, "due_at": None, "schedule": None}
    kind = event.timer or TimerKind.DURATION
    text = timer_text(kind, value, expression.source)
    due = parse_timer(kind, text).due(now, 0)
    if due is None:
        raise ExpressionError(text, "this timer is never due")
    schedule = {"kind": str(kind), "text": text, "set_at": now.isoformat(), "fired": 0}
    return {"kind": str(event.kind), "name": None, "due_at": due, "schedule": schedule}
