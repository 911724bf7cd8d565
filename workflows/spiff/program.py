"""The core: SpiffWorkflow steps the instances of a graph."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from workflows.core.commands import Command
from workflows.core.state import State
from workflows.core.step import MOST_NODES, Step
from workflows.diagrams.graph import Graph, Process
from workflows.diagrams.problems import Problem
from workflows.errors import NotSupported
from workflows.spiff import profile
from workflows.spiff.behaviours import STEPPED
from workflows.spiff.library import Tree
from workflows.spiff.machine import TreeMachine
from workflows.spiff.specs import compile_specs
from workflows.spiff.state import TreeState
from workflows.values import JsonValue


class TreeProgram:
    """The specs of a graph, shared by all of its instances."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._specs = compile_specs(graph)

    def new_state(self) -> State:
        """Return the state of an instance that has not started."""
        return TreeState(tree=Tree(self._specs, prunes=True))

    def read_state(self, document: Mapping[str, JsonValue]) -> State:
        """Return the state that was stored."""
        state = self.new_state()
        state.read(document)
        return state

    def step(self, state: State, command: Command, now: datetime, *, limit: int = MOST_NODES) -> Step:
        """Apply a command, as `workflows.core.step` does. The state may be of another version, to be migrated."""
        if type(state) is not TreeState:
            raise NotSupported("Only what SpiffWorkflow steps by a diagram can go on by a diagram of this core.")
        state.tree.spec = self._specs
        return TreeMachine(self._graph, state, now, STEPPED).apply(command, limit)


class SpiffCore:
    """SpiffWorkflow as a core of the embedded engine."""

    name = "spiff"

    def refusals(self, file_name: str, graph: Graph, process: Process) -> Iterable[Problem]:
        """Name everything in a process that SpiffWorkflow can't step."""
        return profile.refusals(file_name, graph, process)

    def program(self, graph: Graph) -> TreeProgram:
        """Return what steps the instances of the processes in a graph."""
        return TreeProgram(graph)
