"""Scripts run inside the transition that asks for them."""

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import event

from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceState

from .conftest import Clock, bpmn, line, run_jobs, service


def script(identifier: str, source: str) -> str:
    return f'scriptTask {identifier} scriptFormat="python"|<script><![CDATA[{source}]]></script>'


def test_a_script_sets_variables_at_once(engine: EmbeddedEngine, clock: Clock) -> None:
    source = "total = sum(prices)\nat = now.isoformat()"
    engine.deploy([bpmn("sum", line("startEvent start", script("add", source), "endEvent end"))])
    started = engine.start("sum", {"prices": [1, 2]})
    assert started.state is InstanceState.COMPLETED
    assert engine.variables(started.id) == {"prices": [1, 2], "total": 3, "at": clock.now.isoformat()}


def test_a_script_that_fails_is_an_incident_that_can_be_resolved(engine: EmbeddedEngine) -> None:
    process = line("startEvent start", script("divide", "share = 1 / people"), "endEvent end")
    boundary = (
        '<boundaryEvent id="later" attachedToRef="divide" cancelActivity="false"><messageEventDefinition id="m"'
        ' messageRef="fix" /></boundaryEvent>'
        + line("userTask mend")
        + '<sequenceFlow id="x" sourceRef="later" targetRef="mend" />'
    )
    engine.deploy([bpmn("dividing", process + boundary, '<message id="fix" name="fix" />')])
    started = engine.start("dividing", {"people": 0})
    (incident,) = engine.incidents()
    assert (incident.element_id, incident.kind) == ("divide", "script")
    assert "division by zero" in incident.message
    engine.resolve(incident.id)
    (again,) = engine.incidents()
    engine.publish_message("fix", variables={"people": 2})
    engine.resolve(again.id)
    assert engine.incidents() == []
    assert engine.variables(started.id)["share"] == 0.5


def test_a_script_throws_bpmn_errors(engine: EmbeddedEngine) -> None:
    boundary = (
        '<boundaryEvent id="caught" attachedToRef="s"><errorEventDefinition id="e" errorRef="full" /></boundaryEvent>'
        '<userTask id="instead" /><sequenceFlow id="x" sourceRef="caught" targetRef="instead" />'
    )
    process = line("startEvent start", script("s", "raise BpmnError('full', 'no slot')"), "endEvent end")
    engine.deploy([bpmn("throwing", process + boundary, '<error id="full" errorCode="full" name="full" />')])
    engine.start("throwing")
    assert [task.element_id for task in engine.tasks()] == ["instead"]


def test_a_loop_of_scripts_without_end_lets_others_work(engine: EmbeddedEngine) -> None:
    loop = (
        '<startEvent id="start" /><sequenceFlow id="f1" sourceRef="start" targetRef="count" />'
        '<scriptTask id="count" scriptFormat="python"><script>n = n + 1</script></scriptTask>'
        '<sequenceFlow id="f2" sourceRef="count" targetRef="more" /><exclusiveGateway id="more" default="f3" />'
        '<sequenceFlow id="f3" sourceRef="more" targetRef="count" />'
        '<sequenceFlow id="f4" sourceRef="more" targetRef="end">'
        '<conditionExpression xsi:type="tFormalExpression">${n >= limit}</conditionExpression></sequenceFlow>'
        '<endEvent id="end" />'
    )
    engine.deploy([bpmn("loop", loop.replace(">=", "&gt;="))])
    started = engine.start("loop", {"n": 0, "limit": 300})
    assert engine.instance(started.id).state is InstanceState.COMPLETED
    assert engine.variables(started.id)["n"] == 300


def test_a_step_is_repeated_when_its_script_failed_in_a_job(engine: EmbeddedEngine) -> None:
    process = line("startEvent start", service("work", "work"), script("use", "x = answer['deep']"), "endEvent end")
    engine.deploy([bpmn("using", process)])
    started = engine.start("using")
    run_jobs(engine, answer={"answer": {}})
    assert [incident.element_id for incident in engine.incidents(started.id)] == ["use"]


def test_what_takes_long_goes_on_in_transactions_of_its_own(
    engine: EmbeddedEngine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = [script(f"s{number}", "n = n + 1") for number in range(4)]
    engine.deploy([bpmn("long", line("startEvent start", *scripts, "endEvent end"))])
    monkeypatch.setattr("workflows.embedded.runtime._LONG_SECONDS", float("inf"))
    commits: list[None] = []
    event.listen(database, "commit", lambda _: commits.append(None))
    assert engine.start("long", {"n": 0}).state is InstanceState.COMPLETED
    assert len(commits) == 1
    monkeypatch.setattr("workflows.embedded.runtime._LONG_SECONDS", -1.0)
    cut = engine.start("long", {"n": 0})
    assert engine.instance(cut.id).state is InstanceState.COMPLETED
    assert engine.variables(cut.id) == {"n": 4}
    assert len(commits) > 4
