"""The life of an appointment over HTTP while a broker moves it: reminded, paid, moved, cancelled, released."""

from datetime import datetime, timedelta

import pytest

from app.clinic.billing import BillStatus
from app.clinic.models import AppointmentStatus
from tests.house import House
from tests.lives import Life, book, eventually, pass_until
from tests.zeebe.service.house import FIRST_KEYS

DOCTOR = "amara.okafor"


@pytest.fixture
def life(house: House) -> Life:
    """An appointment some days ahead, not paid; its process and that of its bill are on the broker."""
    found = book(house)
    for process_id in ("Process_ApptDams01", "Process_Billing"):
        assert found.instance(process_id).id.startswith(FIRST_KEYS)
    return found


def test_a_paid_appointment_is_moved_and_cancelled_in_time(house: House, life: Life) -> None:
    before = life.appointment
    life.pay("50.00")
    assert life.bill().status is BillStatus.HELD
    life.pay("70.00")
    life.settle()
    assert life.bill().status is BillStatus.PAID
    page = life.visitor.open(f"{life.path}/reschedule")
    wanted = next(each for each in reversed(page.options("starts_at")) if each != before.starts_at.isoformat())
    after = life.visitor.submit(page, {"starts_at": wanted}, form="/reschedule")
    assert "The appointment is moved" in after.text
    assert life.appointment.starts_at == datetime.fromisoformat(wanted)
    assert life.is_free(before.docid, before.starts_at)
    eventually(lambda: life.was_told("Moved:"))
    life.settle()
    assert "The appointment is cancelled" in life.send("cancel", reason="I am well again.").text
    life.end()
    assert life.status() is AppointmentStatus.CANCELLED
    assert (life.bill().status, str(life.bill().refunded)) == (BillStatus.REFUNDED, "120.00")
    assert life.is_free(before.docid, datetime.fromisoformat(wanted))
    for username in (None, DOCTOR):
        assert life.was_told("Cancelled:", username)


def test_an_appointment_is_released_when_its_payment_is_overdue(house: House, life: Life) -> None:
    starts_at = life.appointment.starts_at
    for reminders in (1, 2):
        pass_until(house, house.clock.now + timedelta(days=1))
        eventually(lambda: len([each for each in life.told() if each.startswith("Payment for")]), reminders)
    pass_until(house, house.clock.now + timedelta(days=1))
    life.end()
    assert life.status() is AppointmentStatus.CANCELLED
    assert life.is_free("HSP-200", starts_at)
    for username in (None, DOCTOR):
        assert any("was released" in subject for subject in life.told(username))


def test_who_comes_is_reminded_and_the_visit_ends_the_process(house: House, life: Life) -> None:
    life.pay("120.00")
    life.settle()
    pass_until(house, life.appointment.starts_at - timedelta(hours=23))
    eventually(lambda: life.was_told("Reminder:"))
    assert "could be cancelled until" in life.send("cancel", reason="I overslept.").text
    life.settle()
    assert life.status() is AppointmentStatus.BOOKED
    pass_until(house, life.appointment.starts_at)
    doctor = house.visitor(DOCTOR)
    page = doctor.submit(doctor.open(life.path), form="/check-in")
    assert "The patient is checked in." in page.text
    assert "The appointment is completed." in doctor.submit(page, form="/complete").text
    life.end()
    assert (life.status(), life.bill().status) == (AppointmentStatus.COMPLETED, BillStatus.PAID)
