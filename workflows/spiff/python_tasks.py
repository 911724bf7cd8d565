"""What a task of a workflow in Python does: its callbacks run, and it waits for what they ask for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast

from SpiffWorkflow.util.task import TaskState

from workflows.core import scopes, subscriptions, tokens
from workflows.core.behaviours.base import FlowNode, receive
from workflows.core.machine import Behaviour, Machine
from workflows.core.records import Phase, Subscription, Token
from workflows.diagrams.graph import Node
from workflows.errors import ExpressionError, WorkflowError
from workflows.spiff.machine import TreeMachine, is_waiting
from workflows.values import NotJson, Variables

_DEEPEST = 900
"""Where a workflow with joins, which keeps the tasks behind, is stopped: the library's walk through a tree leaves out
what is more than 1000 tasks deep, so that a join would wait for ever."""


class PythonTask(FlowNode):
    """Runs a task of the library, whose spec chooses what follows."""

    def enter(self, m: Machine, token: Token, node: Node) -> None:
        tokens.entered(m, token)
        leaf = cast("TreeMachine", m).leaf(token)
        if leaf.level > _DEEPEST and not leaf.workflow.prunes:
            raise ExpressionError(node.id, f"the library's joins look no further than {_DEEPEST} tasks back")
        with _callbacks(node):
            leaf.task_spec._on_ready(leaf)
        if not is_waiting(token):
            self.execute(m, token, node)

    def execute(self, m: Machine, token: Token, node: Node) -> None:
        with _callbacks(node):
            cast("TreeMachine", m).leaf(token).run()

    def complete(self, m: Machine, token: Token, node: Node) -> None:
        """Go on when the outside has answered: run the task, or, if it had run, end it."""
        if cast("TreeMachine", m).leaf(token).has_state(TaskState.COMPLETED):
            tokens.left(m, token)
            scopes.consume(m, token)
        else:
            self.execute(m, token, node)

    def trigger(self, m: Machine, event: Subscription, node: Node, variables: Variables) -> None:
        token = m.tokens[event.token or 0]
        subscriptions.close_all(m, token)
        receive(m, token, node, variables)
        tokens.queue(m, token, Phase.COMPLETE, first=True)


@contextmanager
def _callbacks(node: Node) -> Iterator[None]:
    """Make what a callback raises an incident at its task."""
    try:
        yield
    except (WorkflowError, NotJson):
        raise
    except Exception as error:
        raise ExpressionError(node.id, f"a callback raised {type(error).__name__}: {error}") from error


_KINDS = ("startEvent", "task", "exclusiveGateway", "inclusiveGateway", "parallelGateway")
PYTHON_TASKS: Mapping[str, Behaviour] = dict.fromkeys(_KINDS, PythonTask())
