"""The library's workflow and task, as they are driven here. All that is done differently from SpiffWorkflow 3.2 stands
in this file, each with its reason; nothing of the library is patched in place.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from SpiffWorkflow.specs import WorkflowSpec
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.specs.StartTask import StartTask
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from workflows.core.records import Token
from workflows.diagrams.graph import Flow
from workflows.values import JsonValue, to_json

if TYPE_CHECKING:
    from workflows.spiff.machine import TreeMachine

ROOT = ""
"""The name of the task spec that every tree begins with. No element has it, whatever the ids in a diagram are: the
library's own `Start`, `End` and `Root` take the place of elements with these ids."""

_ROOT_ID = 0
_FINISHED = TaskState.FINISHED_MASK


class Root(StartTask):
    """What the first tasks of an instance are children of."""

    def __init__(self, wf_spec: WorkflowSpec) -> None:
        super().__init__(wf_spec, ROOT)


class Ids(dict[int, None]):
    """The ids of a task's children. A list, as the library has it, would search through all siblings for each task
    that ends."""

    def append(self, number: int) -> None:
        self[number] = None

    def remove(self, number: int) -> None:
        del self[number]


class Leaf(Task):
    """A task whose changes are noted, and reported to the machine as they happen.

    - Its id is a number of the instance, that of its token; the library takes a random one.
    - It reads no clock: `last_state_change` is not kept.
    - `data` are the variables of its scope. The library copies the data of a task to its children and merges the
      copies at joins, which loses what all branches but the last one have written.
    - What it is ready for happens in its own turn (`TreeMachine`), not within the task before it, so that a callback
      that fails stops its own task only.
    - The spec is looked up by the element that the token stands in, so that an instance can be migrated.
    """

    def __init__(  # the library's own would take a random id and the time
        self, workflow: "Tree", number: int, spec_name: str, parent: "Leaf | None" = None, state: int = TaskState.MAYBE
    ) -> None:
        self.id = number
        self.workflow = workflow
        self._parent = None if parent is None else parent.id
        self._children = Ids()
        self._state = state
        self.spec_name = spec_name
        self.triggered = False
        self.thread_id = 0
        self.internal_data: dict[str, Any] = {}
        self.last_state_change = 0.0
        self.level: int = 0 if parent is None else parent.level + 1
        self.flow: str | None = None
        self.scope: int | None = None
        self.first = self.running = self.left = False
        self.chosen: list[Flow] = []

    @property
    def task_spec(self) -> TaskSpec:
        """What the library asks how this task behaves."""
        token = self.workflow.tokens.get(self.id)
        return self.workflow.spec.task_specs[self.spec_name if token is None else token.node]

    @property
    def data(self) -> Any:
        """The variables that this task sees, and writes."""
        return self.workflow.machine.data_of(self)

    def _add_child(self, task_spec: TaskSpec, state: int = TaskState.MAYBE) -> "Leaf":
        return self.workflow.grow(self.workflow.machine.next_id(), task_spec.name, self, state)

    def _set_state(self, value: int) -> None:
        if value == self._state or self.workflow.tasks.get(self.id) is not self:
            return
        self.workflow.machine.on_rollback(setattr, self, "_state", self._state)
        self._state = value
        self.workflow.note(self)
        self.workflow.machine.changed_state(self, value)

    def _inherit_data(self) -> None:
        """The variables of the scope need no copy."""

    def _ready(self) -> None:
        if not self.has_state(_FINISHED):
            self._set_state(TaskState.READY)

    def find_ancestor(self, spec_name: str | None) -> "Leaf | None":
        """Look upwards without recursion, which has a limit."""
        leaf: Leaf | None = self.parent
        while leaf is not None and leaf.spec_name != spec_name:
            leaf = leaf.parent
        return leaf

    def to_json(self) -> JsonValue:
        """Return what is stored of the task; its children know it by its number."""
        stored: dict[str, JsonValue] = {"state": self._state}
        if self._parent:
            stored["parent"] = self._parent
        if self.id not in self.workflow.tokens:
            stored["spec"] = self.spec_name
        if self.triggered:
            stored["triggered"] = True
        if self.internal_data:
            stored["data"] = to_json(self.internal_data)
        return stored


