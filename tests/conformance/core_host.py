"""A core under a host in memory: it starts and routes, and remembers nothing but the states of its instances."""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from tests.conformance.core_instance import Instance
from tests.conformance.host import Seen
from workflows.core import commands, effects, open_waits, process_variables, visible_variables
from workflows.decisions import DecisionGraph, compile_decisions, map_result
from workflows.diagrams import compile_diagram
from workflows.diagrams.graph import EventKind, Node
from workflows.embedded.cores import CORES, DEFAULT_CORE, Core
from workflows.errors import BpmnError, ExpressionError
from workflows.expressions.dialect import Dialect
from workflows.scripts import ScriptRunner
from workflows.timers import parse_timer
from workflows.values import Variables

Asked: TypeAlias = effects.ScriptRequested | effects.DecisionRequested
"""What a host answers itself, when it is its turn: not before, as what it reads may change until then."""

_CONTINUATIONS = ("asyncBefore", "asyncAfter")


class CoreHost:
    """See `host.Host`."""

    def __init__(self, diagram: Path, scripts: ScriptRunner, core: Core = CORES[DEFAULT_CORE]) -> None:
        self._core = core
        self._graph = compile_diagram(diagram.read_bytes(), diagram.name)
        self._program = core.program(self._graph)
        self._decisions = _decisions_beside(diagram)
        self._scripts = scripts
        self._now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self._instances: list[Instance] = []
        self._todo: deque[tuple[Instance, commands.Command | Asked]] = deque()
        self._entered: list[str] = []
        self._cancelled: list[str] = []
        self._starts = self._timer_starts()

    @property
    def first_process(self) -> str:
        """The process to start if the case names none."""
        return next(iter(self._graph.processes))

    def start(self, process: str, variables: Variables, business_key: str | None) -> None:
        self._begin(commands.Start(process, variables, business_key=business_key))
        self._settle()

    def complete(self, element: str, variables: Variables) -> None:
        instance, wait = self._wait(element)
        self._send(instance, commands.Complete(wait, variables))

    def fail(self, element: str) -> None:
        instance, wait = self._wait(element)
        self._send(instance, commands.Fail(wait, "it failed"))

    def throw_error(self, element: str, code: str, variables: Variables) -> None:
        instance, wait = self._wait(element)
        self._send(instance, commands.ThrowError(wait, code, f"the error {code}", variables))

    def escalate(self, element: str, code: str, variables: Variables) -> None:
        instance, wait = self._wait(element)
        self._send(instance, commands.Escalate(wait, code, variables))

    def message(self, name: str, key: str | None, variables: Variables) -> bool:
        taken = self._route(name, key, variables)
        self._settle()
        return taken

    def signal(self, name: str, variables: Variables) -> None:
        self._broadcast(name, variables, None)
        self._settle()

    def advance(self, span: timedelta) -> None:
        until = self._now + span
        while (due := self._next_due()) is not None and due <= until:
            self._now = max(self._now, due)
            self._fire()
            self._settle()
        self._now = until

    def run_continuations(self) -> None:
        for instance in self._instances:
            for wait in open_waits(instance.state):
                if wait.kind in _CONTINUATIONS:
                    self._todo.append((instance, commands.Complete(wait.id)))
        self._settle()

    def set_variables(self, variables: Variables) -> None:
        self._send(self._instances[0], commands.SetVariables(variables))

    def resolve(self, element: str) -> None:
        found = [
            (instance, number)
            for instance in self._instances
            for number, node in instance.incidents.items()
            if node == element
        ]
        assert found, f"{element} has no incident"
        self._send(found[0][0], commands.Resolve(found[0][1]))

    def cancel(self) -> None:
        self._send(self._instances[0], commands.Cancel())

    def suspend(self) -> None:
        self._send(self._instances[0], commands.Suspend())

    def resume(self) -> None:
        self._send(self._instances[0], commands.Resume())

    def modify(self, cancel: list[str], start: list[str], variables: Variables) -> None:
        instance = self._instances[0]
        chosen = tuple(activity for activity, node in instance.running.items() if node in cancel)
        self._send(instance, commands.Modify(chosen, tuple(start), variables))

    def migrate(self, diagram: Path, mapping: dict[str, str]) -> None:
        instance = self._instances[0]
        elements = {node.id: node.type for node in instance.graph.nodes.values()}
        instance.graph = compile_diagram(diagram.read_bytes(), diagram.name)
        instance.program = self._core.program(instance.graph)
        self._send(instance, commands.Migrate(next(iter(instance.graph.processes)), elements, mapping))

    def seen(self) -> Seen:
        entered, cancelled = tuple(self._entered), tuple(self._cancelled)
        self._entered, self._cancelled = [], []
        return Seen(
            entered,
            cancelled,
            tuple(node for instance in self._instances for node in instance.running.values()),
            tuple(node for instance in self._instances for node in instance.incidents.values()),
            tuple(instance.state.status for instance in self._instances),
            process_variables(self._instances[0].state) if self._instances else {},
        )

    def _wait(self, element: str) -> tuple[Instance, int]:
        for instance in self._instances:
            for wait in open_waits(instance.state):
                if wait.node == element and wait.kind in ("job", "userTask"):
                    return instance, wait.id
        raise AssertionError(f"{element} has neither a job nor a user task")

    def _begin(self, command: commands.Start) -> Instance:
        instance = Instance(self._graph, self._program, command.business_key)
        self._instances.append(instance)
        self._todo.append((instance, command))
        return instance

    def _send(self, instance: Instance, command: commands.Command) -> None:
        self._todo.append((instance, command))
        self._settle()

    def _settle(self) -> None:
        while self._todo:
            instance, item = self._todo.popleft()
            if isinstance(item, Asked):
                if item.id not in instance.state.waits:
                    continue
                item = self._answer(instance, item)
            result = instance.step(item, self._now)
            for effect in result.effects:
                self._handle(instance, effect)
            if result.more:
                self._todo.append((instance, commands.Continue()))

    def _handle(self, instance: Instance, effect: effects.Effect) -> None:
        match effect:
            case effects.ActivityEntered():
                self._entered.append(effect.node)
            case effects.ActivityCancelled():
                self._cancelled.append(effect.node)
            case effects.ScriptRequested() | effects.DecisionRequested():
                self._todo.append((instance, effect))
            case effects.MessageThrown():
                self._route(effect.name, effect.correlation_key, effect.variables)
            case effects.SignalThrown():
                self._broadcast(effect.name, effect.variables, instance)
            case effects.CallRequested():
                self._call(instance, effect)
            case effects.CallWithdrawn():
                self._todo.append((instance.calls.pop(effect.id), commands.Cancel()))
            case effects.EscalationUncaught() if instance.caller is not None:
                self._todo.append((instance.caller, commands.Escalate(instance.call, effect.code)))
            case effects.InstanceFinished() if instance.caller is not None:
                self._tell_caller(instance, instance.caller, effect)
            case _:
                pass

    def _answer(self, instance: Instance, asked: Asked) -> commands.Command:
        node, seen = instance.graph.nodes[asked.node], visible_variables(instance.state, asked.id)
        try:
            if isinstance(asked, effects.DecisionRequested):
                return commands.Complete(asked.id, self._decide(node, asked.decision, seen))
            assert node.script is not None
            assert node.script.script is not None
            return commands.Complete(asked.id, self._scripts.run(node.script.script, seen, self._now))
        except BpmnError as error:
            return commands.ThrowError(asked.id, error.code, error.message)
        except ExpressionError as error:
            return commands.Fail(asked.id, str(error))

    def _decide(self, node: Node, decision: str, seen: Variables) -> Variables:
        assert self._decisions is not None
        assert node.decision is not None
        assert node.decision.result_variable is not None
        result = self._decisions.evaluate(decision, seen, self._now)
        camunda7 = self._graph.dialect is Dialect.CAMUNDA7
        return {
            node.decision.result_variable: map_result(result, node.decision.map_result) if camunda7 else result.output
        }

    def _call(self, instance: Instance, asked: effects.CallRequested) -> None:
        if asked.process not in self._graph.processes:
            self._todo.append((instance, commands.Fail(asked.id, f"there is no process {asked.process}")))
            return
        start = commands.Start(asked.process, asked.variables, business_key=asked.business_key, called=True)
        called = self._begin(start)
        called.caller, called.call = instance, asked.id
        instance.calls[asked.id] = called

    def _tell_caller(self, called: Instance, caller: Instance, end: effects.InstanceFinished) -> None:
        if caller.calls.pop(called.call, None) is None:
            return
        answer: commands.Command = commands.Fail(called.call, "the called instance was cancelled")
        if end.outcome == "completed":
            answer = commands.CallFinished(called.call, end.variables)
        elif end.error_code is not None:
            answer = commands.ThrowError(called.call, end.error_code, end.error_message)
        self._todo.append((caller, answer))

    def _route(self, name: str, key: str | None, variables: Variables) -> bool:
        for instance in self._instances:
            number = instance.waits_for(name, key)
            if number is not None:
                self._todo.append((instance, commands.MessageArrived(number, variables)))
                return True
        for process, node in self._event_starts(EventKind.MESSAGE, name):
            self._begin(commands.Start(process, variables, node=node, business_key=key))
            return True
        return False

    def _broadcast(self, name: str, variables: Variables, thrower: Instance | None) -> None:
        for instance in self._instances:
            waits = instance.state.status == "active" and (EventKind.SIGNAL, name) in instance.state.by_name
            if waits and instance is not thrower:
                self._todo.append((instance, commands.SignalArrived(name, variables)))
        for process, node in self._event_starts(EventKind.SIGNAL, name):
            self._begin(commands.Start(process, variables, node=node))

    def _event_starts(self, kind: EventKind, name: str) -> Iterator[tuple[str, str]]:
        for process, node in self._start_nodes():
            for event in node.events:
                if event.kind is kind and event.name is not None and event.name.source == name:
                    yield process, node.id

    def _start_nodes(self) -> Iterator[tuple[str, Node]]:
        for process in self._graph.processes.values():
            for start in map(self._graph.nodes.__getitem__, process.body.event_starts):
                if start.type == "eventBasedGateway":
                    yield from ((process.id, self._graph.nodes[flow.target]) for flow in start.outgoing)
                else:
                    yield process.id, start

    def _timer_starts(self) -> dict[tuple[str, str], datetime]:
        found = {}
        for process, node in self._start_nodes():
            for event in node.events:
                if event.timer is not None and event.expression is not None:
                    due = parse_timer(event.timer, event.expression.source).due(self._now, 0)
                    if due is not None:
                        found[process, node.id] = due
        return found

    def _next_due(self) -> datetime | None:
        timers = [due for instance in self._instances for due in instance.timers.values()]
        return min([*timers, *self._starts.values()], default=None)

    def _fire(self) -> None:
        """Fire the one timer that is due first."""
        starts = [(due, start) for start, due in self._starts.items() if due <= self._now]
        if starts:
            (process, node) = min(starts)[1]
            del self._starts[process, node]
            self._begin(commands.Start(process, {}, node=node))
            return
        for instance in self._instances:
            for number, due in sorted(instance.timers.items(), key=lambda timer: timer[1]):
                if due <= self._now:
                    del instance.timers[number]
                    self._todo.append((instance, commands.TimerDue(number)))
                    return


def _decisions_beside(diagram: Path) -> DecisionGraph | None:
    path = diagram.with_suffix(".dmn")
    return compile_decisions(path.read_bytes(), path.name) if path.exists() else None
