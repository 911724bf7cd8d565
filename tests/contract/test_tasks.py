"""What every engine promises about user tasks."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from workflows.engine import TaskOrder, TaskQuery, containing, literally
from workflows.errors import Conflict, InvalidInput, NotFound

from .subject import Scenario, eventually


def test_tasks_come_one_after_the_other(scenario: Scenario) -> None:
    scenario.deploy("review")
    started = scenario.engine.start("review", {"reviewer": "ann", "text": ""})
    draft = scenario.task(started, "write_draft")
    assert (draft.name, draft.candidate_groups, draft.assignee) == ("Write draft", ("staff", "interns"), None)
    scenario.engine.complete(draft.id, {"text": "once upon a time"}, by="7")
    review = scenario.task(started, "review_draft")
    assert review.assignee == "ann"
    assert scenario.engine.task(review.id) == review
    assert scenario.engine.task_variables(review.id) == {"reviewer": "ann", "text": "once upon a time"}
    scenario.engine.complete(review.id, {"good": True})
    scenario.ends(started)
    assert scenario.engine.variables(started.id) == {"reviewer": "ann", "text": "once upon a time", "good": True}


def test_a_task_is_completed_once(scenario: Scenario) -> None:
    scenario.deploy("review")
    started = scenario.engine.start("review", {"reviewer": "ann"})
    draft = scenario.task(started, "write_draft")
    assert scenario.engine.ended_tasks(started.id) == []
    scenario.engine.complete(draft.id, {"text": "first"}, by="bob")
    with pytest.raises(Conflict):
        scenario.engine.complete(draft.id, {"text": "second"})
    scenario.task(started, "review_draft")
    assert scenario.engine.variables(started.id)["text"] == "first"
    (ended,) = scenario.engine.ended_tasks(started.id)
    assert (ended.task.id, ended.outcome, ended.ended_by) == (draft.id, "completed", "bob")
    assert draft.activity_id in [entry.id for entry in scenario.engine.history(started.id)]
    with pytest.raises(NotFound):
        scenario.engine.task(draft.id)


def test_a_task_is_claimed_by_one(scenario: Scenario) -> None:
    scenario.deploy("review")
    started = scenario.engine.start("review", {"reviewer": "ann"})
    draft = scenario.task(started, "write_draft")
    scenario.engine.claim(draft.id, "bob")
    eventually(lambda: scenario.engine.task(draft.id).assignee == "bob")
    with pytest.raises(Conflict):
        scenario.engine.claim(draft.id, "cleo")
    scenario.engine.unclaim(draft.id)
    eventually(lambda: scenario.engine.task(draft.id).assignee is None)
    scenario.engine.claim(draft.id, "cleo")
    eventually(lambda: scenario.engine.task(draft.id).assignee == "cleo")


def test_a_task_is_handed_to_somebody_else(scenario: Scenario) -> None:
    scenario.deploy("review")
    started = scenario.engine.start("review", {"reviewer": "ann"})
    draft = scenario.task(started, "write_draft")
    scenario.engine.assign(draft.id, "bob", by="boss")
    eventually(lambda: scenario.engine.task(draft.id).assignee == "bob")
    scenario.engine.assign(draft.id, "cleo", by="boss")
    eventually(lambda: scenario.engine.task(draft.id).assignee == "cleo")
    assert [task.id for task in scenario.engine.tasks(TaskQuery(assignees=("ann", "cleo")))] == [draft.id]
    with pytest.raises(NotFound):
        scenario.engine.assign("nothing:1", "bob")


def test_tasks_are_found_by_every_criterion(scenario: Scenario) -> None:
    scenario.deploy("review", "decision")
    review, decision = (
        scenario.engine.start("review", {"reviewer": "ann"}),
        scenario.engine.start("decision", {"amount": 1}),
    )
    draft, refuse = scenario.task(review, "write_draft"), scenario.task(decision, "refuse")

    def found(query: TaskQuery) -> set[str]:
        return {task.id for task in scenario.engine.tasks(query)}

    assert found(TaskQuery()) == {draft.id, refuse.id}
    assert found(TaskQuery(process_id="decision")) == {refuse.id}
    assert found(TaskQuery(candidate_groups=("guests", "staff"))) == {draft.id}
    assert found(TaskQuery(candidate_groups=("guests",))) == set()
    scenario.engine.claim(refuse.id, "ann")
    eventually(lambda: found(TaskQuery(assignee="ann")) == {refuse.id})
    assert found(TaskQuery(unassigned=True)) == {draft.id}
    assert len(scenario.engine.tasks(TaskQuery(limit=1))) == 1


def test_unknown_tasks_are_not_found(scenario: Scenario) -> None:
    for ask in (
        scenario.engine.task,
        scenario.engine.task_variables,
        scenario.engine.complete,
        scenario.engine.unclaim,
    ):
        with pytest.raises(NotFound):
            ask("12345")


def test_tasks_are_sorted_counted_and_paged(scenario: Scenario) -> None:
    scenario.deploy("review", "decision")
    review = scenario.engine.start("review", {"reviewer": "ann"}, business_key="A-1")
    decision = scenario.engine.start("decision", {"amount": 1}, business_key="A-2")
    draft, refuse = scenario.task(review, "write_draft"), scenario.task(decision, "refuse")
    eventually(lambda: scenario.engine.count_tasks() == 2)

    def found(**wanted: Any) -> list[str]:
        query = TaskQuery(**wanted)
        tasks = scenario.engine.tasks(query)
        assert scenario.engine.count_tasks(replace(query, limit=1, offset=7)) >= len(tasks)
        return [task.id for task in tasks]

    by_name = sorted((draft, refuse), key=lambda task: task.name)
    assert found(order=TaskOrder.NAME) == [task.id for task in by_name]
    assert found(order=TaskOrder.NAME, descending=True) == [task.id for task in reversed(by_name)]
    assert found(order=TaskOrder.NAME, offset=1, limit=1) == [by_name[1].id]
    assert found(order=TaskOrder.NAME, offset=2) == []
    assert set(found(order=TaskOrder.DUE)) == {draft.id, refuse.id}
    assert found(business_key="A-2") == [refuse.id]
    assert found(name_like=containing("DRAFT")) == [draft.id]
    assert found(name_like=literally("rite draf")) == []
    assert found(element_id="refuse", definition_id=decision.definition_id) == [refuse.id]
    assert found(created_before=refuse.created_at) in ([], [draft.id])
    assert found(created_after=refuse.created_at + timedelta(days=1)) == []
    assert found(due_before=refuse.created_at + timedelta(days=1000)) == []
    scenario.engine.claim(draft.id, "ann")
    eventually(lambda: found(assigned=True) == [draft.id])
    assert scenario.engine.count_tasks(TaskQuery(assigned=True)) == 1
    for wrong in (TaskQuery(offset=-1), TaskQuery(limit=-1), TaskQuery(offset=2**40)):
        with pytest.raises(InvalidInput):
            scenario.engine.tasks(wrong)
