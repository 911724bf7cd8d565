"""The absence of a doctor: recorded once, told to each appointment."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.processes.conftest import BPMN
from workflows.engine import Resource
from workflows.errors import BpmnError
from workflows.testing import Coverage, ProcessTest

ABSENCE = {"docid": "HSP-200", "first_day": "2026-03-05", "last_day": "2026-03-05"}
LISTENER = Resource(
    "listener.bpmn",
    b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="tests">
  <process id="listener" isExecutable="true">
    <startEvent id="start" />
    <intermediateCatchEvent id="told"><messageEventDefinition messageRef="absent" /></intermediateCatchEvent>
    <endEvent id="end" />
    <sequenceFlow id="f1" sourceRef="start" targetRef="told" />
    <sequenceFlow id="f2" sourceRef="told" targetRef="end" />
  </process>
  <message id="absent" name="doctor_absent" />
</definitions>""",
)


@contextmanager
def ward(coverage: Coverage | None = None) -> Iterator[ProcessTest]:
    """Give the process, and another one that waits for what it tells."""
    with ProcessTest(BPMN / "dams_absence.bpmn", LISTENER, coverage=coverage) as test:
        yield test


@pytest.fixture
def test() -> Iterator[ProcessTest]:
    """The process, ready to run."""
    with ward() as test:
        yield test


def test_each_appointment_is_told_and_no_other(test: ProcessTest) -> None:
    test.on_job("record_absence", {"tickets": ["T-1", "T-3"]})
    waiting = {ticket: test.start("listener", business_key=ticket) for ticket in ("T-1", "T-2", "T-3")}
    run = test.start("Process_Absence", ABSENCE)
    run.assert_completed()
    for ticket in ("T-1", "T-3"):
        waiting[ticket].assert_completed()
    waiting["T-2"].assert_waiting("told")


def test_an_absence_without_appointments_is_recorded(test: ProcessTest) -> None:
    test.on_job("record_absence", {"tickets": []})
    run = test.start("Process_Absence", ABSENCE)
    run.assert_passed("Task_RecordAbsence", "EndEvent_Told")
    run.assert_completed()


def test_a_refused_absence_tells_nobody_and_says_why(test: ProcessTest) -> None:
    test.on_job("record_absence", BpmnError("REFUSED", "Another leave overlaps this one."))
    run = test.start("Process_Absence", ABSENCE)
    run.assert_passed("Event_Refused", "EndEvent_Refused")
    run.assert_not_passed("Task_TellAppointments")
    run.assert_completed()


def test_these_tests_take_every_path() -> None:
    coverage = Coverage()
    for scenario in (test_each_appointment_is_told_and_no_other, test_a_refused_absence_tells_nobody_and_says_why):
        with ward(coverage) as test:
            scenario(test)
    assert coverage.diagram("dams_absence.bpmn").missed == [], coverage.text()
