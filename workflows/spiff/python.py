"""Workflows written in Python, with SpiffWorkflow's own specs, under the same engine as diagrams.

    class GreetingSpec(WorkflowSpec):
        def __init__(self) -> None:
            super().__init__("greeting", addstart=True)
            ask = Simple(self, "ask")
            choice = ExclusiveChoice(self, "choice")
            ...
            ask.ready_event.connect(ask_for_name)

    def ask_for_name(_workflow: Workflow, task: Task) -> None:
        context(task).open_user_task(candidate_groups=("reception",))

    GREETING = PythonWorkflow("greeting", GreetingSpec, name="Greeting")

    engine = EmbeddedEngine(database, workflows=[GREETING])
    engine.deploy([GREETING.resource()])
    engine.start("greeting", {"language": "en"})

Callbacks run inside the engine's transaction, so they do no I/O, and take neither the time nor a random number of
their own: work goes to the handlers of jobs. One that raises is an incident at its task; resolving it tries again.
`task.data`, `task.set_data(...)` and `Attrib(...)` are the process variables.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from SpiffWorkflow.specs import Join, WorkflowSpec

from workflows.core.commands import Cancel, Command, Migrate, Modify, Start
from workflows.core.state import State
from workflows.core.step import MOST_NODES, Step
from workflows.core.step import step as own_step
from workflows.diagrams.graph import Graph
from workflows.engine import Resource
from workflows.errors import InvalidInput, NotSupported
from workflows.spiff.checks import faults
from workflows.spiff.library import Root, Tree
from workflows.spiff.machine import TreeMachine
from workflows.spiff.outline import SUFFIX, write_outline
from workflows.spiff.python_tasks import PYTHON_TASKS
from workflows.spiff.state import TreeState
from workflows.values import JsonValue


class PythonWorkflow:
    """A spec by the id of its process. `make` returns the spec with its callbacks connected, each time a new one.

    One that is `startable` is offered to people; others are started by programs, with what they need. `InvalidInput`
    for a spec that can't be run.
    """

    def __init__(
        self, process_id: str, make: Callable[[], WorkflowSpec], *, name: str = "", startable: bool = False
    ) -> None:
        self.process_id = process_id
        self.name = name or process_id
        self.startable = startable
        self.make = make
        if found := "; ".join(faults(make())):
            raise InvalidInput(f"The workflow {process_id!r} can't be run: {found}.")

    def resource(self) -> Resource:
        """Return what to deploy: an outline of the spec, which is a new version when the spec has changed."""
        content = write_outline(self.process_id, self.name, self.make(), startable=self.startable)
        return Resource(f"{self.process_id}{SUFFIX}", content)


class PythonState(TreeState):
    """The state of an instance of a workflow in Python."""


class PythonProgram:
    """Steps the instances of a workflow in Python, or says why it can't where this program does not have it."""

    def __init__(self, graph: Graph, workflow: PythonWorkflow | None) -> None:
        self._graph = graph
        self._specs = WorkflowSpec() if workflow is None else workflow.make()
        self._missing = workflow is None or any(name not in self._specs.task_specs for name in graph.nodes)
        Root(self._specs)
        self._joins = any(isinstance(spec, Join) for spec in self._specs.task_specs.values())

    def new_state(self) -> State:
        """Return the state of an instance that has not started."""
        return PythonState(tree=Tree(self._specs, prunes=not self._joins))

    def read_state(self, document: Mapping[str, JsonValue]) -> State:
        """Return the state that was stored."""
        state = self.new_state()
        state.read(document)
        return state

    def step(self, state: State, command: Command, now: datetime, *, limit: int = MOST_NODES) -> Step:
        """Apply a command, as `workflows.core.step` does."""
        if self._missing and isinstance(command, Cancel):
            return own_step(self._graph, state, command, now, limit=limit)  # nothing of the code is needed for that
        if self._missing:
            names = ", ".join(self._graph.processes)
            raise NotSupported(f"The workflow {names!r} is not in this program, or without some of its tasks.")
        if isinstance(command, Migrate | Modify):
            raise NotSupported("A workflow in Python can't be modified or migrated: its tasks are not a diagram's.")
        if isinstance(command, Start) and command.at:
            raise NotSupported("A workflow in Python begins at its beginning: its tasks are not a diagram's.")
        if not isinstance(state, PythonState):
            raise NotSupported("Only an instance of a workflow in Python can go on as one.")
        state.tree.spec = self._specs
        return TreeMachine(self._graph, state, now, PYTHON_TASKS).apply(command, limit)
