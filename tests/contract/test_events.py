"""What every engine promises about messages, signals, timers and calls."""

from datetime import timedelta

from workflows.engine import InstanceQuery, InstanceState, TaskQuery
from workflows.values import Variables

from .subject import Scenario, eventually

HOUR = timedelta(hours=1)


def test_a_message_reaches_the_instance_with_its_key_once(scenario: Scenario) -> None:
    scenario.deploy("payment")
    first = scenario.engine.start("payment", {"order": "A"}, business_key="A")
    second = scenario.engine.start("payment", {"order": "B"}, business_key="B")
    sent = scenario.engine.publish_message("payment", "B", {"amount": 5})
    assert sent.instance_id in (second.id, None)
    scenario.task(second, "thank")
    assert scenario.engine.variables(second.id)["amount"] == 5
    assert scenario.tasks(first) == []


def test_a_message_waits_within_its_time_to_live(scenario: Scenario) -> None:
    scenario.deploy("payment")
    scenario.engine.publish_message("payment", "A", {"amount": 5}, time_to_live=HOUR)
    first = scenario.engine.start("payment", {"order": "A"}, business_key="A")
    scenario.task(first, "thank")
    second = scenario.engine.start("payment", {"order": "A"}, business_key="A")
    assert scenario.tasks(second) == []


def test_the_same_message_is_published_once(scenario: Scenario) -> None:
    scenario.deploy("payment")
    for _ in range(2):
        scenario.engine.publish_message("payment", "A", time_to_live=HOUR, message_id="m-1")
    first = scenario.engine.start("payment", {"order": "A"}, business_key="A")
    scenario.task(first, "thank")
    second = scenario.engine.start("payment", {"order": "A"}, business_key="A")
    assert scenario.tasks(second) == []


def test_a_message_starts_an_instance(scenario: Scenario) -> None:
    scenario.deploy("booking")
    scenario.engine.publish_message("paid", "A", {"amount": 5}, time_to_live=HOUR)
    eventually(lambda: len(scenario.engine.tasks(TaskQuery(process_id="booking"))) == 1)
    (task,) = scenario.engine.tasks(TaskQuery(process_id="booking"))
    assert scenario.engine.task_variables(task.id) == {"amount": 5}


def test_a_signal_reaches_all_that_wait_and_starts_instances(scenario: Scenario) -> None:
    scenario.deploy("guard", "alert")
    guards = [scenario.engine.start("guard") for _ in range(2)]
    scenario.engine.broadcast_signal("alarm", {"where": "lab"})
    for guard in guards:
        scenario.ends(guard)
        assert scenario.engine.variables(guard.id)["where"] == "lab"
    eventually(lambda: len(scenario.engine.tasks(TaskQuery(process_id="alert"))) == 1)


def test_a_timer_fires_when_it_is_due(scenario: Scenario) -> None:
    scenario.deploy("pause")
    started = scenario.engine.start("pause", {"pause": "PT2S"})
    assert scenario.engine.instance(started.id).state is InstanceState.ACTIVE
    scenario.subject.pass_time(timedelta(seconds=2))
    scenario.ends(started)


def test_a_timer_on_a_task_goes_with_the_task(scenario: Scenario) -> None:
    scenario.deploy("reminder")
    started = scenario.engine.start("reminder")
    scenario.engine.complete(scenario.task(started, "answer").id)
    scenario.ends(started)
    assert scenario.path(started) == ["start", "answer", "end"]


def test_a_called_process_runs_with_the_callers_variables_and_answers(scenario: Scenario) -> None:
    scenario.deploy("review", "publication")
    calling = scenario.engine.start("publication", {"reviewer": "ann"})
    eventually(lambda: len(scenario.engine.instances(InstanceQuery(parent_id=calling.id))) == 1)
    (called,) = scenario.engine.instances(InstanceQuery(parent_id=calling.id))
    assert (called.process_id, called.parent_id, calling.parent_id) == ("review", calling.id, None)
    scenario.engine.complete(scenario.task(called, "write_draft").id, {"text": "long"})
    scenario.engine.complete(scenario.task(called, "review_draft").id, {"good": True})
    scenario.ends(called)
    publish = scenario.task(calling, "publish")
    assert scenario.engine.task_variables(publish.id) == {"reviewer": "ann", "text": "long", "good": True}


def test_a_cancelled_caller_cancels_what_it_called(scenario: Scenario) -> None:
    scenario.deploy("review", "publication")
    calling = scenario.engine.start("publication", {"reviewer": "ann"})
    eventually(lambda: len(scenario.engine.instances(InstanceQuery(process_id="review"))) == 1)
    (called,) = scenario.engine.instances(InstanceQuery(process_id="review"))
    scenario.engine.cancel(calling.id)
    scenario.ends(calling, InstanceState.CANCELLED)
    scenario.ends(called, InstanceState.CANCELLED)


def test_a_reminder_does_not_end_the_task_it_reminds_of(scenario: Scenario) -> None:
    scenario.deploy("reminder")
    started = scenario.engine.start("reminder", {"who": "ann"})
    task = scenario.task(started, "answer")
    reminded: list[Variables] = []

    def remind(variables: Variables) -> Variables:
        reminded.append(variables)
        return {}

    scenario.subject.pass_time(timedelta(days=1))
    scenario.subject.run_jobs({"send_reminder": remind})
    assert reminded == [{"who": "ann"}]
    scenario.engine.complete(task.id)
    scenario.ends(started)
