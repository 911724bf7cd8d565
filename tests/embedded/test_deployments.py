"""Deploying: versions, forms, refusals."""

import pytest

from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceState, Resource, TaskQuery
from workflows.errors import InvalidDiagram, InvalidInput, NotFound

from .conftest import TWO_JOBS, TWO_TASKS, Clock, bpmn, line, run_jobs

CHANGED = bpmn("two_tasks", line("startEvent start", "userTask only", "endEvent end"))
FORM_TASK = bpmn("asking", line("startEvent start", 'userTask ask camunda:formRef="age"', "endEvent end"))
BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p">&lol2;</process></definitions>"""


def form(label: str) -> Resource:
    text = f"""{{"type": "default", "id": "age", "schemaVersion": 16, "executionPlatform": "Camunda Platform",
      "executionPlatformVersion": "7.22.0",
      "components": [{{"type": "number", "id": "f1", "key": "age", "label": "{label}"}}]}}"""
    return Resource("age.form", text.encode())


def test_a_changed_file_is_a_new_version_and_an_unchanged_one_is_not(engine: EmbeddedEngine) -> None:
    first = engine.deploy([TWO_TASKS, TWO_JOBS], name="first", by="ann")
    second = engine.deploy([CHANGED, TWO_JOBS])
    tasks, jobs = first.definitions
    assert (tasks.process_id, tasks.version, tasks.resource_name) == ("two_tasks", 1, "two_tasks.bpmn")
    assert (tasks.deployment_id, first.name) == (first.id, "first")
    assert second.definitions[1] == jobs
    assert (second.definitions[0].version, second.definitions[0].deployment_id) == (2, second.id)
    assert [(found.process_id, found.version) for found in engine.definitions()] == [("two_jobs", 1), ("two_tasks", 2)]
    every = engine.definitions("two_tasks", latest=False)
    assert [found.version for found in every] == [2, 1]
    assert engine.diagram(every[1].id) == TWO_TASKS


def test_a_definition_tells_who_may_start_it_and_how_long_its_history_is_kept(engine: EmbeddedEngine) -> None:
    said = b'camunda:candidateStarterUsers="ann, bob" camunda:candidateStarterGroups="staff"'
    limits = said + b' camunda:isStartableInTasklist="false" camunda:historyTimeToLive="30"'
    restricted = Resource("restricted.bpmn", TWO_JOBS.content.replace(b'camunda:historyTimeToLive="30"', limits))
    (found,) = engine.deploy([restricted]).definitions
    assert [found] == engine.definitions()
    assert (found.startable, found.history_time_to_live) == (False, 30)
    assert (found.candidate_starter_users, found.candidate_starter_groups) == (("ann", "bob"), ("staff",))
    (free,) = engine.deploy([TWO_TASKS]).definitions
    assert (free.startable, free.candidate_starter_users, free.candidate_starter_groups) == (True, (), ())


def test_running_instances_keep_their_version(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    old = engine.start("two_tasks")
    engine.deploy([CHANGED])
    new = engine.start("two_tasks")
    again = engine.start("two_tasks", version=1)
    assert (old.version, new.version, again.version) == (1, 2, 1)

    def elements(instance_id: str) -> list[str]:
        return [task.element_id for task in engine.tasks(TaskQuery(instance_id=instance_id))]

    assert (elements(old.id), elements(new.id), elements(again.id)) == (["first"], ["only"], ["first"])
    with pytest.raises(NotFound, match="deployed with version 3"):
        engine.start("two_tasks", version=3)


def test_forms_are_found_in_the_deployment_and_in_those_before(engine: EmbeddedEngine) -> None:
    engine.deploy([FORM_TASK, form("Age")])
    old = engine.start("asking")
    assert engine.deploy([FORM_TASK]).definitions[0].version == 1
    assert engine.deploy([FORM_TASK, form("Your age")]).definitions[0].version == 2
    new = engine.start("asking")

    def label(instance_id: str) -> str:
        (task,) = engine.tasks(TaskQuery(instance_id=instance_id))
        assert task.form is not None
        return task.form.fields[0].label.source

    assert (label(old.id), label(new.id)) == ("Age", "Your age")


def test_the_problems_of_all_files_are_told_and_nothing_is_deployed(engine: EmbeddedEngine) -> None:
    bad = [
        bpmn(
            "bad",
            line("startEvent start", 'scriptTask s scriptFormat="python"|<script>import os</script>', "endEvent end"),
        ),
        Resource("worse.bpmn", b"<definitions"),
        Resource("text.txt", b"hello"),
        Resource("laughs.bpmn", BILLION_LAUGHS),
        Resource("broken.form", b"{"),
        TWO_TASKS,
    ]
    with pytest.raises(InvalidDiagram) as refused:
        engine.deploy(bad)
    files = {problem.file for problem in refused.value.problems}
    assert files == {"bad.bpmn", "worse.bpmn", "text.txt", "laughs.bpmn", "broken.form"}
    assert engine.definitions() == []


def test_a_huge_file_is_refused(engine: EmbeddedEngine) -> None:
    with pytest.raises(InvalidDiagram, match="more than"):
        engine.deploy([Resource("huge.bpmn", b" " * 100_000_000)])


def test_files_that_contradict_each_other_are_refused(engine: EmbeddedEngine) -> None:
    twice = Resource("other.bpmn", TWO_TASKS.content)
    with pytest.raises(InvalidDiagram, match="also that of a process in two_tasks"):
        engine.deploy([TWO_TASKS, twice])
    with pytest.raises(InvalidDiagram, match="Two files have this name"):
        engine.deploy([TWO_TASKS, TWO_TASKS])
    with pytest.raises(InvalidInput, match="at least one file"):
        engine.deploy([])


def test_start_events_that_nothing_can_bring_about_are_refused(engine: EmbeddedEngine) -> None:
    named = line('startEvent start|<messageEventDefinition id="m" messageRef="x" />', "endEvent end")
    with pytest.raises(InvalidDiagram, match="there are no variables: use a constant"):
        engine.deploy([bpmn("named", named, '<message id="x" name="${name}" />')])


def test_scripts_are_refused_where_nothing_runs_them(engine: EmbeddedEngine) -> None:
    script = bpmn(
        "scripted",
        line("startEvent start", 'scriptTask s scriptFormat="python"|<script>x = 1</script>', "endEvent end"),
    )
    without = EmbeddedEngine(engine._runtime.database)
    with pytest.raises(InvalidDiagram, match="runs no Python scripts"):
        without.deploy([script])
    engine.deploy([script])


def test_an_unknown_diagram_is_not_found(engine: EmbeddedEngine) -> None:
    for unknown in ("nothing", "\0"):
        with pytest.raises(NotFound, match="no process definition"):
            engine.diagram(unknown)


def test_old_versions_go_on_after_many_new_ones(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_JOBS])
    old = engine.start("two_jobs")
    for number in range(3):
        clock.advance(seconds=1)
        engine.deploy([bpmn("two_jobs", line("startEvent start", f"userTask t{number}", "endEvent end"))])
    assert run_jobs(engine) == 2
    assert engine.instance(old.id).state is InstanceState.COMPLETED


def test_an_unknown_core_is_refused(engine: EmbeddedEngine) -> None:
    with pytest.raises(InvalidInput, match="no core 'camunda': choose one of dams"):
        engine.deploy([TWO_JOBS], core="camunda")
    with pytest.raises(InvalidInput, match="no core 'camunda'"):
        EmbeddedEngine(engine._runtime.database, cores={"two_jobs": "camunda"})
