"""From our graph to the library's specs: a `WorkflowSpec` with one spec for each flow node, named by its id.

The specs keep the library's way to choose what follows. They differ where it can't hold (each says why), and leave
what happens inside an element to the behaviours of our core.
"""

from SpiffWorkflow.bpmn.specs.mixins.exclusive_gateway import ExclusiveGateway as LibraryExclusiveGateway
from SpiffWorkflow.bpmn.specs.mixins.inclusive_gateway import InclusiveGateway as LibraryInclusiveGateway
from SpiffWorkflow.bpmn.specs.mixins.parallel_gateway import ParallelGateway as LibraryParallelGateway
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.operators import Operator
from SpiffWorkflow.specs import MultiChoice, WorkflowSpec
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from workflows.core import joins, variables
from workflows.core.behaviours.gateways import no_flow
from workflows.core.behaviours.joins import undecided
from workflows.diagrams.graph import Flow, Graph, Node
from workflows.spiff.library import Leaf, Root


class FlowCondition(Operator):
    """The condition of a sequence flow: our compiled expression, never the library's `eval`. It notes the flow that
    is taken, as the library only knows where it leads."""

    def __init__(self, flow: Flow, *, default: bool) -> None:
        super().__init__(flow)
        self.flow = flow
        self.default = default

    def _matches(self, task: Leaf) -> bool:
        if self._holds(task):
            task.chosen.append(self.flow)
            return True
        return False

    def _holds(self, task: Leaf) -> bool:
        if self.default:
            return not any(flow.condition is not None for flow in task.chosen)
        if self.flow.condition is None:
            return True
        m = task.workflow.machine
        return variables.condition_holds(m, self.flow.condition, variables.scope_of(m, m.tokens[task.id]))


class Element(TaskSpec):
    """What the specs of all flow nodes share."""

    def __init__(self, wf_spec: WorkflowSpec, node: Node) -> None:
        super().__init__(wf_spec, node.id, description=node.name)
        self.node = node

    def connect_flows(self) -> None:
        """Connect the outgoing flows, once all specs are there."""
        for flow in self.node.outgoing:
            self.connect(self._wf_spec.task_specs[flow.target])

    def follow(self, my_task: Leaf) -> None:
        """Make the children of a task that is done, and note in `chosen` the flow that leads to each."""
        raise NotImplementedError

    def test(self) -> None:
        """The compiler has checked the diagram."""

    def _predict(self, *_args: object, **_options: object) -> None:
        """Nothing is predicted, so that no state keeps tasks that may never come."""

    def _update_hook(self, my_task: Leaf) -> bool:
        self.update_event.emit(my_task.workflow, my_task)
        return True

    def _run(self, my_task: Leaf) -> bool | None:
        """Run without the library's error state, which is final: what fails is an incident, and can be resolved."""
        return my_task.workflow.machine.run_inside(my_task)

    def _on_complete_hook(self, my_task: Leaf) -> None:
        my_task.chosen = []
        self.follow(my_task)
        my_task.workflow.machine.taken(my_task)
        super()._on_complete_hook(my_task)


class FlowNode(Element, MultiChoice):
    """An activity or event: takes every flow without a condition or whose condition holds, else its default."""

    def connect_flows(self) -> None:
        for flow in sorted(self.node.outgoing, key=lambda flow: flow.id == self.node.default):
            target = self._wf_spec.task_specs[flow.target]
            self.connect_if(FlowCondition(flow, default=flow.id == self.node.default), target)

    def follow(self, my_task: Leaf) -> None:
        matches, _ = self._get_matching_outputs(my_task)
        my_task._sync_children(matches, TaskState.FUTURE)


class ExclusiveGateway(Element, LibraryExclusiveGateway):
    """Takes the first flow whose condition holds, else its default."""

    def connect_flows(self) -> None:
        for flow in self.node.outgoing:
            target = self._wf_spec.task_specs[flow.target]
            if flow.id == self.node.default:
                self.connect(target)
            else:
                self.connect_if(FlowCondition(flow, default=False), target)

    def follow(self, my_task: Leaf) -> None:
        if not self.node.outgoing:
            return
        try:
            self._run_hook(my_task)
        except WorkflowException:
            raise no_flow(self.node, self.node.outgoing) from None
        if not my_task.chosen:
            my_task.chosen = [flow for flow in self.node.outgoing if flow.id == self.node.default]


class ParallelGateway(Element, LibraryParallelGateway):
    """Waits for a token on each incoming flow, then takes all outgoing ones.

    The library counts completed tasks of the elements before, in the whole tree: a second round of a loop, or two flows
    from one element, come out wrong. Here the tokens that wait are counted, by the flow that each came in over.
    """

    def _update_hook(self, my_task: Leaf) -> bool:
        if len(self.node.incoming) < 2:  # noqa: PLR2004
            return True
        m = my_task.workflow.machine
        waiting = joins.arrive(m, m.admit(my_task))
        if len(waiting) < len(self.node.incoming):
            my_task._set_state(TaskState.WAITING)
        else:
            m.leaf(joins.merge(m, waiting))._ready()
        return False

    def follow(self, my_task: Leaf) -> None:
        my_task._sync_children(self.outputs, TaskState.FUTURE)
        my_task.chosen = list(self.node.outgoing)


class InclusiveGateway(Element, LibraryInclusiveGateway):
    """Waits until no further token can arrive, then takes each flow whose condition holds, else its default.

    The library looks through all tasks at each update; here the join is looked at when nothing else moves.
    """

    def connect_flows(self) -> None:
        FlowNode.connect_flows(self)

    def _update_hook(self, my_task: Leaf) -> bool:
        if len(self.node.incoming) < 2:  # noqa: PLR2004
            return True
        m = my_task.workflow.machine
        token = m.admit(my_task)
        joins.arrive(m, token)
        undecided(m, token.scope, self.node)
        my_task._set_state(TaskState.WAITING)
        return False

    def follow(self, my_task: Leaf) -> None:
        matches, _ = self._get_matching_outputs(my_task)
        if not matches and self.node.outgoing:
            raise no_flow(self.node, self.node.outgoing)
        my_task._sync_children(matches, TaskState.FUTURE)


_SPECS: dict[str, type[Element]] = {
    "exclusiveGateway": ExclusiveGateway,
    "parallelGateway": ParallelGateway,
    "inclusiveGateway": InclusiveGateway,
}


def compile_specs(graph: Graph) -> WorkflowSpec:
    """Return the specs of all processes of a graph."""
    found = WorkflowSpec(next(iter(graph.processes)))
    Root(found)
    specs = [_SPECS.get(node.type, FlowNode)(found, node) for node in graph.nodes.values()]
    for spec in specs:
        spec.connect_flows()
    return found
