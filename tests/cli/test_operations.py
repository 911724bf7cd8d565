"""What operators do to instances from the command line."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.cli.conftest import PROCESS_ID, Installation, Order, Outcome
from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceState, Resource

REVIEW = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform="Camunda Platform"
    id="definitions" targetNamespace="http://bpmn.io/schema/bpmn">
  <process id="{process}" isExecutable="true" camunda:historyTimeToLive="{days}">
    <startEvent id="start" /><userTask id="{task}" /><endEvent id="end" />
    <serviceTask id="print" camunda:type="external" camunda:topic="print" />
    <sequenceFlow id="f" sourceRef="start" targetRef="{task}" />
    <sequenceFlow id="g" sourceRef="{task}" targetRef="print" />
    <sequenceFlow id="h" sourceRef="print" targetRef="end" />
  </process>
</definitions>"""


@pytest.fixture
def engine(installation: Installation) -> Iterator[EmbeddedEngine]:
    with installation.engine() as engine:
        yield engine


def deploy(engine: EmbeddedEngine, process: str, task: str = "ask", days: int = 30) -> None:
    engine.deploy([Resource(f"{process}.bpmn", REVIEW.format(process=process, task=task, days=days).encode())])


def started(engine: EmbeddedEngine, process: str) -> str:
    """Deploy a process of this name, and start an instance that waits in its task."""
    deploy(engine, process)
    return engine.start(process, {"n": 1}).id


def audit(engine: EmbeddedEngine, instance_id: str) -> list[tuple[str, str | None, str]]:
    return [(done.action, done.done_by, done.reason) for done in engine.operations(instance_id)]


def test_an_instance_is_suspended_and_resumed(order: Order, engine: EmbeddedEngine) -> None:
    held = started(engine, "held")
    assert order("instance", "suspend", held, "--reason", "a recall") == Outcome(0, f"{held} is suspended.\n", "")
    assert engine.instance(held).state is InstanceState.SUSPENDED
    again = order("instance", "suspend", held)
    assert (again.status, again.out) == (1, "")
    assert "is suspended already" in again.err
    assert order("instance", "resume", held, "--as", "admin") == Outcome(0, f"{held} goes on.\n", "")
    assert engine.instance(held).state is InstanceState.ACTIVE
    (suspended, resumed) = audit(engine, held)
    assert suspended == ("suspend", "command line", "a recall")
    assert resumed[1] not in {None, "command line", "admin"}
    assert order("instance", "resume", held, "--as", "nobody").status == 2


@pytest.mark.parametrize("command", ["cancel", "delete"])
def test_what_is_lost_for_good_is_asked_for_first(
    order: Order, engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    lost = started(engine, "lost")
    if command == "delete":
        refused = order("instance", "delete", lost, "--yes")
        assert (refused.status, refused.out) == (1, "")
        assert "has not ended: cancel it first" in refused.err
        engine.cancel(lost)
    before = audit(engine, lost)
    with monkeypatch.context() as patch:
        patch.setattr("click.termui.visible_prompt_func", lambda _: "n")
        assert order("instance", command, lost).status == 130
    assert audit(engine, lost) == before
    with monkeypatch.context() as patch:
        patch.setattr("click.termui.visible_prompt_func", lambda _: "y")
        assert order("instance", command, lost, "--reason", "not ours").status == 0
    assert audit(engine, lost)[-1] == (command, "command line", "not ours")
    unknown = order("instance", command, lost, "--yes")
    assert unknown.status == 1
    assert ("has ended" if command == "cancel" else "There is no process instance") in unknown.err


def test_variables_are_set(order: Order, engine: EmbeddedEngine) -> None:
    changed = started(engine, "changed")
    (task,) = [task.id for task in engine.tasks() if task.instance_id == changed]
    assert order("instance", "set-variable", changed, "n=[2]", "who=me").out == f"{changed}: n, who\n"
    order("instance", "set-variable", changed, "who=you", "--at", task, "--local")
    assert engine.variables(changed) == {"n": [2], "who": "me"}
    assert engine.task_variables(task) == {"n": [2], "who": "you"}
    assert order("instance", "set-variable", changed).status == 2
    assert "'n' is not NAME=VALUE" in order("instance", "set-variable", changed, "n").err


def test_an_instance_is_modified(order: Order, engine: EmbeddedEngine) -> None:
    moved = started(engine, "moved")
    outcome = order("instance", "modify", moved, "--cancel", "ask", "--start", "end", "--var", "n=3")
    assert outcome.out.startswith(moved)
    assert "completed" in outcome.out
    assert engine.variables(moved) == {"n": 3}
    assert "needs an element" in order("instance", "modify", started(engine, "moved")).err


def test_an_instance_is_migrated(order: Order, engine: EmbeddedEngine) -> None:
    moved, other = started(engine, "migrated"), started(engine, "migrated")
    deploy(engine, "migrated", "ask2")
    deploy(engine, "migrated", "ask3")
    refused = order("instance", "migrate", moved)
    assert refused.status == 1
    assert "ask has no counterpart" in refused.err
    assert "migrated v2  active" in order("instance", "migrate", moved, "--to", "2", "--map", "ask=ask2").out
    assert "migrated v3  active" in order("instance", "migrate", other, "--map", "ask=ask3").out
    assert "There is no version 9 of migrated" in order("instance", "migrate", other, "--to", "9").err
    assert "'ask' is not OLD=NEW" in order("instance", "migrate", other, "--map", "ask").err
    assert sorted(task.element_id for task in engine.tasks() if task.process_id == "migrated") == ["ask2", "ask3"]


def test_an_incident_is_listed_and_tried_again(order: Order, engine: EmbeddedEngine) -> None:
    failed = started(engine, "failed")
    engine.complete(next(task.id for task in engine.tasks() if task.instance_id == failed))
    for _ in range(3):
        (job,) = engine.lock_jobs("worker", ["print"], 1, timedelta(seconds=30))
        engine.fail_job(job, "no paper", pause=timedelta(0))
    listed = order("incidents", "--instance", failed)
    (line, count) = listed.out.splitlines()
    assert "job at print: no paper" in line
    assert count == "1 incidents"
    incident = line.split()[0]
    assert order("retry", incident, "--retries", "2") == Outcome(0, f"{incident} is tried again.\n", "")
    (job,) = engine.lock_jobs("worker", ["print"], 1, timedelta(seconds=30))
    assert job.retries == 2
    engine.complete_job(job)
    assert "has ended" in order("retry", incident).err
    shown = order("instance", "show", failed).out
    assert all(word in shown for word in ("completed  print", "n set by -", "resolve by command line"))


def test_ended_instances_are_pruned(order: Order, engine: EmbeddedEngine) -> None:
    deploy(engine, "short", days=0)
    gone = [engine.start("short").id for _ in range(3)]
    kept = order("start", PROCESS_ID).out.split()[0]
    for instance_id in gone:
        engine.cancel(instance_id)
    assert order("prune").out.endswith("instances removed.\n")
    left = {instance.id for instance in engine.instances()}
    assert kept in left
    assert not left & set(gone)
    assert order("prune") == Outcome(0, "0 instances removed.\n", "")


def test_unknown_instances_are_told(order: Order) -> None:
    for command in ("show", "suspend", "resume", "cancel", "delete", "migrate"):
        refused = order("instance", command, "nothing")
        assert (refused.status, refused.out) == (1, "")
        assert "There is no process instance 'nothing'" in refused.err
