"""Starting an instance: at its none start events, at an event that has happened, or elsewhere by hand."""

from collections.abc import Iterable

from workflows.core import commands, scopes, tokens, variables
from workflows.core.behaviours.base import happened
from workflows.core.effects import FlowTaken
from workflows.core.machine import Machine
from workflows.core.modification import check_start, start_before
from workflows.core.records import Phase, Scope, ScopeKind
from workflows.diagrams.graph import Graph, Node
from workflows.errors import InvalidInput


def start(m: Machine, command: commands.Start) -> None:
    """Open the scope of the process, with its variables, and put the first tokens into it."""
    process = m.graph.processes.get(command.process)
    if process is None:
        raise InvalidInput(f"there is no process {command.process!r} in this diagram")
    body = process.body
    if command.node is not None and command.node not in body.nodes:
        raise InvalidInput(f"the process {process.id} has no element {command.node!r} to start at")
    check_part(m.graph, process.id, at=command.at, until=command.until)
    root = scopes.open_scope(m, ScopeKind.PROCESS, process.id)
    state = m.state
    state.root, state.status = root.id, "active"
    state.business_key, state.called, state.until = command.business_key, command.called, command.until
    for name, value in command.variables.items():
        variables.write(m, root, name, value)
    entries = (command.node,) if command.node is not None else body.entries or body.event_starts[:1]
    if command.initiator is not None:
        for name in filter(None, (m.nodes[entry].initiator for entry in entries)):
            variables.write(m, root, name, command.initiator)
    scopes.furnish(m, root, body)
    if command.at:
        start_before(m, command.at)
    elif command.node is None or _waits_itself(m.nodes[command.node]):
        scopes.populate(m, root, entries)
    else:
        _start_at(m, root, m.nodes[command.node])


def check_part(graph: Graph, process: str, *, at: Iterable[str], until: Iterable[str]) -> None:
    """Raise `InvalidInput` if no instance of `process` can begin before the elements `at`, or end behind `until`."""
    for name in at:
        check_start(graph, process, name)
    for name in until:
        if name not in graph.nodes:
            raise InvalidInput(f"there is no element {name!r} at whose end the instance could be ended")


def _waits_itself(node: Node) -> bool:
    return node.type not in ("startEvent", "intermediateCatchEvent", "receiveTask")


def _start_at(m: Machine, root: Scope, node: Node) -> None:
    """The event of `node` has happened. Behind an instantiating parallel gateway the other events are still awaited."""
    sources = [m.nodes[flow.source] for flow in node.incoming]
    gateway = next((source for source in sources if source.instantiate), None)
    if gateway is not None:
        passed = tokens.spawn(m, root, gateway.id)
        tokens.entered(m, passed)
        tokens.left(m, passed)
        for flow in gateway.outgoing:
            if flow.target == node.id:
                m.emit(FlowTaken(flow.id))
                tokens.move(m, passed, flow.target, flow.id)
            elif gateway.event_gateway_parallel:
                m.emit(FlowTaken(flow.id))
                other = tokens.spawn(m, root, flow.target, flow=flow.id)
                tokens.queue(m, other, Phase.ENTER, first=True)
        happened(m, passed, node, {})
    else:
        happened(m, tokens.spawn(m, root, node.id), node, {})
