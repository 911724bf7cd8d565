"""A machine of our core in which SpiffWorkflow's task tree decides what follows from what.

A task of the tree and the token of the same number are one. What happens inside an element is our core's: mappings,
jobs, waits, boundary events, scopes. Between elements the library steps: the spec of a completed task chooses its
children, a child that its spec finds ready is queued and run, one that is not waits. Tokens that our core puts
somewhere itself (into a sub-process, at a boundary event, for the run of a loop) are triggered children there.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, cast

from SpiffWorkflow.util.task import TaskState

from workflows.core import scopes, tokens
from workflows.core.commands import Command
from workflows.core.effects import FlowTaken
from workflows.core.machine import Behaviour, Machine
from workflows.core.records import Phase, Token
from workflows.core.step import Step, advance
from workflows.diagrams.graph import Graph, Node
from workflows.spiff.data import ScopeData
from workflows.spiff.library import Leaf
from workflows.spiff.state import TreeState


class Run(Protocol):
    """A behaviour for elements that the library runs."""

    def inside(self, m: Machine, token: Token, node: Node) -> None:
        """Begin the work in an element that its task was run for."""


class TreeMachine(Machine):
    """One step of an instance whose state has a tree."""

    __slots__ = ("tree",)

    def __init__(self, graph: Graph, state: TreeState, now: datetime, behaviours: Mapping[str, Behaviour]) -> None:
        super().__init__(graph, state, now, behaviours)
        self.tree = state.tree
        self.tree.begin(self)

    def apply(self, command: Command, limit: int) -> Step:
        """Do the step."""
        try:
            return advance(self, command, limit)
        finally:
            self.tree.end()

    def leaf(self, token: Token) -> Leaf:
        """Return the task of a token."""
        return self.tree.tasks[token.id]

    def data_of(self, leaf: Leaf) -> Any:
        """Return the variables that a task sees, as the library's `data`."""
        return ScopeData(self, leaf.id)

    def spawned(self, token: Token) -> None:
        """Make a task for a token that our core has put into its element, unless the library made the task first."""
        if token.id not in self.tree.tasks:
            owner = self.scopes[token.scope].owner
            parent = self.tree.tasks[owner] if owner is not None else self.tree.task_tree
            leaf = self.tree.grow(token.id, token.node, parent, TaskState.FUTURE)
            leaf.triggered = True
            leaf.task_spec._predict(leaf, mask=TaskState.NOT_FINISHED_MASK)

    def queueing(self, token: Token, phase: Phase, *, first: bool) -> bool:
        """Let the library say when a task may begin: then it is queued."""
        leaf = self.leaf(token)
        if leaf.state >= TaskState.READY:
            return True
        if phase is Phase.ENTER:
            leaf.first = first
            leaf.task_spec._update(leaf)
            return False
        if leaf.state == TaskState.WAITING and phase is Phase.EXECUTE:  # a join that need not wait any longer
            leaf._ready()
            return False
        leaf._set_state(TaskState.STARTED)
        return True

    def moved(self, token: Token) -> None:
        """The task of the element before is no more; that of the new one has begun by an event."""
        leaf = self.leaf(token)
        self.tree.note(leaf)
        leaf._set_state(TaskState.STARTED)

    def dropped(self, token: Token) -> None:
        """The task has nothing to do any more."""
        leaf = self.tree.tasks.get(token.id)
        if leaf is not None:
            self.tree.finish(leaf)

    def changed_state(self, leaf: Leaf, state: int) -> None:
        """The library has put a task into another state."""
        if state == TaskState.READY:
            token = self.admit(leaf)
            first = leaf.first or self.behaviour(self.nodes[token.node]).waits
            tokens.queue(self, token, Phase.ENTER, first=first)
        elif state == TaskState.WAITING:
            self.admit(leaf)
        elif state == TaskState.CANCELLED and leaf.id in self.tokens:
            scopes.kill(self, self.tokens[leaf.id])

    def admit(self, leaf: Leaf) -> Token:
        """Return the token of a task that the library has reached."""
        token = self.tokens.get(leaf.id)
        if token is None:
            if leaf.flow is None:
                self._came_over(leaf)
            scope = self.scopes[leaf.scope or self.state.root or 0]
            token = tokens.spawn(self, scope, leaf.spec_name, flow=leaf.flow, number=leaf.id)
        return token

    def run_inside(self, leaf: Leaf) -> bool | None:
        """Let a task that the library runs do what its element is there for; say whether it is done, or None."""
        token = self.tokens[leaf.id]
        node = self.nodes[token.node]
        leaf.running, leaf.left = True, False
        try:
            cast("Run", self.behaviour(node)).inside(self, token, node)
        finally:
            leaf.running = False
        return True if leaf.left else None

    def _came_over(self, leaf: Leaf) -> None:
        """Report the connection over which a task of a workflow in Python was reached: its spec knows no flows."""
        before = self.nodes.get(leaf.parent.spec_name)
        flows = before.outgoing if before is not None else ()
        leaf.flow = next((flow.id for flow in flows if flow.target == leaf.spec_name), None)
        if leaf.flow is not None:
            self.emit(FlowTaken(leaf.flow))

    def finish(self, token: Token) -> None:
        """The work in the token's element is done: the library goes on."""
        leaf = self.leaf(token)
        if leaf.running:
            leaf.left = True
        else:
            leaf.complete()

    def taken(self, leaf: Leaf) -> None:
        """The library has chosen the children of a task: these are in its scope, and came over its flows."""
        scope = self.tokens[leaf.id].scope
        for flow, number in zip(leaf.chosen, leaf._children, strict=True):
            self.emit(FlowTaken(flow.id))
            child = self.tree.tasks[number]
            child.flow, child.scope = flow.id, scope

    def completed(self, leaf: Leaf) -> None:
        """A task is behind, and its children wait or are ready. A callback may have asked for something at its end:
        then the instance goes on without it, but does not end before that is answered."""
        token = self.tokens[leaf.id]
        if not is_waiting(token):
            tokens.left(self, token)
            scopes.consume(self, token)


def is_waiting(token: Token) -> bool:
    """Say whether the outside has to answer before the token can go on."""
    return token.wait is not None or bool(token.subscriptions)
