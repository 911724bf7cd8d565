"""Workflows written in Python: started, shown, waiting, surviving a restart, and ended like diagrams."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from SpiffWorkflow.operators import Attrib, Equal
from SpiffWorkflow.specs import ExclusiveChoice, Execute, Join, Simple, WorkflowSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.workflow import Workflow

from workflows.core.effects import FlowTaken
from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceState, Resource
from workflows.errors import InvalidDiagram, InvalidInput, NotSupported
from workflows.pictures import read_picture
from workflows.spiff import PythonWorkflow, context
from workflows.testing import Clock

from .conftest import answer_job

NewEngine = Callable[..., EmbeddedEngine]


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


def test_it_runs_like_a_diagram_over_restarts(new_engine: NewEngine) -> None:
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


def test_it_is_shown_as_a_picture_of_its_spec(new_engine: NewEngine) -> None:
    engine = new_engine(workflows=[GREETING])
    (definition,) = engine.deploy([GREETING.resource()]).definitions
    picture = read_picture(engine.diagram(definition.id).content)
    assert {shape.id for shape in picture.shapes} == {"Start", "ask", "choice", "greet", "pause"}
    assert len(picture.edges) == 5


def test_observers_hear_which_connections_are_passed(new_engine: NewEngine) -> None:
    engine = new_engine(workflows=[GREETING])
    engine.deploy([GREETING.resource()])
    passed: list[str] = []
    engine.observe(lambda _, told: passed.extend(effect.flow for effect in told if isinstance(effect, FlowTaken)))
    engine.start("greeting", {"said": "yes"})
    engine.complete(engine.tasks()[0].id)
    assert passed == ["Start_to_ask_1", "ask_to_choice_1", "choice_to_greet_1"]


def test_an_unchanged_spec_is_no_new_version_and_a_changed_one_is(new_engine: NewEngine) -> None:
    engine = new_engine(workflows=[GREETING])
    first = engine.deploy([GREETING.resource()]).definitions
    assert engine.deploy([GREETING.resource()], core="dams").definitions == first
    assert not first[0].startable
    offered = PythonWorkflow("greeting", GreetingSpec, name="Good morning", startable=True)
    (second,) = new_engine(workflows=[offered]).deploy([offered.resource()]).definitions
    assert (second.version, second.name, second.startable) == (2, "Good morning", True)


def test_only_what_the_engine_has_as_code_is_deployed(new_engine: NewEngine) -> None:
    with pytest.raises(InvalidDiagram, match="The engine has no workflow of this name"):
        new_engine().deploy([GREETING.resource()])
    other = Resource("greeting.workflow", GREETING.resource().content.replace(b"pause", b"break"))
    with pytest.raises(InvalidDiagram, match="not the outline of the workflow's code"):
        new_engine(workflows=[GREETING]).deploy([other])


def test_an_instance_without_its_code_says_so_and_can_still_be_cancelled(new_engine: NewEngine) -> None:
    engine = new_engine(workflows=[GREETING])
    engine.deploy([GREETING.resource()])
    started = engine.start("greeting")
    without = new_engine()
    with pytest.raises(NotSupported, match="'greeting' is not in this program"):
        without.complete(without.tasks()[0].id)
    without.cancel(started.id)
    assert engine.instance(started.id).state is InstanceState.CANCELLED


class BothSpec(WorkflowSpec):
    """Two branches that wait, a join, and a task whose callback fails as often as it is told."""

    def __init__(self) -> None:
        super().__init__("both", addstart=True)
        person, time = Simple(self, "person"), Simple(self, "time")
        join, last = Join(self, "join"), Simple(self, "last")
        self.start.connect(person)
        self.start.connect(time)
        person.connect(join)
        time.connect(join)
        join.connect(last)
        person.ready_event.connect(_ask)
        time.ready_event.connect(_wait_an_hour)
        last.ready_event.connect(_fail_until_told)
        last.cancelled_event.connect(_note_cancelled)


def _wait_an_hour(_workflow: Workflow, task: Task) -> None:
    here = context(task)
    here.wait_until(here.now + timedelta(hours=1))


def _fail_until_told(_workflow: Workflow, task: Task) -> None:
    task.data["tries"] = task.data.get("tries", 0) + 1
    if not task.data.get("told"):
        raise LookupError("nobody has told me")
    context(task).want_job("last")


def _note_cancelled(workflow: Workflow, task: Task) -> None:
    cancelled.append(task.task_spec.name)


cancelled: list[str] = []
BOTH = PythonWorkflow("both", BothSpec)


def test_branches_join_and_a_callback_that_fails_is_an_incident(new_engine: NewEngine, clock: Clock) -> None:
    def engine() -> EmbeddedEngine:
        return new_engine(workflows=[BOTH])

    engine().deploy([BOTH.resource()])
    started = engine().start("both")
    engine().complete(engine().tasks()[0].id, {"who": "Ann"})
    assert engine().incidents() == []
    clock.advance(timedelta(hours=2))
    assert engine().fire_due_timers() == 1
    (incident,) = engine().incidents()
    assert (incident.element_id, incident.kind) == ("last", "expression")
    assert "a callback raised LookupError: nobody has told me" in incident.message
    assert engine().variables(started.id) == {"who": "Ann"}
    engine().set_variables(started.id, {"told": True})
    engine().resolve(incident.id)
    answer_job(engine(), "last")
    assert engine().variables(started.id) == {"who": "Ann", "told": True, "tries": 1}
    assert engine().instance(started.id).state is InstanceState.COMPLETED


def test_a_cancelled_instance_withdraws_its_tasks_and_tells_its_callbacks(new_engine: NewEngine, clock: Clock) -> None:
    engine = new_engine(workflows=[BOTH])
    engine.deploy([BOTH.resource()])
    started = engine.start("both", {"told": True})
    engine.complete(engine.tasks()[0].id)
    clock.advance(timedelta(hours=2))
    engine.fire_due_timers()
    cancelled.clear()
    engine.cancel(started.id)
    assert cancelled == ["last"]
    assert engine.lock_jobs("worker", ["last"], 1, timedelta(seconds=30)) == []
    assert engine.instance(started.id).state is InstanceState.CANCELLED


def test_a_workflow_can_not_be_modified(new_engine: NewEngine) -> None:
    engine = new_engine(workflows=[GREETING])
    engine.deploy([GREETING.resource()])
    started = engine.start("greeting")
    with pytest.raises(NotSupported, match="can't be modified"):
        engine.modify(started.id, start=["greet"])


def test_specs_that_the_library_can_not_run_here_are_refused() -> None:
    class Reaching(WorkflowSpec):
        def __init__(self) -> None:
            super().__init__("reaching", addstart=True)
            self.start.connect(Execute(self, "run", args=["ls"]))

    with pytest.raises(InvalidInput, match=r"run \(Execute\) can't be run here: use ExclusiveChoice, Join"):
        PythonWorkflow("reaching", Reaching)

    class Endless(WorkflowSpec):
        def __init__(self) -> None:
            super().__init__("endless", addstart=True)
            one, two = Simple(self, "one"), Simple(self, "two")
            self.start.connect(one)
            one.connect(two)
            two.connect(one)

    class Circling(WorkflowSpec):
        def __init__(self) -> None:
            super().__init__("circling", addstart=True)
            join, choice = Join(self, "join", threshold=1), ExclusiveChoice(self, "choice")
            self.start.connect(join)
            join.connect(choice)
            choice.connect(join)

    with pytest.raises(InvalidInput, match="the joins join stand in a circle"):
        PythonWorkflow("circling", Circling)
    with pytest.raises(InvalidInput, match="no way out of one, two: put a choice there"):
        PythonWorkflow("endless", Endless)
    with pytest.raises(InvalidInput, match="has no start: make its spec with addstart=True"):
        PythonWorkflow("nothing", WorkflowSpec)


class RoundsSpec(WorkflowSpec):
    """Goes round until it has counted far enough; a join at its end, if it is to have one."""

    def __init__(self, *, join: bool) -> None:
        super().__init__("rounds", addstart=True)
        count, choice = Simple(self, "count"), ExclusiveChoice(self, "choice")
        done = Join(self, "done") if join else Simple(self, "done")
        self.start.connect(count)
        count.connect(choice)
        choice.connect_if(Equal(Attrib("n"), 1000), done)
        choice.connect(count)
        choice.ready_event.connect(_count)


def _count(_workflow: Workflow, task: Task) -> None:
    task.data["n"] = task.data["n"] + 1


def test_a_thousand_rounds_are_run_and_joins_stop_with_a_reason_where_the_library_would_not(
    new_engine: NewEngine,
) -> None:
    rounds = PythonWorkflow("rounds", partial(RoundsSpec, join=False))
    joining = PythonWorkflow("joining", partial(RoundsSpec, join=True))
    engine = new_engine(workflows=[rounds, joining])
    engine.deploy([rounds.resource(), joining.resource()])
    free, bound = engine.start("rounds", {"n": 0}), engine.start("joining", {"n": 0})
    for _ in range(1000):  # a long step is cut, and goes on in the background
        if engine.instance(free.id).ended_at and engine.incidents(bound.id):
            break
        engine.background.run_once()
    assert engine.instance(free.id).state is InstanceState.COMPLETED
    (incident,) = engine.incidents(bound.id)
    assert "joins look no further than 900 tasks back" in incident.message
