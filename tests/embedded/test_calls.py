"""Call activities: instances that call instances."""

from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceQuery, InstanceState, TaskQuery

from .conftest import TWO_TASKS, bpmn, line, lock_one, service

ALL = '<extensionElements><camunda:in variables="all" /><camunda:out variables="all" /></extensionElements>'


def caller(called: str, extra: str = "") -> str:
    call = f'callActivity call calledElement="{called}"|{ALL}'
    return line("startEvent start", call, "userTask after", "endEvent end") + extra


CALLER = bpmn("caller", caller("two_tasks"))


def complete_all(engine: EmbeddedEngine, process_id: str, **variables: int) -> None:
    while tasks := engine.tasks(TaskQuery(process_id=process_id)):
        engine.complete(tasks[0].id, dict(variables))


def states(engine: EmbeddedEngine) -> dict[str, InstanceState]:
    return {instance.process_id: instance.state for instance in engine.instances()}


def test_a_called_instance_runs_and_answers(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS, CALLER])
    calling = engine.start("caller", {"n": 1}, by="ann")
    (called,) = engine.instances(InstanceQuery(process_id="two_tasks"))
    assert (engine.variables(called.id), called.started_by) == ({"n": 1}, "ann")
    complete_all(engine, "two_tasks", n=2)
    assert engine.variables(calling.id) == {"n": 2}
    complete_all(engine, "caller")
    assert states(engine) == dict.fromkeys(("caller", "two_tasks"), InstanceState.COMPLETED)


def test_a_cancelled_caller_cancels_what_it_called(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS, CALLER, bpmn("outer", caller("caller"))])
    outer = engine.start("outer")
    assert set(states(engine).values()) == {InstanceState.ACTIVE}
    engine.cancel(outer.id)
    assert states(engine) == dict.fromkeys(("outer", "caller", "two_tasks"), InstanceState.CANCELLED)
    assert (engine.tasks(), engine.incidents()) == ([], [])


def test_an_unknown_process_is_an_incident_that_can_be_resolved(engine: EmbeddedEngine) -> None:
    engine.deploy([CALLER])
    engine.start("caller")
    (incident,) = engine.incidents()
    assert (incident.element_id, incident.message) == ("call", "There is no process 'two_tasks' deployed.")
    engine.deploy([TWO_TASKS])
    engine.resolve(incident.id)
    assert engine.incidents() == []
    assert states(engine)["two_tasks"] is InstanceState.ACTIVE


def test_cancelling_what_is_called_is_an_incident_of_the_caller(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS, CALLER])
    calling = engine.start("caller")
    (called,) = engine.instances(InstanceQuery(process_id="two_tasks"))
    engine.cancel(called.id)
    (incident,) = engine.incidents(calling.id)
    assert "cancelled" in incident.message


def test_an_error_leaves_the_called_instance_for_the_boundary_event_of_the_caller(engine: EmbeddedEngine) -> None:
    full = '<error id="full" errorCode="full" name="full" />'
    boundary = (
        '<boundaryEvent id="caught" attachedToRef="call"><errorEventDefinition id="e" errorRef="full" />'
        "</boundaryEvent>"
        '<userTask id="instead" /><sequenceFlow id="f" sourceRef="caught" targetRef="instead" />'
    )
    throwing = line("startEvent start", 'endEvent end|<errorEventDefinition id="e" errorRef="full" />')
    engine.deploy([bpmn("throwing", throwing, full), bpmn("catching", caller("throwing", boundary), full)])
    engine.start("catching")
    assert [task.element_id for task in engine.tasks()] == ["instead"]
    assert states(engine)["throwing"] is InstanceState.FAILED


def test_a_boundary_event_withdraws_the_call(engine: EmbeddedEngine) -> None:
    alarm = '<signal id="alarm" name="alarm" />'
    event = '<signalEventDefinition id="s" signalRef="alarm" />'
    boundary = f'<boundaryEvent id="off" attachedToRef="call">{event}</boundaryEvent>'
    engine.deploy([TWO_TASKS, bpmn("caller", caller("two_tasks", boundary), alarm)])
    calling = engine.start("caller")
    engine.broadcast_signal("alarm")
    assert states(engine)["two_tasks"] is InstanceState.CANCELLED
    assert engine.instance(calling.id).state is InstanceState.COMPLETED


def test_a_call_may_mean_the_version_deployed_with_it(engine: EmbeddedEngine) -> None:
    bound = caller("work").replace("calledElement=", 'camunda:calledElementBinding="deployment" calledElement=')
    engine.deploy([bpmn("bound", bound), bpmn("work", line("startEvent start", service("old", "old"), "endEvent end"))])
    engine.deploy([bpmn("work", line("startEvent start", service("new", "new"), "endEvent end"))])
    engine.start("bound")
    assert lock_one(engine, "old").element_id == "old"


def test_a_process_that_calls_itself_for_ever_stops_nobody(engine: EmbeddedEngine) -> None:
    engine.deploy(
        [bpmn("self", line("startEvent start", f'callActivity call calledElement="self"|{ALL}', "endEvent end"))]
    )
    engine.start("self")
    engine.deploy([TWO_TASKS])
    assert engine.start("two_tasks").state is InstanceState.ACTIVE
