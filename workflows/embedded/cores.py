"""The cores that the engine can step instances with, and which process gets which.

A core turns the graph of a definition into a `Program`; the engine around it is the same for all of them. Whatever a
core steps with, the state of an instance keeps variables, waits and subscriptions as `workflows.core.State` does, so
that they are read alike, and moves by the same commands and effects.

Zeebe and Temporal have names beside those of the cores: their instances are in the same tables, moved from elsewhere
(`mirror.py`).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypeAlias

from workflows import core as own
from workflows.core import State, Step
from workflows.core.commands import Command
from workflows.core.step import MOST_NODES
from workflows.diagrams.graph import Graph, Process
from workflows.diagrams.problems import Problem
from workflows.errors import InvalidInput, NotSupported
from workflows.spiff import SpiffCore
from workflows.values import JsonValue

TEMPORAL = "temporal"
ZEEBE = "zeebe"
ELSEWHERE = frozenset({TEMPORAL, ZEEBE})
"""The engines that move instances by themselves and have them mirrored here."""

DEFAULT_CORE = "dams"
"""What steps a process that nothing else was chosen for."""


class Program(Protocol):
    """A definition, ready to be stepped: shared by its instances, and by threads."""

    def new_state(self) -> State:
        """Return the state of an instance that has not started."""

    def read_state(self, document: Mapping[str, JsonValue]) -> State:
        """Return the state that `State.to_json` stored."""

    def step(self, state: State, command: Command, now: datetime, *, limit: int = MOST_NODES) -> Step:
        """Apply a command to a state of this program, as `workflows.core.step` does."""


class Core(Protocol):
    """A way to step instances."""

    @property
    def name(self) -> str:
        """What settings and definitions call it."""

    def refusals(self, file_name: str, graph: Graph, process: Process) -> Iterable[Problem]:
        """Name everything in a process, which is otherwise right, that this core can't run."""

    def program(self, graph: Graph) -> Program:
        """Return what steps the instances of the processes in a graph."""


Choice: TypeAlias = Callable[[str], Core]
"""Which core steps the process with this id."""


class _OwnProgram:
    """A graph for `workflows.core`."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def new_state(self) -> State:
        return State()

    def read_state(self, document: Mapping[str, JsonValue]) -> State:
        return State.from_json(document)

    def step(self, state: State, command: Command, now: datetime, *, limit: int = MOST_NODES) -> Step:
        return own.step(self._graph, state, command, now, limit=limit)


class _OwnCore:
    """`workflows.core`, which runs everything that compiles."""

    name = DEFAULT_CORE

    def refusals(self, file_name: str, graph: Graph, process: Process) -> Iterable[Problem]:  # noqa: ARG002
        return ()

    def program(self, graph: Graph) -> Program:
        return _OwnProgram(graph)


class _ForeignProgram(_OwnProgram):
    """A graph that is read here and stepped elsewhere."""

    def step(self, state: State, command: Command, now: datetime, *, limit: int = MOST_NODES) -> Step:  # noqa: ARG002
        raise NotSupported("The embedded engine does not move instances of this process: another engine does.")


class _ForeignCore:
    """An engine elsewhere, which checks what it is given to run itself."""

    def __init__(self, name: str) -> None:
        self.name = name

    def refusals(self, file_name: str, graph: Graph, process: Process) -> Iterable[Problem]:  # noqa: ARG002
        return ()

    def program(self, graph: Graph) -> Program:
        return _ForeignProgram(graph)


CORES: Mapping[str, Core] = {core.name: core for core in (_OwnCore(), SpiffCore())}
"""The cores of this engine, by name."""

_MOVERS: Mapping[str, Core] = {**CORES, **{name: _ForeignCore(name) for name in ELSEWHERE}}


def mover_named(name: str) -> Core:
    """Return what moves the instances of a definition that is deployed."""
    return _MOVERS[name]


def core_named(name: str) -> Core:
    """Return a core of this engine; `InvalidInput` if there is none of this name."""
    if name not in CORES:
        raise InvalidInput(f"There is no core {name!r}: choose one of {', '.join(CORES)}.")
    return CORES[name]


def by_process(chosen: Mapping[str, str], core: str | None = None) -> Choice:
    """Return a choice of `core` for every process, or without one of what `chosen` names for its id, or for "*".

    Raises `InvalidInput` if a name is unknown.
    """
    if core is not None:
        for_all = core_named(core)
        return lambda _: for_all
    named = {process_id: core_named(name) for process_id, name in chosen.items()}
    for_others = named.get("*", CORES[DEFAULT_CORE])
    return lambda process_id: named.get(process_id, for_others)
