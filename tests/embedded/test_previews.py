"""What a deployment would bring, said before it is made."""

import pytest

from workflows.embedded import EmbeddedEngine
from workflows.engine import Deployable, PlannedVersion, Resource, TaskQuery
from workflows.errors import InvalidDiagram, InvalidInput

from .conftest import TWO_JOBS, TWO_TASKS, bpmn, line
from .test_deployments import CHANGED, FORM_TASK, form

DECISION = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="Fees" namespace="x">
  <decision id="fee" name="Fee"><literalExpression id="e"><text>{}</text></literalExpression></decision>
</definitions>"""


def decision(text: str) -> Resource:
    return Resource("fee.dmn", DECISION.format(text).encode())


def versions(planned: list[PlannedVersion]) -> list[tuple[Deployable, str, int, int | None]]:
    return [(each.kind, each.id, each.version, each.newest) for each in planned]


def test_what_is_new_changed_and_the_same_is_told_apart(engine: EmbeddedEngine) -> None:
    files = [FORM_TASK, decision("1"), form("Age"), TWO_TASKS]
    assert versions(engine.preview(files)) == [
        (Deployable.PROCESS, "asking", 1, None),
        (Deployable.DECISION, "fee", 1, None),
        (Deployable.FORM, "age", 1, None),
        (Deployable.PROCESS, "two_tasks", 1, None),
    ]
    assert engine.definitions() == []
    engine.deploy(files)
    assert versions(engine.preview([CHANGED, decision("2"), TWO_JOBS, form("Age")])) == [
        (Deployable.PROCESS, "two_tasks", 2, 1),
        (Deployable.DECISION, "fee", 2, 1),
        (Deployable.PROCESS, "two_jobs", 1, None),
        (Deployable.FORM, "age", 1, 1),
    ]
    assert all(each.version == each.newest for each in engine.preview(files))


def test_a_preview_says_what_the_deployment_then_does(engine: EmbeddedEngine) -> None:
    engine.deploy([FORM_TASK, form("Age"), TWO_JOBS])
    files = [FORM_TASK, form("How old are you?"), TWO_JOBS]  # a form changes the processes that show it
    planned = {each.id: each.version for each in engine.preview(files) if each.kind is Deployable.PROCESS}
    assert planned == {"asking": 2, "two_jobs": 1}
    assert {each.process_id: each.version for each in engine.deploy(files).definitions} == planned


def test_a_preview_is_refused_as_the_deployment_is(engine: EmbeddedEngine) -> None:
    broken = bpmn("broken", line("startEvent start", "userTask ask camunda:formRef='unknown'"))
    with pytest.raises(InvalidDiagram) as previewed:
        engine.preview([broken, TWO_TASKS])
    with pytest.raises(InvalidDiagram) as deployed:
        engine.deploy([broken, TWO_TASKS])
    assert previewed.value.problems == deployed.value.problems
    with pytest.raises(InvalidInput):
        engine.preview([])


def test_what_runs_is_counted_by_definition(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    assert engine.definition_statistics() == {}
    old, ended = engine.start("two_tasks"), engine.start("two_tasks")
    engine.cancel(ended.id)
    engine.deploy([CHANGED])
    new = engine.start("two_tasks")
    engine.suspend(new.id)
    counted = engine.definition_statistics()
    assert {key: each.running for key, each in counted.items()} == {old.definition_id: 1, new.definition_id: 1}
    (task,) = engine.tasks(TaskQuery(instance_id=old.id))
    engine.throw_task_error(task.id, "NOBODY_CATCHES_IT")
    incidents = {key: each.incidents for key, each in engine.definition_statistics().items()}
    assert incidents == {old.definition_id: 1, new.definition_id: 0}
