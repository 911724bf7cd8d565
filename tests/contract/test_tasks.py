"""What every engine promises about user tasks."""

import pytest

from workflows.engine import TaskQuery
from workflows.errors import Conflict, NotFound

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
    scenario.engine.complete(draft.id, {"text": "first"})
    with pytest.raises(Conflict):
        scenario.engine.complete(draft.id, {"text": "second"})
    scenario.task(started, "review_draft")
    assert scenario.engine.variables(started.id)["text"] == "first"
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
