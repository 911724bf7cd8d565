"""The waiting list: a slot that is free again is offered to one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from tests.processes.conftest import BPMN
from workflows.errors import BpmnError
from workflows.testing import Coverage, ProcessTest, Run
from workflows.values import Variables

HOUR = timedelta(hours=1)
FREED: Variables = {"docid": "HSP-200", "starts_at": "2026-03-05T09:00:00+00:00"}
BOOKED: Variables = {"ticketid": "T-2", "patientid": 7, "specialization": "Cardiology"}


@contextmanager
def line(coverage: Coverage | None = None) -> Iterator[ProcessTest]:
    """Give the process, with three in line who have an hour to answer."""
    with ProcessTest(BPMN / "dams_waiting_list.bpmn", coverage=coverage) as test:
        offers = iter(("O-1", "O-2", "O-3"))

        def offered(_variables: Variables) -> Variables:
            return {"offer_id": next(offers, None), "offer_until": (test.clock() + HOUR).isoformat()}

        test.on_job("offer_slot", offered)
        test.on_job("accept_offer", BOOKED)
        for job_type in ("decline_offer", "expire_offer"):
            test.on_job(job_type)
        yield test


@pytest.fixture
def test() -> Iterator[ProcessTest]:
    """The process, ready to run."""
    with line() as test:
        yield test


def freed(test: ProcessTest) -> Run:
    sent = test.send_message("slot_freed", "T-1", FREED)
    return next(run for run in test.runs("Process_WaitingList") if run.id == sent.instance_id)


def test_a_slot_that_nobody_waits_for_is_for_everybody(test: ProcessTest) -> None:
    test.on_job("offer_slot", {"offer_id": None, "offer_until": None})
    run = freed(test)
    run.assert_path("StartEvent_SlotFreed", "Task_OfferSlot", "Gateway_Offered", "EndEvent_Free")
    run.assert_completed()


def test_an_accepted_offer_makes_an_appointment(test: ProcessTest) -> None:
    run = freed(test)
    test.send_message("offer_accepted", "O-1")
    run.assert_passed("Event_Accepted", "Task_AcceptOffer", "Event_AppointmentMade", "EndEvent_Taken")
    run.assert_completed()


def test_an_offer_that_expires_goes_to_the_next(test: ProcessTest) -> None:
    expire = test.on_job("expire_offer")
    run = freed(test)
    test.advance(HOUR)
    assert expire.calls == 1
    run.assert_variables(offer_id="O-2")
    assert test.send_message("offer_accepted", "O-1").instance_id is None
    assert test.send_message("offer_accepted", "O-2").instance_id == run.id
    run.assert_completed()


def test_a_declined_offer_goes_to_the_next_at_once(test: ProcessTest) -> None:
    run = freed(test)
    for offer in ("O-1", "O-2", "O-3"):
        run.assert_variables(offer_id=offer)
        test.send_message("offer_declined", offer)
    run.assert_passed("Event_Declined", "Task_DeclineOffer", "Task_OfferSlot", "EndEvent_Free")
    run.assert_completed()


def test_an_acceptance_that_is_not_possible_any_more_offers_the_slot_again(test: ProcessTest) -> None:
    test.on_job("accept_offer", BpmnError("REFUSED", "The patient has another appointment then."))
    run = freed(test)
    test.send_message("offer_accepted", "O-1")
    run.assert_passed("Task_AcceptOffer", "Event_Refused", "Task_DeclineOffer", "Task_OfferSlot")
    run.assert_variables(offer_id="O-2")


def test_slots_freed_by_one_appointment_are_offered_apart(test: ProcessTest) -> None:
    first, second = freed(test), freed(test)
    test.send_message("offer_accepted", "O-2")
    second.assert_completed()
    first.assert_waiting("Gateway_Answer")


def test_these_tests_take_every_path() -> None:
    coverage = Coverage()
    for scenario in (
        test_a_slot_that_nobody_waits_for_is_for_everybody,
        test_an_accepted_offer_makes_an_appointment,
        test_an_offer_that_expires_goes_to_the_next,
        test_a_declined_offer_goes_to_the_next_at_once,
        test_an_acceptance_that_is_not_possible_any_more_offers_the_slot_again,
    ):
        with line(coverage) as test:
            scenario(test)
    assert coverage.diagram("dams_waiting_list.bpmn").missed == [], coverage.text()
