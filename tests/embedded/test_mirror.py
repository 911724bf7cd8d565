"""Instances that another engine moves are asked about like any other."""

from collections.abc import Mapping, Sequence

import pytest

from workflows.core import effects
from workflows.diagrams.problems import Problem
from workflows.embedded import EmbeddedEngine
from workflows.embedded.reading import Files
from workflows.engine import InstanceState, ProcessDefinition, TaskQuery
from workflows.errors import InvalidDiagram, NotFound, NotSupported

from .conftest import Clock, bpmn, line

ASK = bpmn("asking", line("startEvent s", 'userTask ask name="Ask"', "endEvent e"))
LONG = 2**62
"""Numbers of other engines are long."""


class Elsewhere:
    """Takes whatever it is given, or refuses it."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.refusal: InvalidDiagram | None = None

    def __call__(self, files: Files, new: Sequence[ProcessDefinition]) -> Mapping[str, str]:
        assert files.diagrams
        if self.refusal is not None:
            raise self.refusal
        self.taken += [definition.process_id for definition in new]
        return {definition.id: f"key-{definition.version}" for definition in new}


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def deployed(engine: EmbeddedEngine, elsewhere: Elsewhere) -> ProcessDefinition:
    return _deploy(engine, elsewhere)


def _deploy(engine: EmbeddedEngine, elsewhere: Elsewhere) -> ProcessDefinition:
    (definition,) = engine.mirror.deploy([ASK], {"*": "zeebe"}, {"zeebe": elsewhere}).definitions
    return definition


def _begin(engine: EmbeddedEngine, clock: Clock, definition: ProcessDefinition) -> None:
    with engine.mirror.transaction() as rows:
        assert rows.begin("77", definition.id, started_at=clock(), business_key="A", by="7")
        assert not rows.begin("77", definition.id, started_at=clock())
        moved = rows.open("77")
        moved.apply(effects.ActivityEntered(LONG, "s", None), clock())
        moved.apply(effects.ActivityLeft(LONG, "s"), clock())
        moved.apply(effects.ActivityEntered(LONG + 1, "ask", None), clock())
        opened = effects.UserTaskOpened(LONG + 2, "ask", LONG + 1, None, (), ("staff",), None, None, 50)
        moved.apply(opened, clock())
        moved.write_variables({"a": 1})
        moved.save(step=3)


def test_what_is_reported_is_found(engine: EmbeddedEngine, clock: Clock, deployed: ProcessDefinition) -> None:
    _begin(engine, clock, deployed)
    found = engine.instance("77")
    assert (found.process_id, found.business_key, found.started_by) == (deployed.process_id, "A", "7")
    assert found.state is InstanceState.ACTIVE
    (task,) = engine.tasks(TaskQuery(candidate_groups=("staff",)))
    assert (task.id, task.name) == (f"77:{LONG + 2}", "Ask")
    assert engine.variables("77") == {"a": 1}
    assert [entry.outcome for entry in engine.history("77")] == ["completed", "running"]
    assert engine.mirror.mover("77") == "zeebe"


def test_an_end_is_the_end(engine: EmbeddedEngine, clock: Clock, deployed: ProcessDefinition) -> None:
    _begin(engine, clock, deployed)
    with engine.mirror.transaction() as rows:
        moved = rows.open("77")
        assert moved.step == 3
        moved.end_task(LONG + 2, "completed", clock(), by="7")
        moved.apply(effects.ActivityLeft(LONG + 1, "ask"), clock())
        moved.apply(effects.InstanceFinished("completed", {"b": 2}), clock())
        moved.save(step=4)
    found = engine.instance("77")
    assert (found.state, found.ended_at) == (InstanceState.COMPLETED, clock())
    assert engine.variables("77") == {"a": 1, "b": 2}
    assert engine.tasks() == []


def test_commands_for_it_are_not_carried_out_here(
    engine: EmbeddedEngine, clock: Clock, deployed: ProcessDefinition
) -> None:
    with pytest.raises(NotSupported, match="another engine"):
        engine.start(deployed.process_id)
    assert engine.instances() == []


def test_definitions_have_their_keys(engine: EmbeddedEngine, elsewhere: Elsewhere, deployed: ProcessDefinition) -> None:
    assert elsewhere.taken == [deployed.process_id]
    assert engine.mirror.key(deployed.id) == "key-1"
    with engine.mirror.transaction() as rows:
        assert rows.definition_with_key("zeebe", "key-1") == deployed.id
        assert rows.definition_with_key("zeebe", "key-2") is None
    assert engine.mirror.mover_of_definition(deployed.id) == "zeebe"
    assert _deploy(engine, elsewhere) == deployed
    assert elsewhere.taken == [deployed.process_id]
    with pytest.raises(NotFound):
        engine.mirror.mover("nothing")


def test_what_is_refused_elsewhere_is_not_here_either(engine: EmbeddedEngine, elsewhere: Elsewhere) -> None:
    elsewhere.refusal = InvalidDiagram([Problem("ask.bpmn", 3, "ask", "Ask", "No.", "Leave it out.")])
    with pytest.raises(InvalidDiagram):
        _deploy(engine, elsewhere)
    assert engine.definitions() == []


def test_a_feed_goes_on_where_it_was(engine: EmbeddedEngine) -> None:
    with engine.mirror.transaction() as rows:
        assert rows.position("partition-1") == 0
        rows.advance("partition-1", LONG)
    with engine.mirror.transaction() as rows:
        assert rows.position("partition-1") == LONG
        rows.advance("partition-1", LONG + 1)
        assert rows.position("partition-1") == LONG + 1
