"""Processes tested as a user of `workflows.testing` tests them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from workers.registry import Registry, job
from workers.runners.embedded import EmbeddedRunner
from workflows.engine import InstanceState, Resource
from workflows.errors import BpmnError, InvalidDiagram
from workflows.testing import ProcessTest

DIAGRAMS = Path(__file__).with_name("diagrams")
REMINDER = DIAGRAMS / "reminder.bpmn"
WEEK = timedelta(days=7)


@pytest.fixture
def reminder() -> Iterator[ProcessTest]:
    with ProcessTest(REMINDER) as test:
        yield test


def test_a_reminder_comes_after_seven_days(reminder: ProcessTest) -> None:
    remind = reminder.on_job("remind")
    run = reminder.start("reminder")
    reminder.advance(WEEK - timedelta(seconds=1))
    assert remind.calls == 0
    reminder.advance(timedelta(seconds=1))
    assert remind.calls == 1
    run.assert_path("start", "answer", "week", "remind", "reminded")
    run.assert_waiting("answer")


def test_each_reminder_of_a_cycle_comes_at_its_own_time(reminder: ProcessTest) -> None:
    times: list[datetime] = []
    reminder.on_job("remind", lambda _: times.append(reminder.clock()))
    began = reminder.clock()
    run = reminder.start("reminder")
    reminder.advance_to(datetime(2026, 12, 24, tzinfo=UTC))
    assert times == [began + WEEK, began + 2 * WEEK, began + 3 * WEEK]
    assert run.instance.ended_at == began + timedelta(days=30)
    run.assert_completed()
    assert run.path[-2:] == ["month", "expired"]
    assert reminder.clock() == datetime(2026, 12, 24, tzinfo=UTC)


def test_timers_of_several_instances_fire_in_the_order_of_their_times(reminder: ProcessTest) -> None:
    order: list[object] = []
    reminder.on_job("remind", lambda variables: order.append(variables["who"]))
    reminder.start("reminder", {"who": "first"})
    reminder.advance(timedelta(days=1))
    reminder.start("reminder", {"who": "second"})
    reminder.advance(timedelta(days=14))
    assert order == ["first", "second"] * 2


def test_a_job_answers_with_variables(reminder: ProcessTest) -> None:
    book = reminder.on_job("book", {"ticket": 7})
    run = reminder.start("reminder", {"who": "Ana"})
    run.complete("answer", {"agreed": True}, by="ana")
    run.assert_completed()
    run.assert_variables(ticket=7, agreed=True)
    assert [job.variables["who"] for job in book.jobs] == ["Ana"]


def test_a_job_answers_with_an_error_of_the_diagram_then_otherwise(reminder: ProcessTest) -> None:
    reminder.on_job("book", BpmnError("TAKEN"), lambda variables: {"ticket": len(variables)})
    run = reminder.start("reminder")
    run.complete("answer", {"agreed": True})
    run.assert_waiting("answer")
    run.complete("answer", {"agreed": True})
    run.assert_passed("start", "taken", "answer", "booked")
    run.assert_not_passed("declined")
    run.assert_completed()


def test_a_job_that_fails_is_tried_again_when_time_passes(reminder: ProcessTest) -> None:
    book = reminder.on_job("book", TimeoutError("no line"), TimeoutError("no line"), {"ticket": 7})
    run = reminder.start("reminder")
    run.complete("answer", {"agreed": True})
    assert book.calls == 1
    run.assert_waiting("book")
    reminder.advance(timedelta(hours=1))
    assert book.calls == 3
    run.assert_completed()


def test_a_job_that_fails_for_good_is_an_incident(reminder: ProcessTest) -> None:
    reminder.on_job("book", TimeoutError("no line"))
    run = reminder.start("reminder")
    run.assert_incidents()
    run.complete("answer", {"agreed": True})
    reminder.advance(timedelta(hours=1))
    run.assert_incidents("book")
    run.assert_state(InstanceState.ACTIVE)


def test_a_real_registry_of_handlers_runs_with_its_tables_beside_the_engines(reminder: ProcessTest) -> None:
    handlers = ModuleType("handlers")

    @job("book")
    def book(session: Session, who: str) -> dict[str, object]:
        session.execute(text("INSERT INTO booking VALUES (:who)"), {"who": who})
        return {"ticket": 7}

    vars(handlers)["book"] = book
    with reminder.engine.database.begin() as connection:
        connection.execute(text("CREATE TABLE booking (who TEXT)"))
    reminder.workers.append(EmbeddedRunner(reminder.engine, Registry.of(handlers), {}, name="test").run_waiting)
    run = reminder.start("reminder", {"who": "Ana"})
    run.complete("answer", {"agreed": True})
    run.assert_variables(ticket=7)
    with reminder.engine.database.connect() as connection:
        assert connection.execute(text("SELECT who FROM booking")).scalars().all() == ["Ana"]


def test_expectations_that_fail_tell_what_happened(reminder: ProcessTest) -> None:
    reminder.on_job("book", TimeoutError("no line"))
    run = reminder.start("reminder")
    run.complete("answer", {"agreed": True})
    reminder.advance(timedelta(hours=1))
    expectations: tuple[Callable[[], None], ...] = (
        lambda: run.assert_path("start", "end"),
        lambda: run.assert_passed("start", "booked", "answer"),
        lambda: run.assert_not_passed("answer"),
        lambda: run.assert_waiting("answer"),
        run.assert_waiting,
        run.assert_completed,
        lambda: run.assert_variables(agreed=False),
        lambda: run.assert_variables(ticket=7),
        run.assert_incidents,
        lambda: run.complete("answer"),
    )
    for expectation in expectations:
        with pytest.raises(AssertionError) as told:
            expectation()
        assert "path: start > answer > choice > book" in str(told.value)
        assert "waits in: book" in str(told.value)
        assert "incident in book: TimeoutError: no line" in str(told.value)


def test_messages_and_signals_reach_processes_and_start_them() -> None:
    start = '<startEvent id="start"><{kind}EventDefinition {kind}Ref="root" /></startEvent>'
    flow = '<endEvent id="end" /><sequenceFlow id="flow" sourceRef="start" targetRef="end" />'
    with ProcessTest() as test:
        test.deploy(_process("called", start.format(kind="message") + flow, '<message id="root" name="call" />'))
        test.deploy(_process("rung", start.format(kind="signal") + flow, '<signal id="root" name="ring" />'))
        test.send_message("call", "Ana", {"loud": True})
        test.send_message("call", "Ben")
        test.send_signal("ring")
        called = {run.instance.business_key: run for run in test.runs("called")}
        assert called.keys() == {"Ana", "Ben"}
        called["Ana"].assert_variables(loud=True)
        (rung,) = test.runs("rung")
        rung.assert_path("start", "end")


def test_a_circle_of_jobs_is_told_instead_of_running_for_ever() -> None:
    inside = (
        '<startEvent id="start" /><sequenceFlow id="in" sourceRef="start" targetRef="work" />'
        '<serviceTask id="work" camunda:type="external" camunda:topic="work" />'
        '<sequenceFlow id="round" sourceRef="work" targetRef="work" />'
    )
    with ProcessTest(_process("circle", inside)) as test:
        test.most_jobs = 20
        test.on_job("work")
        with pytest.raises(RuntimeError, match="round in a circle"):
            test.start("circle")


def test_a_clock_does_not_go_back(reminder: ProcessTest) -> None:
    reminder.start("reminder")
    with pytest.raises(ValueError, match="can't go back"):
        reminder.advance(-WEEK)
    with pytest.raises(ValueError, match="no time zone"):
        reminder.advance_to(datetime(2027, 1, 1))  # noqa: DTZ001 -- that is the mistake


def test_a_diagram_that_cannot_run_is_refused() -> None:
    with ProcessTest() as test, pytest.raises(InvalidDiagram):
        test.deploy(_process("broken", '<startEvent id="start" /><serviceTask id="work" />'))


def _process(name: str, inside: str, roots: str = "") -> Resource:
    text = f"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
        xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:modeler="http://camunda.org/schema/modeler/1.0"
        modeler:executionPlatform="Camunda Platform" modeler:executionPlatformVersion="7.22.0" id="definitions"
        targetNamespace="http://bpmn.io/schema/bpmn">{roots}
        <process id="{name}" isExecutable="true" camunda:historyTimeToLive="30">{inside}</process></definitions>"""
    return Resource(f"{name}.bpmn", text.encode())
