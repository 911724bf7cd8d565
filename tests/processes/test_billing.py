"""The billing process: what an appointment costs, until it is paid, undone, or over."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from tests.processes.conftest import BPMN
from workflows.testing import Coverage, ProcessTest, Run
from workflows.values import JsonValue

TICKET = "T-0000000001"
DAY = timedelta(days=1)


@contextmanager
def till(coverage: Coverage | None = None) -> Iterator[ProcessTest]:
    """Give the process and its decision, with reminders after one and two days, and a hold of three."""
    with ProcessTest(BPMN / "dams_billing.bpmn", BPMN / "dams_price.dmn", coverage=coverage) as test:
        now = test.clock()

        def charged(_variables: dict[str, JsonValue]) -> dict[str, JsonValue]:
            reminders: list[JsonValue] = [_text(now + DAY), _text(now + 2 * DAY)]
            return {"payment_reminders": reminders, "hold_until": _text(now + 3 * DAY)}

        test.on_job("charge_appointment", charged)
        for job_type in ("issue_release", "remind_of_payment", "take_back_charge", "refund_payment"):
            test.on_job(job_type)
        yield test


@pytest.fixture
def test() -> Iterator[ProcessTest]:
    """The process, ready to run."""
    with till() as test:
        yield test


def _text(moment: datetime) -> str:
    return moment.isoformat()


def billed(test: ProcessTest, specialization: str = "Cardiology") -> Run:
    return test.start("Process_Billing", {"ticketid": TICKET, "specialization": specialization}, business_key=TICKET)


@pytest.mark.parametrize(
    ("specialization", "price"),
    [("Cardiology", 120), ("Dermatology", 85), ("Family medicine", 60), ("Pediatrics", 65), ("Witchcraft", 60)],
)
def test_the_price_is_that_of_the_specialization(test: ProcessTest, specialization: str, price: int) -> None:
    run = billed(test, specialization)
    run.assert_variables(price=price)
    run.assert_waiting("Gateway_Unpaid")


def test_a_paid_bill_is_released_and_settled_when_the_appointment_is_over(test: ProcessTest) -> None:
    run = billed(test)
    test.send_message("payment_received", TICKET)
    run.assert_waiting("Event_OverPaid")
    test.send_message("appointment_over", TICKET)
    run.assert_passed("Event_Paid", "Task_Release", "EndEvent_Settled")
    run.assert_completed()


def test_an_unpaid_bill_is_owed_when_the_appointment_is_over(test: ProcessTest) -> None:
    run = billed(test)
    test.send_message("appointment_over", TICKET)
    run.assert_passed("Event_OverUnpaid", "EndEvent_Owed")
    run.assert_completed()


def test_reminders_come_at_their_times_then_the_hold_expires_and_does_so_daily(test: ProcessTest) -> None:
    remind = test.on_job("remind_of_payment")
    run = billed(test)
    for calls, days in ((0, 0.9), (1, 0.2), (1, 0.8), (2, 0.2)):
        test.advance(days * DAY)
        assert remind.calls == calls
    run.assert_not_passed("Event_HoldExpired")
    test.advance(DAY)
    assert run.path.count("Event_HoldExpired") == 1
    test.advance(DAY)
    assert run.path.count("Event_HoldExpired") == 2
    assert remind.calls == 2
    run.assert_waiting("Gateway_Unpaid")


def test_a_payment_is_taken_after_the_hold_too(test: ProcessTest) -> None:
    run = billed(test)
    test.advance(4 * DAY)
    test.send_message("payment_received", TICKET)
    run.assert_passed("Event_HoldExpired", "Task_Release")


def test_cancelling_in_time_undoes_the_payment_then_the_charge(test: ProcessTest) -> None:
    run = billed(test)
    test.send_message("payment_received", TICKET)
    test.send_message("appointment_cancelled", TICKET, {"refundable": True})
    run.assert_passed("StartEvent_Cancelled", "Event_Undone", "Task_Refund", "Task_TakeBackCharge")
    run.assert_completed()


def test_cancelling_an_unpaid_appointment_takes_only_the_charge_back(test: ProcessTest) -> None:
    run = billed(test)
    test.send_message("appointment_cancelled", TICKET, {"refundable": True})
    run.assert_passed("Event_Undone", "Task_TakeBackCharge")
    run.assert_not_passed("Task_Refund")
    run.assert_completed()


def test_cancelling_late_leaves_charge_and_payment(test: ProcessTest) -> None:
    run = billed(test)
    test.send_message("payment_received", TICKET)
    test.send_message("appointment_cancelled", TICKET, {"refundable": False})
    run.assert_passed("EndEvent_ChargeStays")
    run.assert_not_passed("Task_Refund", "Task_TakeBackCharge")
    run.assert_completed()


def test_messages_for_another_ticket_change_nothing(test: ProcessTest) -> None:
    run = billed(test)
    for name in ("payment_received", "appointment_over", "appointment_cancelled"):
        assert test.send_message(name, "T-0000000002", {"refundable": True}).instance_id is None
    run.assert_waiting("Gateway_Unpaid")


def test_what_fails_waits_for_staff_and_goes_on(test: ProcessTest) -> None:
    release = test.on_job("issue_release", RuntimeError("no printer"), RuntimeError("still none"), ValueError("no"), {})
    run = billed(test)
    test.send_message("payment_received", TICKET)
    test.advance(DAY)
    run.assert_incidents("Task_Release")
    (incident,) = test.engine.incidents(run.id)
    test.engine.resolve(incident.id)
    test.settle()
    assert release.calls == 4
    run.assert_waiting("Event_OverPaid")


def test_these_tests_take_every_path() -> None:
    coverage = Coverage()
    for scenario in (
        test_a_paid_bill_is_released_and_settled_when_the_appointment_is_over,
        test_an_unpaid_bill_is_owed_when_the_appointment_is_over,
        test_reminders_come_at_their_times_then_the_hold_expires_and_does_so_daily,
        test_cancelling_in_time_undoes_the_payment_then_the_charge,
        test_cancelling_late_leaves_charge_and_payment,
    ):
        with till(coverage) as test:
            scenario(test)
    assert coverage.diagram("dams_billing.bpmn").missed == [], coverage.text()
