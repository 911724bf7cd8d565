"""Ending and starting elements by hand, and setting variables where somebody sees them."""

from collections.abc import Callable

import pytest

from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceState, ProcessInstance, TaskQuery
from workflows.errors import Conflict, InvalidInput, NotFound

from .conftest import TWO_TASKS, Clock, bpmn, line, lock_one, refuses, run_jobs
from .test_concurrency import parallel

LOCAL = '<extensionElements><camunda:inputOutput><camunda:inputParameter name="mine">1</camunda:inputParameter>' \
        "</camunda:inputOutput></extensionElements>"  # fmt: skip
NESTED = bpmn(
    "nested",
    '<startEvent id="start" /><subProcess id="sub"><startEvent id="begin" />'
    f'<userTask id="ask">{LOCAL}</userTask><endEvent id="done" />'
    '<sequenceFlow id="b" sourceRef="begin" targetRef="ask" /><sequenceFlow id="d" sourceRef="ask" targetRef="done" />'
    '</subProcess><userTask id="after" /><endEvent id="end" /><sequenceFlow id="s" sourceRef="start" targetRef="sub" />'
    '<sequenceFlow id="a" sourceRef="sub" targetRef="after" />'
    '<sequenceFlow id="e" sourceRef="after" targetRef="end" />',
)
EACH = bpmn(
    "each",
    line("startEvent start", "userTask ask|<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality>"
         "</multiInstanceLoopCharacteristics>", "endEvent end"),
)  # fmt: skip


def open_elements(engine: EmbeddedEngine) -> list[str]:
    return [task.element_id for task in engine.tasks()]


def test_a_modification_ends_what_runs_and_starts_elsewhere(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_TASKS])
    started = engine.start("two_tasks")
    clock.advance(hours=1)
    engine.modify(started.id, cancel=["first"], start=["second"], variables={"n": 1}, reason="skipped", by="ann")
    assert open_elements(engine) == ["second"]
    assert engine.variables(started.id) == {"n": 1}
    entries = engine.history(started.id)
    assert [(entry.element_id, entry.outcome) for entry in entries] == [
        ("start", "completed"), ("first", "cancelled"), ("second", "running"),
    ]  # fmt: skip
    assert entries[1].ended_at == clock.now
    engine.complete(engine.tasks()[0].id)
    assert engine.instance(started.id).state is InstanceState.COMPLETED


def test_a_run_of_a_loop_is_ended_by_its_entry_in_the_history(engine: EmbeddedEngine) -> None:
    engine.deploy([EACH])
    started = engine.start("each")
    around, *runs = [entry for entry in engine.history(started.id) if entry.element_id == "ask"]
    assert [run.parent_id for run in runs] == [around.id] * 3
    engine.modify(started.id, cancel=[runs[1].id])
    assert len(engine.tasks()) == 2
    engine.modify(started.id, cancel=["ask"], start=["end"])
    assert engine.instance(started.id).state is InstanceState.COMPLETED
    outcomes = [entry.outcome for entry in engine.history(started.id)]
    assert outcomes == ["completed", "cancelled", "cancelled", "cancelled", "cancelled", "completed"]


def test_a_token_that_waits_at_a_join_is_taken_away(engine: EmbeddedEngine) -> None:
    engine.deploy([bpmn("parallel", parallel(2))])
    started = engine.start("parallel")
    engine.complete_job(lock_one(engine))
    engine.modify(started.id, cancel=["join"], start=["end"])
    run_jobs(engine)
    assert engine.instance(started.id).state is InstanceState.ACTIVE  # the join waits for what was taken away
    assert [entry.element_id for entry in engine.history(started.id)].count("end") == 1


