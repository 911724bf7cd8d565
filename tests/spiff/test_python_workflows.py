"""Workflows written in Python: started, shown, waiting, surviving a restart, and ended like diagrams."""

from collections.abc import Callable

from SpiffWorkflow.operators import Attrib, Equal
from SpiffWorkflow.specs import ExclusiveChoice, Simple, WorkflowSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.workflow import Workflow

from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceState
from workflows.spiff import PythonWorkflow, context

from .conftest import answer_job


class GreetingSpec(WorkflowSpec):
    """Ask for a name; greet, unless nobody has said one, in which case ask again when told to."""

    def __init__(self) -> None:
        super().__init__("greeting", addstart=True)
        ask, choice = Simple(self, "ask"), ExclusiveChoice(self, "choice")
        greet, pause = Simple(self, "greet"), Simple(self, "pause")
        self.start.connect(ask)
        ask.connect(choice)
        choice.connect_if(Equal(Attrib("said"), "yes"), greet)
        choice.connect(pause)
        pause.connect(ask)
        ask.ready_event.connect(_ask)
        pause.ready_event.connect(_pause)
        greet.completed_event.connect(_greet)


def _ask(_workflow: Workflow, task: Task) -> None:
    context(task).open_user_task(candidate_groups=("reception",))


def _pause(_workflow: Workflow, task: Task) -> None:
    here = context(task)
    here.set(pauses=here.variables.get("pauses", 0) + 1)
    here.wait_for_message("again")


def _greet(_workflow: Workflow, task: Task) -> None:
    context(task).want_job("greet")


GREETING = PythonWorkflow("greeting", GreetingSpec, name="Greeting")


def test_it_runs_like_a_diagram_over_restarts(new_engine: Callable[..., EmbeddedEngine]) -> None:
    def engine() -> EmbeddedEngine:
        return new_engine(workflows=[GREETING])

    (definition,) = engine().deploy([GREETING.resource()]).definitions
    assert (definition.process_id, definition.name, definition.version) == ("greeting", "Greeting", 1)
    started = engine().start("greeting", {"said": "no"}, business_key="B1")
    (task,) = engine().tasks()
    assert (task.element_id, task.name) == ("ask", "ask")
    engine().complete(task.id)
    assert engine().variables(started.id) == {"said": "no", "pauses": 1}
    assert engine().publish_message("again", "B1", {"said": "yes"}).instance_id == started.id
    engine().complete(engine().tasks()[0].id)
    assert engine().instance(started.id).state is InstanceState.ACTIVE
    answer_job(engine(), "greet", {"greeted": True})
    assert engine().instance(started.id).state is InstanceState.COMPLETED
    assert engine().variables(started.id) == {"said": "yes", "pauses": 1, "greeted": True}
    entered = [(entry.element_id, entry.outcome) for entry in engine().history(started.id)]
    assert [name for name, _ in entered] == ["Start", "ask", "choice", "pause", "ask", "choice", "greet"]
    assert {outcome for _, outcome in entered} == {"completed"}