class Tree(Workflow):
    """A workflow that neither walks its tasks nor keeps those behind: what is ready queues itself.

    - The library looks through the whole tree for each step, down to a depth of 1000, where it stops without a word.
    - A task that has finished is taken out, and its children go to its parent (`prunes`), so that neither the state
      nor the cost of a step grow with the steps behind. Workflows in Python keep theirs: their joins look back.
    - Waiting tasks are not asked again after each task that completes: commands tell what has happened.
    """

    tasks: dict[int, Leaf]

    def __init__(self, spec: WorkflowSpec, *, prunes: bool) -> None:
        super().__init__(spec, deserializing=True)
        self.prunes = prunes
        self.tokens: Mapping[int, Token] = {}
        self.changed: dict[int, None] = {}
        self._machine: TreeMachine | None = None

    @property
    def machine(self) -> "TreeMachine":
        """The step under way."""
        if self._machine is None:
            raise RuntimeError("this workflow moves only within a step of the engine")
        return self._machine

    def begin(self, machine: "TreeMachine") -> None:
        """Belong to a step from now on."""
        self._machine = machine
        if not self.tasks:
            self.task_tree = self.grow(_ROOT_ID, ROOT, None, TaskState.COMPLETED)

    def end(self) -> None:
        """The step is over, and nothing of it is kept."""
        self._machine = None

    def grow(self, number: int, spec_name: str, parent: Leaf | None, state: int) -> Leaf:
        """Make a task."""
        leaf = Leaf(self, number, spec_name, parent, state)
        self.tasks[number] = leaf
        if parent is not None:
            parent._children.append(number)
        self.machine.on_rollback(self._forget, leaf)
        self.note(leaf)
        return leaf

    def note(self, leaf: Leaf) -> None:
        """The task has to be stored anew."""
        self.changed[leaf.id] = None

    def finish(self, leaf: Leaf) -> None:
        """Nothing more will happen to this task."""
        if not leaf.has_state(_FINISHED):
            leaf._set_state(TaskState.CANCELLED)
            leaf.task_spec._on_cancel(leaf)
        if not self.prunes:
            self.note(leaf)
            return
        parent = self.tasks[cast("int", leaf._parent)]
        self.machine.on_rollback(self._replant, leaf, tuple(leaf._children))
        for number in leaf._children:
            self.tasks[number]._parent = parent.id
            parent._children.append(number)
            self.note(self.tasks[number])
        self._forget(leaf)

    def dump_leaves(self) -> dict[str, JsonValue]:
        """Return what is stored of all tasks, by key."""
        return {f"x{leaf.id}": leaf.to_json() for leaf in self.tasks.values()}

    def read_leaves(self, stored: Mapping[str, JsonValue], nodes: Mapping[int, str]) -> None:
        """Put back what was stored; `nodes` are the elements in which tokens stand."""
        for number in sorted(int(key[1:]) for key in stored if key[0] == "x"):  # parents come before their children
            values = cast("dict[str, Any]", stored[f"x{number}"])
            parent = None if number == _ROOT_ID else self.tasks[values.get("parent", _ROOT_ID)]
            spec_name = nodes[number] if number in nodes else values["spec"]
            leaf = self.tasks[number] = Leaf(self, number, spec_name, parent, values["state"])
            leaf.triggered = values.get("triggered", False)
            leaf.internal_data = cast("dict[str, Any]", to_json(values.get("data", {})))
            if parent is not None:
                parent._children.append(number)
        if self.tasks:
            self.task_tree = self.tasks[_ROOT_ID]

    def _task_completed_notify(self, task: Leaf) -> None:
        self.machine.completed(task)
        if not self.prunes:
            self.update_waiting_tasks()

    def update_waiting_tasks(self) -> None:
        """Ask the joins that wait whether they may go on; only workflows in Python have joins that need to be asked."""
        for leaf in tuple(self.tasks.values()):
            if leaf.has_state(TaskState.WAITING):
                leaf.task_spec._update(leaf)

    def _remove_task(self, task_id: int) -> None:
        """Take out a task that was only predicted, with what was predicted behind it."""
        leaf = self.tasks[task_id]
        for number in tuple(leaf._children):
            self._remove_task(number)
        self.machine.on_rollback(self._replant, leaf, ())
        self._forget(leaf)

    def _forget(self, leaf: Leaf) -> None:
        del self.tasks[leaf.id]
        parent = self.tasks.get(leaf._parent) if leaf._parent is not None else None
        if parent is not None:
            parent._children.remove(leaf.id)
        self.note(leaf)

    def _replant(self, leaf: Leaf, children: tuple[int, ...]) -> None:
        """Undo taking a task out."""
        parent = self.tasks[cast("int", leaf._parent)]
        self.tasks[leaf.id] = leaf
        parent._children.append(leaf.id)
        for number in children:
            parent._children.remove(number)
            self.tasks[number]._parent = leaf.id
