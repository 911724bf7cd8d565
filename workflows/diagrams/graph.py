"""The process graph: what a diagram of either dialect compiles to, and what everything else reads.

A graph is immutable and shared by all instances of a definition version. Nodes refer to each other by id, through
`Graph.nodes`. Names are those of the BPMN 2.0 XML schema (`type` is the element's local name); what the two dialects
say differently has one meaning here, and both are compiled to it:

- every attribute that may be an expression is an `Expression`; a constant is a `Literal`;
- `Node.inputs` and `Node.outputs` are the mappings of `camunda:inputOutput` and `zeebe:ioMapping`;
- `Node.local_result` says whether what a job or task answers stays in the task's own scope, so that only `outputs`
  reach the process (Camunda 8 with output mappings), or is written to the nearest scope that knows the name, else
  to the process (Camunda 7, and Camunda 8 without output mappings).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from workflows.expressions.dialect import Dialect

if TYPE_CHECKING:
    from workflows.diagrams.forms import Form
    from workflows.expressions.expression import Expression
    from workflows.scripts import Script


class EventKind(StrEnum):
    """The event definitions of BPMN 2.0, by the first part of their XML name."""

    MESSAGE = "message"
    TIMER = "timer"
    SIGNAL = "signal"
    ERROR = "error"
    ESCALATION = "escalation"
    CONDITIONAL = "conditional"
    LINK = "link"
    TERMINATE = "terminate"
    CANCEL = "cancel"
    COMPENSATE = "compensate"


class TimerKind(StrEnum):
    """What a timer's expression gives, in ISO 8601 (a Camunda 7 cycle may also be a cron expression)."""

    DATE = "timeDate"
    DURATION = "timeDuration"
    CYCLE = "timeCycle"


class Binding(StrEnum):
    """Which version of a called process or decision is meant."""

    LATEST = "latest"
    DEPLOYMENT = "deployment"
    VERSION = "version"
    VERSION_TAG = "versionTag"


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow; `condition` is None when it is always taken."""

    id: str
    source: str
    target: str
    condition: "Expression | None" = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """One event definition of an event, or the message of a send or receive task.

    `name` is the message, signal or link name; `code` the error or escalation code (None catches every code);
    `correlation_key` belongs to messages; `timer` and `expression` to timers; `expression` alone is a condition.
    `code_variable` and `message_variable` name the variables that receive a caught error's code and text.
    `variable_name` limits a condition to changes of that variable. `error_message` is the text of a thrown error.
    """

    kind: EventKind
    id: str = ""
    name: "Expression | None" = None
    code: "Expression | None" = None
    correlation_key: "Expression | None" = None
    timer: TimerKind | None = None
    expression: "Expression | None" = None
    activity_ref: str | None = None
    wait_for_completion: bool = True
    code_variable: str | None = None
    message_variable: str | None = None
    variable_name: str | None = None
    error_message: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class DataMapping:
    """`target` receives the value of `source`; a target with dots sets a path inside a variable."""

    target: str
    source: "Expression"


@dataclass(frozen=True, slots=True)
class JobDefinition:
    """Work for a handler. `retries` counts attempts; `retry_cycle` is an ISO 8601 repeating interval or a list."""

    type: "Expression"
    retries: "Expression | None" = None
    priority: "Expression | None" = None
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_cycle: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class UserTaskDefinition:
    """Who sees a user task, until when, and the form to fill. Lists may be given as comma-separated text."""

    form: "Form | None" = None
    form_key: str | None = None
    assignee: "Expression | None" = None
    candidate_users: "Expression | None" = None
    candidate_groups: "Expression | None" = None
    due_date: "Expression | None" = None
    follow_up_date: "Expression | None" = None
    priority: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class ScriptDefinition:
    """A script task: FEEL as `expression`, evaluated by the core; Python as `script`, run by the host."""

    expression: "Expression | None" = None
    script: "Script | None" = None
    result_variable: str | None = None


@dataclass(frozen=True, slots=True)
class DecisionDefinition:
    """A decision to evaluate. `map_result` is Camunda 7's mapDecisionResult (None: the result as it is)."""

    decision: "Expression"
    result_variable: str | None
    binding: Binding = Binding.LATEST
    version: "Expression | None" = None
    map_result: str | None = None


@dataclass(frozen=True, slots=True)
class CallDefinition:
    """A called process, which runs as an instance of its own.

    `inputs` and `outputs` are copied in and out by name; `all_inputs` and `all_outputs` copy every variable.
    """

    process: "Expression"
    binding: Binding = Binding.LATEST
    version: "Expression | None" = None
    business_key: "Expression | None" = None
    inputs: tuple[DataMapping, ...] = ()
    outputs: tuple[DataMapping, ...] = ()
    all_inputs: bool = False
    all_outputs: bool = False


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """Repeat while `condition` holds, at most `maximum` times."""

    condition: "Expression | None" = None
    test_before: bool = False
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class MultiInstance:
    """One run per item of `collection`, or `cardinality` runs.

    `behavior` is BPMN's All, None, One or Complex; `behavior_event` is thrown for None and One, and
    `complex_behavior` holds pairs of condition and event to throw. `async_before` and `async_after` mean each run,
    those of the node the activity as a whole.
    """

    sequential: bool = False
    cardinality: "Expression | None" = None
    collection: "Expression | None" = None
    element_variable: str | None = None
    output_collection: str | None = None
    output_element: "Expression | None" = None
    completion_condition: "Expression | None" = None
    behavior: str = "All"
    behavior_event: EventDefinition | None = None
    complex_behavior: "tuple[tuple[Expression, EventDefinition], ...]" = ()
    async_before: bool = False
    async_after: bool = False


