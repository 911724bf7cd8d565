"""The appointment's process: from the first form to the end of its life."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta

import pytest

from tests.processes.conftest import BPMN
from workflows.errors import BpmnError
from workflows.testing import Coverage, InMemoryEngine, ProcessTest, Run
from workflows.values import Variables

TICKET = "T-0000000001"
DAY = timedelta(days=1)
FORMS = (
    ("Task_Specialization", {"specialization": "Cardiology"}),
    ("Task_SelectDoctor", {"docid": "HSP-200"}),
    ("Task_Availability", {"starts_at": "2026-03-12T09:00:00+00:00"}),
    ("Task_PatientDetail", {"patientid": "7", "priority_level": "3"}),
)
FREED = {"freed_docid": "HSP-200", "freed_starts_at": "2026-03-12T09:00:00+00:00"}
REFUSED = BpmnError("REFUSED", "That is not possible any more.")
QUIET = (
    "list_doctors", "list_free_slots", "reserve_slot", "notify_doctor", "schedule_documents", "send_reminder",
    "close_overdue", "tell_cancelled", "check_in", "close_appointment", "tell_rescheduled", "offer_other_times",
)  # fmt: skip


class Plan:
    """A double of what plans the next date: reminders on the 10th and 11th of March, the end on the 13th."""

    def __init__(self, test: ProcessTest) -> None:
        self._test = test
        self.absent = False

    def __call__(self, variables: Variables) -> Variables:
        now = self._test.clock()
        dates = [("absence", 9)] if self.absent else [("reminder", 10), ("reminder", 11), ("over", 13)]
        what, when = next(
            (what, at) for what, day in dates if (at := datetime(2026, 3, day, 9, tzinfo=now.tzinfo)) > now
        )
        return {"booked": True, "wake_for": what, "wake_at": when.isoformat(), "answered": variables.get("request")}


@contextmanager
def practice(coverage: Coverage | None = None, core: str = "dams") -> Iterator[ProcessTest]:
    """Give the process, stepped by this core, with those that it calls and starts."""
    names = ("dams_appointment.bpmn", "dams_billing.bpmn", "dams_waiting_list.bpmn", "dams_price.dmn")
    with closing(InMemoryEngine(cores={"Process_ApptDams01": core})) as engine:
        test = ProcessTest(*(BPMN / name for name in names), engine=engine, coverage=coverage)
        for job_type in QUIET:
            test.on_job(job_type)
        test.on_job("prepare_booking", {"ticketid": TICKET, "specializations": ["Cardiology"], "patients": []})
        test.on_job("plan_appointment", Plan(test))
        test.on_job("cancel_appointment", {"refundable": True, **FREED})
        test.on_job("release_slot", {"refundable": True, **FREED})
        test.on_job("reschedule_appointment", {"starts_at": "2026-03-12T10:00:00+00:00", **FREED})
        now = test.clock()
        test.on_job("charge_appointment", {"payment_reminders": [], "hold_until": (now + 7 * DAY).isoformat()})
        for job_type in ("issue_release", "remind_of_payment", "take_back_charge", "refund_payment"):
            test.on_job(job_type)
        test.on_job("offer_slot", {"offer_id": None, "offer_until": None})
        yield test


@pytest.fixture(params=["dams", "spiff"])
def test(request: pytest.FixtureRequest) -> Iterator[ProcessTest]:
    """The processes, ready to run on either core."""
    with practice(core=request.param) as test:
        yield test


def fill(run: Run, forms: int = 4) -> None:
    for element_id, entries in FORMS[:forms]:
        run.complete(element_id, dict(entries))


def booked(test: ProcessTest) -> Run:
    """Book an appointment."""
    run = test.start("Process_ApptDams01", business_key=TICKET, by="ana")
    fill(run)
    run.assert_variables(booked=True)
    return run


@pytest.fixture
def run(test: ProcessTest) -> Run:
    """A booked appointment."""
    return booked(test)


def bill(test: ProcessTest) -> Run:
    return test.runs("Process_Billing")[-1]


def test_a_booked_appointment_waits_for_whatever_comes_and_is_billed(test: ProcessTest, run: Run) -> None:
    run.assert_waiting("Gateway_Life", "Call_Billing")
    bill(test).assert_variables(ticketid=TICKET, price=120)
    assert bill(test).instance.business_key == TICKET


def test_a_booking_does_not_wait_for_its_bill(test: ProcessTest) -> None:
    test.on_job("charge_appointment", RuntimeError("the till is closed"))
    run = test.start("Process_ApptDams01", business_key=TICKET, by="ana")
    fill(run)
    run.assert_variables(booked=True)


def test_incomplete_forms_lead_back(test: ProcessTest) -> None:
    run = test.start("Process_ApptDams01", business_key=TICKET, by="ana")
    fill(run, 3)
    run.complete("Task_PatientDetail", {"patientid": "7", "priority_level": None})
    run.assert_waiting("Task_Specialization")


def test_a_doctor_without_time_and_a_slot_that_is_taken_lead_back(test: ProcessTest) -> None:
    test.on_job("list_free_slots", BpmnError("NO_FREE_SLOTS", "No time."), {})
    test.on_job("reserve_slot", BpmnError("SLOT_TAKEN", "Too late."), {})
    run = test.start("Process_ApptDams01", business_key=TICKET, by="ana")
    fill(run, 2)
    run.assert_waiting("Task_SelectDoctor")
    run.complete("Task_SelectDoctor", {"docid": "HSP-201"})
    for element_id, entries in FORMS[2:]:
        run.complete(element_id, dict(entries))
    run.assert_waiting("Task_Availability")
    run.assert_variables(slot_note="Too late.")


def test_each_reminder_comes_once_then_what_nobody_closed_is_closed(test: ProcessTest, run: Run) -> None:
    remind, close = test.on_job("send_reminder"), test.on_job("close_overdue")
    test.send_message("payment_received", TICKET)
    test.advance_to(datetime(2026, 3, 12, 12, tzinfo=test.clock().tzinfo))
    assert (remind.calls, close.calls) == (2, 0)
    test.advance(30 * DAY)
    assert (remind.calls, close.calls) == (2, 1)
    run.assert_passed("Task_Remind", "Task_Remind", "Task_EndOver", "EndEvent_Overdue", "EndEvent_Billed")
    run.assert_completed()
    bill(test).assert_passed("EndEvent_Settled")


def test_cancelling_tells_both_undoes_the_bill_and_frees_the_slot(test: ProcessTest, run: Run) -> None:
    offer = test.on_job("offer_slot", {"offer_id": None, "offer_until": None})
    test.send_message("payment_received", TICKET)
    test.send_message("cancel_appointment", TICKET, {"request": "R-1", "by": "ana"})
    run.assert_passed("Task_Cancel", "Task_TellCancelled", "Task_WithdrawDocuments", "Event_TellCancelled",
                      "Event_SlotFreed", "EndEvent_Cancelled", "EndEvent_Billed")  # fmt: skip
    run.assert_completed()
    bill(test).assert_passed("Task_Refund", "Task_TakeBackCharge")
    (job,) = offer.jobs
    assert (job.variables["docid"], job.variables["starts_at"]) == tuple(FREED.values())


REFUSALS = [
    ("cancel_appointment", "cancel_appointment", "Event_CancelRefused"),
    ("payment_hold_expired", "release_slot", "Event_ReleaseRefused"),
    ("close_appointment", "close_appointment", "Event_CloseRefused"),
    ("check_in", "check_in", "Event_CheckInRefused"),
    ("reschedule_appointment", "reschedule_appointment", "Event_RescheduleRefused"),
]


@pytest.mark.parametrize(("message", "job_type", "boundary"), REFUSALS)
def test_what_is_refused_changes_nothing_and_says_why(
    test: ProcessTest, run: Run, message: str, job_type: str, boundary: str
) -> None:
    test.on_job(job_type, REFUSED)
    test.send_message(message, TICKET, {"request": "R-1"})
    run.assert_passed(boundary, "Task_PlanNext")
    run.assert_variables(refusal="That is not possible any more.", answered="R-1")
    run.assert_waiting("Gateway_Life", "Call_Billing")
    bill(test).assert_waiting("Gateway_Unpaid")


def test_a_hold_that_expires_releases_the_slot(test: ProcessTest, run: Run) -> None:
    test.advance(7 * DAY)
    run.assert_passed("Event_HoldExpired", "Task_ReleaseSlot", "Task_TellCancelled", "EndEvent_Cancelled")
    run.assert_completed()
    bill(test).assert_passed("Event_HoldExpired", "Task_TakeBackCharge")
    bill(test).assert_completed()


def test_rescheduling_frees_the_old_slot_and_tells_both(test: ProcessTest, run: Run) -> None:
    test.send_message("reschedule_appointment", TICKET, {"request": "R-1"})
    run.assert_passed("Task_Reschedule", "Event_SlotLeft", "Task_TellRescheduled", "Task_RemakeDocuments",
                      "Task_PlanNext")  # fmt: skip
    run.assert_variables(answered="R-1", starts_at="2026-03-12T10:00:00+00:00")
    assert len(test.runs("Process_WaitingList")) == 1
    run.assert_waiting("Gateway_Life", "Call_Billing")


def test_check_in_then_closing_ends_the_appointment(test: ProcessTest, run: Run) -> None:
    test.send_message("check_in", TICKET)
    run.assert_waiting("Gateway_Life", "Call_Billing")
    test.send_message("payment_received", TICKET)
    test.send_message("close_appointment", TICKET, {"outcome": "completed"})
    run.assert_passed("Task_CheckIn", "Task_Close", "Event_TellOver", "EndEvent_Over", "EndEvent_Billed")
    run.assert_completed()
    bill(test).assert_passed("EndEvent_Settled")


def test_an_absence_offers_other_times_and_then_releases_the_slot(test: ProcessTest, run: Run) -> None:
    plan = Plan(test)
    plan.absent = True
    test.on_job("plan_appointment", plan)
    offer, release = test.on_job("offer_other_times"), test.on_job("release_slot", {"refundable": True, **FREED})
    test.send_message("doctor_absent", TICKET)
    assert (offer.calls, release.calls) == (1, 0)
    run.assert_waiting("Gateway_Life", "Call_Billing")
    test.advance_to(datetime(2026, 3, 9, 10, tzinfo=test.clock().tzinfo))
    assert release.calls == 1
    run.assert_completed()


def test_an_appointment_that_was_made_elsewhere_lives_the_same_life(test: ProcessTest) -> None:
    made: Variables = {"ticketid": "T-2", "docid": "HSP-200", "patientid": 7, "specialization": "Pediatrics"}
    test.send_message("appointment_made", "T-2", made)
    (run,) = test.runs("Process_ApptDams01")
    run.assert_passed("StartEvent_Made", "Task_FinalizeSchedule", "Task_ScheduleDocuments", "Task_PlanNext")
    assert run.instance.business_key == "T-2"
    test.send_message("cancel_appointment", "T-2")
    run.assert_completed()


def test_these_tests_take_every_path() -> None:
    coverage = Coverage()
    for booking in (
        test_incomplete_forms_lead_back,
        test_a_doctor_without_time_and_a_slot_that_is_taken_lead_back,
        test_an_appointment_that_was_made_elsewhere_lives_the_same_life,
    ):
        with practice(coverage) as test:
            booking(test)
    for life in (
        test_each_reminder_comes_once_then_what_nobody_closed_is_closed,
        test_cancelling_tells_both_undoes_the_bill_and_frees_the_slot,
        test_a_hold_that_expires_releases_the_slot,
        test_rescheduling_frees_the_old_slot_and_tells_both,
        test_check_in_then_closing_ends_the_appointment,
        test_an_absence_offers_other_times_and_then_releases_the_slot,
    ):
        with practice(coverage) as test:
            life(test, booked(test))
    for message, job_type, boundary in REFUSALS:
        with practice(coverage) as test:
            test_what_is_refused_changes_nothing_and_says_why(test, booked(test), message, job_type, boundary)
    assert coverage.diagram("dams_appointment.bpmn").missed == [], coverage.text()
