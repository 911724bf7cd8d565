"""User tasks: who sees them, who has them, and that each is completed once."""

from datetime import UTC, datetime

import pytest

from workflows.embedded import EmbeddedEngine
from workflows.engine import TaskQuery
from workflows.errors import Conflict, NotFound

from .conftest import TWO_TASKS, Clock, bpmn, line

REVIEW = bpmn(
    "review",
    line(
        "startEvent start",
        'userTask check name="Check it" camunda:assignee="${who}" camunda:candidateUsers="ann, bob" '
        'camunda:candidateGroups="staff" camunda:dueDate="2026-03-05T12:00:00Z" camunda:priority="70" '
        'camunda:followUpDate="2026-03-04T12:00:00Z" camunda:formKey="check"',
        "endEvent end",
    ),
)
FORM = bpmn(
    "form",
    line(
        "startEvent start",
        'userTask fill|<extensionElements><camunda:formData><camunda:formField id="age" label="Age" type="long" />'
        "</camunda:formData></extensionElements>",
        "endEvent end",
    ),
)


def test_a_task_says_what_the_diagram_says(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([REVIEW])
    started = engine.start("review", {"who": "cleo"}, business_key="A-1")
    (task,) = engine.tasks()
    assert engine.task(task.id) == task
    assert (task.instance_id, task.process_id, task.element_id, task.name) == (
        started.id, "review", "check", "Check it",
    )  # fmt: skip
    assert (task.assignee, task.candidate_users, task.candidate_groups) == ("cleo", ("ann", "bob"), ("staff",))
    assert (task.due, task.follow_up) == (
        datetime(2026, 3, 5, 12, tzinfo=UTC), datetime(2026, 3, 4, 12, tzinfo=UTC),
    )  # fmt: skip
    assert (task.priority, task.form_key, task.business_key) == (70, "check", "A-1")
    assert task.created_at == clock.now


def test_a_task_carries_its_form(engine: EmbeddedEngine) -> None:
    engine.deploy([FORM])
    engine.start("form")
    (task,) = engine.tasks()
    assert task.form is not None
    assert [field.id for field in task.form.fields] == ["age"]


def test_tasks_are_listed_oldest_first_by_every_criterion(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([REVIEW, TWO_TASKS])
    free = engine.start("review", {"who": None})
    clock.advance(seconds=1)
    taken = engine.start("review", {"who": "cleo"})
    clock.advance(seconds=1)
    other = engine.start("two_tasks")

    def instances(query: TaskQuery) -> list[str]:
        return [task.instance_id for task in engine.tasks(query)]

    assert instances(TaskQuery()) == [free.id, taken.id, other.id]
    assert instances(TaskQuery(limit=2)) == [free.id, taken.id]
    assert instances(TaskQuery(assignee="cleo")) == [taken.id]
    assert instances(TaskQuery(unassigned=True)) == [free.id, other.id]
    assert instances(TaskQuery(process_id="two_tasks")) == [other.id]
    assert instances(TaskQuery(instance_id=taken.id)) == [taken.id]
    assert instances(TaskQuery(candidate_user="bob")) == [free.id, taken.id]
    assert instances(TaskQuery(candidate_user="eve")) == []
    assert instances(TaskQuery(candidate_users=("eve", "bob"))) == [free.id, taken.id]
    assert instances(TaskQuery(candidate_groups=("guests", "staff"), unassigned=True)) == [free.id]
    assert instances(TaskQuery(candidate_user="eve", candidate_groups=("staff",))) == [free.id, taken.id]


def test_a_task_is_claimed_by_one(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    engine.start("two_tasks")
    (task,) = engine.tasks()
    engine.claim(task.id, "ann")
    engine.claim(task.id, "ann")
    with pytest.raises(Conflict, match="assigned to 'ann' already"):
        engine.claim(task.id, "bob")
    engine.unclaim(task.id, by="boss")
    engine.claim(task.id, "bob")
    assert engine.task(task.id).assignee == "bob"


def test_a_task_is_completed_once(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    started = engine.start("two_tasks")
    (task,) = engine.tasks()
    engine.complete(task.id, {"n": 1}, by="ann")
    with pytest.raises(Conflict, match="was completed before by 'ann'"):
        engine.complete(task.id, {"n": 2})
    with pytest.raises(NotFound, match="no open user task"):
        engine.task(task.id)
    with pytest.raises(NotFound, match="no open user task"):
        engine.claim(task.id, "ann")
    assert engine.variables(started.id) == {"n": 1}
    (following,) = engine.tasks()
    engine.complete(following.id)
    with pytest.raises(Conflict, match="was completed before"):
        engine.complete(following.id)


def test_unknown_tasks_are_not_found(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_TASKS])
    started = engine.start("two_tasks")
    for unknown in ("", "x", f"{started.id}:999", f"{started.id}:-1", f"{started.id}:99999999999", "\0:1", ":1"):
        for ask in (engine.task, engine.complete, engine.task_variables, engine.unclaim):
            with pytest.raises(NotFound, match="user task"):
                ask(unknown)
        with pytest.raises(NotFound, match="user task"):
            engine.claim(unknown, "ann")


def test_a_task_sees_the_variables_around_it(engine: EmbeddedEngine) -> None:
    local = "<extensionElements><camunda:inputOutput><camunda:inputParameter name=\"mine\">${outer}" \
            "</camunda:inputParameter></camunda:inputOutput></extensionElements>"  # fmt: skip
    engine.deploy([bpmn("local", line("startEvent start", f"userTask ask|{local}", "endEvent end"))])
    started = engine.start("local", {"outer": [1]})
    (task,) = engine.tasks()
    assert engine.task_variables(task.id) == {"outer": [1], "mine": [1]}
    assert engine.variables(started.id) == {"outer": [1]}