def test_an_instance_in_which_nothing_is_left_is_cancelled(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    started = engine.start("two_tasks")
    engine.modify(started.id, cancel=["first"])
    assert engine.instance(started.id).state is InstanceState.CANCELLED


def test_a_suspended_instance_is_modified_and_moves_when_it_is_resumed(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    started = engine.start("two_tasks")
    engine.suspend(started.id)
    engine.modify(started.id, cancel=["first"], start=["second"])
    assert open_elements(engine) == []
    engine.resume(started.id)
    assert open_elements(engine) == ["second"]


def test_a_modification_that_makes_no_sense_changes_nothing(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    started, other = engine.start("two_tasks"), engine.start("two_tasks")
    theirs = engine.history(other.id)[1].id
    refuses(lambda: engine.modify(started.id), InvalidInput, "needs an element")
    refuses(lambda: engine.modify(started.id, cancel=["nowhere"]), InvalidInput, "no element 'nowhere' to cancel")
    refuses(lambda: engine.modify(started.id, start=["nowhere"]), InvalidInput, "no element 'nowhere' to start at")
    refuses(lambda: engine.modify(started.id, cancel=["second"]), Conflict, "Nothing goes on in the element 'second'")
    refuses(lambda: engine.modify(started.id, cancel=[theirs]), InvalidInput, "belongs to another instance")
    refuses(lambda: engine.modify(started.id, cancel=[f"{started.id}:99"]), InvalidInput, "no activity 99")
    refuses(lambda: engine.modify(started.id, cancel=["x:y"]), NotFound, "no history entry")
    refuses(
        lambda: engine.modify(started.id, start=["second"], variables={"x": float("nan")}), InvalidInput, "x is nan"
    )
    refuses(lambda: engine.modify("0" * 36, start=["second"]), NotFound, "no process instance")
    assert open_elements(engine) == ["first", "first"]
    assert engine.operations(started.id) == []


def nested(engine: EmbeddedEngine) -> tuple[ProcessInstance, str]:
    """Start an instance that waits in a sub-process; return it with the id of its task."""
    engine.deploy([NESTED])
    started = engine.start("nested", {"n": 1})
    return started, engine.tasks()[0].id


def test_process_variables_are_set(engine: EmbeddedEngine) -> None:
    started, task = nested(engine)
    engine.set_variables(started.id, {"n": [2], "new": None})
    assert engine.variables(started.id) == {"n": [2], "new": None}
    assert engine.task_variables(task) == {"n": [2], "new": None, "mine": "1"}


def test_variables_are_set_where_a_task_sees_them(engine: EmbeddedEngine) -> None:
    started, task = nested(engine)
    engine.set_variables(started.id, {"n": 2, "mine": 3, "new": 4}, scope=task)
    assert engine.variables(started.id) == {"n": 2, "new": 4}
    assert engine.task_variables(task) == {"n": 2, "new": 4, "mine": 3}


@pytest.mark.parametrize("where", ["the task", "its entry"])
def test_variables_are_set_for_a_task_alone(engine: EmbeddedEngine, where: str) -> None:
    started, task = nested(engine)
    entry = next(entry.id for entry in engine.history(started.id) if entry.element_id == "ask")
    engine.set_variables(started.id, {"n": 2}, scope=task if where == "the task" else entry, local=True)
    assert engine.variables(started.id) == {"n": 1}
    assert engine.task_variables(task) == {"n": 2, "mine": "1"}


def test_variables_are_set_for_a_sub_process_and_end_with_it(engine: EmbeddedEngine) -> None:
    started, task = nested(engine)
    sub = next(entry.id for entry in engine.history(started.id) if entry.element_id == "sub")
    engine.set_variables(started.id, {"n": 2}, scope=sub, local=True)
    assert engine.task_variables(task) == {"n": 2, "mine": "1"}
    engine.complete(task)
    assert engine.task_variables(engine.tasks()[0].id) == {"n": 1}


def test_a_job_sees_what_was_set_for_it(engine: EmbeddedEngine) -> None:
    work = 'serviceTask work camunda:type="external" camunda:topic="work"'
    engine.deploy([bpmn("job", line("startEvent start", work, "endEvent end"))])
    started = engine.start("job", {"n": 1})
    entry = engine.history(started.id)[1].id
    engine.set_variables(started.id, {"n": 2}, scope=entry, local=True)
    assert lock_one(engine).variables == {"n": 2}


def test_variables_that_cannot_be_set_change_nothing(engine: EmbeddedEngine) -> None:
    started, task = nested(engine)
    other = engine.start("nested")
    refuses(lambda: engine.set_variables(started.id, {}), InvalidInput, "no variable to set")
    refuses(lambda: engine.set_variables(started.id, {"x": float("inf")}), InvalidInput, "x is inf")
    refuses(lambda: engine.set_variables(other.id, {"x": 1}, scope=task), InvalidInput, "belongs to another instance")
    refuses(lambda: engine.set_variables(started.id, {"x": 1}, scope=f"{started.id}:99"), Conflict, "nothing goes on")
    refuses(lambda: engine.set_variables(started.id, {"x": 1}, scope="?"), NotFound, "no task or running element")
    refuses(lambda: engine.set_variables("0" * 36, {"x": 1}), NotFound, "no process instance")
    assert engine.variables(started.id) == {"n": 1}
    engine.cancel(started.id)
    with pytest.raises(Conflict, match="has ended"):
        engine.set_variables(started.id, {"x": 1})


def test_a_variable_that_a_condition_waits_for_moves_the_instance(
    new_engine: Callable[[], EmbeddedEngine], engine: EmbeddedEngine
) -> None:
    full = (
        '<startEvent id="start" /><intermediateCatchEvent id="full"><conditionalEventDefinition id="c">'
        '<condition xsi:type="tFormalExpression">${n > 1}</condition></conditionalEventDefinition>'
        '</intermediateCatchEvent><endEvent id="end" /><sequenceFlow id="f" sourceRef="start" targetRef="full" />'
        '<sequenceFlow id="g" sourceRef="full" targetRef="end" />'
    )
    engine.deploy([bpmn("filling", full)])
    started = engine.start("filling", {"n": 1})
    new_engine().set_variables(started.id, {"n": 2})
    assert engine.instance(started.id).state is InstanceState.COMPLETED


@pytest.mark.parametrize("core", ["dams", "spiff"])
def test_an_instance_begins_elsewhere_in_the_scopes_around(engine: EmbeddedEngine, core: str) -> None:
    engine.deploy([NESTED], core=core)
    for _ in range(2):  # the second is computed ahead of its transaction
        started = engine.start("nested", {"n": 1}, business_key="B", by="ann", at=["ask"])
        entries = engine.history(started.id)
        assert [(entry.element_id, entry.outcome) for entry in entries] == [("sub", "running"), ("ask", "running")]
        assert entries[1].parent_id == entries[0].id
        assert (started.business_key, started.started_by, engine.variables(started.id)) == ("B", "ann", {"n": 1})
        (task,) = engine.tasks()
        assert engine.task_variables(task.id) == {"mine": "1", "n": 1}
        engine.complete(task.id)
        (task,) = engine.tasks()
        assert task.element_id == "after"
        engine.complete(task.id)
        assert engine.instance(started.id).state is InstanceState.COMPLETED


@pytest.mark.parametrize("core", ["dams", "spiff"])
def test_an_instance_is_cancelled_when_an_element_has_ended(engine: EmbeddedEngine, core: str) -> None:
    engine.deploy([NESTED], core=core)
    for until, left in (("ask", []), ("sub", []), ("after", ["after"])):
        started = engine.start("nested", at=["ask"], until=[until])
        engine.complete(engine.tasks()[0].id)
        assert open_elements(engine) == left
        if left:
            engine.cancel(started.id)
        found = engine.instance(started.id)
        assert (found.state, found.ended_at is None) == (InstanceState.CANCELLED, False)
        assert "after" not in [entry.element_id for entry in engine.history(started.id)] or left


def test_the_end_behind_an_element_outlives_restarts_and_comes_when_it_is_cancelled(
    new_engine: Callable[[], EmbeddedEngine],
) -> None:
    engine = new_engine()
    engine.deploy([TWO_TASKS])
    started, others = engine.start("two_tasks", until=["first"]), engine.start("two_tasks", until=["first"])
    new_engine().complete(engine.tasks(TaskQuery(instance_id=started.id))[0].id)
    assert engine.instance(started.id).state is InstanceState.CANCELLED
    engine.suspend(others.id)
    engine.modify(others.id, cancel=["first"], start=["second"])
    assert engine.instance(others.id).state is InstanceState.CANCELLED
    assert open_elements(engine) == []


def test_a_loop_is_over_with_its_last_run(engine: EmbeddedEngine) -> None:
    engine.deploy([EACH])
    started = engine.start("each", until=["ask"])
    for left in (2, 1, 0):
        engine.complete(engine.tasks()[0].id)
        assert len(engine.tasks()) == left
    assert engine.instance(started.id).state is InstanceState.CANCELLED


def test_a_process_begins_at_several_elements_and_without_a_none_start_event(engine: EmbeddedEngine) -> None:
    event = '<startEvent id="start"><timerEventDefinition><timeDate>2050-01-01T00:00:00Z</timeDate>' \
            "</timerEventDefinition></startEvent>"  # fmt: skip
    flows = '<sequenceFlow id="f" sourceRef="start" targetRef="a" /><sequenceFlow id="g" sourceRef="a" targetRef="b" />'
    engine.deploy([bpmn("late", f'{event}<userTask id="a" /><userTask id="b" /><endEvent id="end" />{flows}'
                        '<sequenceFlow id="h" sourceRef="b" targetRef="end" />')])  # fmt: skip
    refuses(lambda: engine.start("late"), InvalidInput, "no none start event")
    started = engine.start("late", at=["a", "b"])
    assert sorted(open_elements(engine)) == ["a", "b"]
    while engine.tasks():
        engine.complete(engine.tasks()[0].id)
    assert [entry.element_id for entry in engine.history(started.id)].count("b") == 2
    assert engine.instance(started.id).state is InstanceState.COMPLETED


def test_an_instance_that_can_not_begin_there_does_not_begin(engine: EmbeddedEngine) -> None:
    engine.deploy([bpmn("edged", line("startEvent start", "userTask ask", "endEvent end")
                        + '<boundaryEvent id="late" attachedToRef="ask"><timerEventDefinition><timeDuration>PT1H'
                        "</timeDuration></timerEventDefinition></boundaryEvent>"), TWO_TASKS])  # fmt: skip
    for elements, why in (
        (["nowhere"], "no element 'nowhere'"),
        (["second"], "no element"),
        (["late"], "only an event"),
    ):
        refuses(lambda: engine.start("edged", at=elements), InvalidInput, why)  # noqa: B023 - called at once
    refuses(lambda: engine.start("edged", until=["nowhere"]), InvalidInput, "no element 'nowhere' at whose end")
    assert engine.count_instances() == 0
