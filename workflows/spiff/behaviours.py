"""The behaviours of our core, for elements between which the library steps."""

from collections.abc import Mapping
from typing import cast

from workflows.core.behaviours import BEHAVIOURS
from workflows.core.behaviours.base import FlowNode
from workflows.core.machine import Behaviour, Machine
from workflows.core.records import Token
from workflows.diagrams.graph import Node
from workflows.spiff.machine import TreeMachine

_JOINS = ("parallelGateway", "inclusiveGateway")
"""The specs of these have joined their tokens when the task is run."""


class _Stepped(FlowNode):
    """Before a kind of element of our core: the library runs its tasks, and goes on behind them."""

    def enter(self, m: Machine, token: Token, node: Node) -> None:  # noqa: ARG002
        cast("TreeMachine", m).leaf(token).run()

    def inside(self, m: Machine, token: Token, node: Node) -> None:
        """Begin the work in the element."""
        super().enter(m, token, node)

    def go_on(self, m: Machine, token: Token, node: Node) -> None:  # noqa: ARG002
        cast("TreeMachine", m).finish(token)


class _SteppedJoin(_Stepped):
    def inside(self, m: Machine, token: Token, node: Node) -> None:
        FlowNode.enter(self, m, token, node)


def _stepped(name: str, behaviour: Behaviour) -> Behaviour:
    kind = type(behaviour)
    base = _SteppedJoin if name in _JOINS else _Stepped
    return cast("Behaviour", type(kind.__name__, (base, kind), {})())


STEPPED: Mapping[str, Behaviour] = {name: _stepped(name, behaviour) for name, behaviour in BEHAVIOURS.items()}
"""What each kind of element does, by its BPMN name."""
