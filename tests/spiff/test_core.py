"""SpiffWorkflow as a core: chosen by deployment, and without the limits and dangers that it has by itself."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core import drawing as d
from tests.core.player import NOW, Player
from tests.embedded.conftest import TWO_TASKS, bpmn, line
from workflows.core import commands
from workflows.diagrams.graph import Graph
from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceState, TaskQuery
from workflows.errors import InvalidDiagram
from workflows.spiff import SpiffCore

_CORE = SpiffCore()
NewEngine = Callable[..., EmbeddedEngine]


def counting(rounds: int) -> Graph:
    """A user task in a loop of so many rounds."""
    drawing = d.Drawing()
    drawing.node("count", "scriptTask", script=d.sets("n", "n + 1"))
    drawing.line("start", "xor", "ask", "count", "xor2")
    drawing.node("end")
    drawing.flow("xor2", "end", f"n >= {rounds}")
    drawing.flow("xor2", "xor", default=True)
    return drawing.graph()


def test_the_core_is_chosen_at_deployment_and_running_instances_keep_theirs(new_engine: NewEngine) -> None:
    engine = new_engine(cores={"two_tasks": "spiff"})
    (by_setting,) = engine.deploy([TWO_TASKS]).definitions
    assert engine.deploy([TWO_TASKS], core="spiff").definitions == (by_setting,)
    old = engine.start("two_tasks")
    (by_hand,) = engine.deploy([TWO_TASKS], core="dams").definitions
    assert (by_setting.version, by_hand.version) == (1, 2)
    new = engine.start("two_tasks")
    assert "x0" in stored(engine, old.id)
    assert "x0" not in stored(engine, new.id)
    for instance in (old, new):
        for _ in range(2):
            (task,) = new_engine().tasks(TaskQuery(instance_id=instance.id))
            new_engine().complete(task.id)
        assert engine.instance(instance.id).state is InstanceState.COMPLETED


def stored(engine: EmbeddedEngine, instance_id: str) -> dict[str, object]:
    """Return the state of an instance as the database has it."""
    with engine._runtime.read() as connection:
        text = connection.exec_driver_sql("SELECT state FROM instance WHERE id = ?", (instance_id,)).scalar()
    found: dict[str, object] = json.loads(str(text))
    return found


def test_neither_depth_nor_history_is_limited_or_kept() -> None:
    player = Player(counting(600), _CORE, check=False).start(n=0)
    sizes = set()
    for round_ in range(600):
        assert player.status == "active"
        if round_ in (99, 599):
            sizes.add(len(player.state.to_json()))
        player.complete("ask")
    assert player.status == "completed"
    assert len(sizes) == 1


def test_a_long_line_runs_in_steps_that_are_cut() -> None:
    drawing = d.Drawing()
    drawing.line("start", *(drawing.node(f"t{number}", "task") for number in range(3000)), "end")
    program = _CORE.program(drawing.graph())
    state = program.new_state()
    more, steps = program.step(state, commands.Start(d.PROCESS), NOW).more, 1
    while more:
        more, steps = program.step(state, commands.Continue(), NOW).more, steps + 1
    assert (state.status, steps) == ("completed", 4)
    assert len(state.to_json()) < 5


def test_elements_may_have_the_names_that_the_library_keeps_for_itself() -> None:
    drawing = d.Drawing()
    drawing.node("Root", "userTask")
    drawing.node("Start", "startEvent")
    drawing.node("End", "endEvent")
    drawing.line("Start", "Root", "End")
    player = Player(drawing.graph(), _CORE).start()
    player.complete("Root")
    assert (player.status, player.left) == ("completed", ["Start", "Root", "End"])


def test_branches_that_write_and_branches_that_do_not_lose_nothing_at_a_join() -> None:
    drawing = d.Drawing()
    drawing.node("set", "scriptTask", script=d.sets("v", "2"))
    drawing.line("start", "and", "set", "and2", "after", "end")
    drawing.line("and", "ask", "and2")
    player = Player(drawing.graph(), _CORE).start(v=1)
    player.complete("ask")
    assert player.variables == {"v": 2}


def test_nothing_that_a_diagram_says_is_executed(new_engine: NewEngine, tmp_path: Path) -> None:
    reached = tmp_path / "reached"
    flows = (
        '<startEvent id="s"/><exclusiveGateway id="g" default="other"/><endEvent id="e"/>'
        '<sequenceFlow id="a" sourceRef="s" targetRef="g"/><sequenceFlow id="other" sourceRef="g" targetRef="e"/>'
        '<sequenceFlow id="c" sourceRef="g" targetRef="e"><conditionExpression xsi:type="tFormalExpression">'
        f"${{__import__('os').system('touch {reached}') == 0}}</conditionExpression></sequenceFlow>"
    )
    with pytest.raises(InvalidDiagram):
        new_engine().deploy([bpmn("hostile", flows)], core="spiff")
    assert not reached.exists()


def test_what_the_library_can_not_step_is_refused_with_the_place_and_the_reason(new_engine: NewEngine) -> None:
    inside = line("startEvent start", 'userTask ask startQuantity="2"', "endEvent end")
    with pytest.raises(InvalidDiagram) as refused:
        new_engine().deploy([bpmn("twice", inside)], core="spiff")
    (problem,) = refused.value.problems
    assert (problem.element, problem.line) == ("ask", 9)
    assert problem.what == "SpiffWorkflow knows no start and completion quantities."
    assert new_engine().deploy([bpmn("twice", inside)]).definitions[0].version == 1