@dataclass(frozen=True, slots=True)
class AdHoc:
    """How the activities of an ad-hoc sub-process run: at once or one after the other, until the condition holds."""

    sequential: bool = False
    completion_condition: "Expression | None" = None
    cancel_remaining: bool = True
    active_elements: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class Body:
    """The flow elements of a process or sub-process, by what they are for.

    `entries` receive a token when the body is entered by no event (none start events; without any start event, the
    activities and gateways without incoming flow); `event_starts` are start events with an event definition and
    instantiating receive tasks and event-based gateways; `data_objects` are variables local to the body.
    """

    nodes: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    event_starts: tuple[str, ...] = ()
    event_subprocesses: tuple[str, ...] = ()
    data_objects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """A flow node: event, activity or gateway. `line` is its line in the file, from 1.

    `attached` are the boundary events on this activity, `attached_to` the activity of a boundary event.
    `compensation_handler` is the activity that undoes this one. `triggered_by_event` marks an event sub-process.
    `interrupting` is cancelActivity of a boundary event, isInterrupting of a start event.
    """

    id: str
    type: str
    name: str = ""
    line: int = 0
    parent: str = ""
    incoming: tuple[Flow, ...] = ()
    outgoing: tuple[Flow, ...] = ()
    default: str | None = None
    events: tuple[EventDefinition, ...] = ()
    parallel_multiple: bool = False
    interrupting: bool = True
    attached_to: str | None = None
    attached: tuple[str, ...] = ()
    compensation_handler: str | None = None
    for_compensation: bool = False
    start_quantity: int = 1
    completion_quantity: int = 1
    instantiate: bool = False
    event_gateway_parallel: bool = False
    activation_condition: "Expression | None" = None
    triggered_by_event: bool = False
    body: Body | None = None
    ad_hoc: AdHoc | None = None
    loop: StandardLoop | MultiInstance | None = None
    job: JobDefinition | None = None
    user_task: UserTaskDefinition | None = None
    script: ScriptDefinition | None = None
    decision: DecisionDefinition | None = None
    call: CallDefinition | None = None
    inputs: tuple[DataMapping, ...] = ()
    outputs: tuple[DataMapping, ...] = ()
    local_result: bool = False
    async_before: bool = False
    async_after: bool = False
    initiator: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Process:
    """An executable process. `history_time_to_live` is in days; `version_tag` is the author's own label.

    `candidate_starters` are users and `candidate_starter_groups` groups that may start it, everybody without any;
    a process that is not `startable` is not offered to people.
    """

    id: str
    name: str
    body: Body
    version_tag: str | None = None
    history_time_to_live: int | None = None
    candidate_starters: tuple[str, ...] = ()
    candidate_starter_groups: tuple[str, ...] = ()
    startable: bool = True


@dataclass(frozen=True)
class Graph:
    """All processes of one file. `nodes` holds the nodes of every body, nested ones too, by id."""

    dialect: Dialect
    processes: Mapping[str, Process]
    nodes: Mapping[str, Node]
    _upstream: dict[str, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)
    _reachable: dict[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict, repr=False, compare=False)

    def upstream(self, flow: Flow) -> frozenset[str]:
        """The nodes from which a token can still reach `flow` without passing the node that it leads to."""
        known = self._upstream.get(flow.id)
        if known is None:
            known = self._upstream[flow.id] = self._search_upstream(flow)
        return known

    def reachable_flows(self, join: Node) -> Mapping[str, tuple[str, ...]]:
        """For each node before `join`, the incoming flows of `join` that a token in it can still reach."""
        known = self._reachable.get(join.id)
        if known is None:
            found: dict[str, list[str]] = {}
            for flow in join.incoming:
                for node in self.upstream(flow):
                    found.setdefault(node, []).append(flow.id)
            known = self._reachable[join.id] = {node: tuple(flows) for node, flows in found.items()}
        return known

    def _search_upstream(self, flow: Flow) -> frozenset[str]:
        found: set[str] = set()
        todo = [flow.source]
        while todo:
            node = self.nodes[todo.pop()]
            if node.id in found or node.id == flow.target:
                continue
            found.add(node.id)
            todo.extend(incoming.source for incoming in node.incoming)
            if node.attached_to is not None:
                todo.append(node.attached_to)
        return frozenset(found)
