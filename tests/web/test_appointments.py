"""The life of an appointment over HTTP: the pages ask the process, which decides."""

from datetime import datetime, timedelta

import pytest

from app.clinic import appointments, billing, people
from app.clinic.billing import Balance, BillStatus
from app.clinic.models import AppointmentStatus
from app.clinic.slots import free_slots
from app.clinic.tickets import new_ticket
from tests.house import House
from tests.lives import Life, book, eventually, pass_until
from workflows.engine import InstanceQuery, InstanceState

DAY = timedelta(days=1)
DOCTOR = "amara.okafor"


@pytest.fixture
def life(house: House) -> Life:
    """An appointment some days ahead."""
    return book(house)


@pytest.fixture
def late(house: House) -> Life:
    """An appointment within the cut-off."""
    return book(house, pick=0)


# The page


def test_the_page_shows_what_is_booked_billed_and_possible(life: Life) -> None:
    page = life.visitor.open(life.path)
    assert page.heading == f"Appointment with Dr {life.appointment.doctor.full_name}"
    for shown in (life.ticketid, "booked", "120.00 GBP to be paid", "Pay the bill", "Choose another time", "Cancel"):
        assert shown in page.text
    assert "Check in" not in page.text


def test_others_find_nothing_and_the_doctor_and_staff_find_it(house: House, life: Life) -> None:
    stranger = house.visitor(house.add_patient())
    for path in (life.path, f"{life.path}/cancel", f"{life.path}/reschedule"):
        assert stranger.open(path).status == 404
        assert house.visitor(DOCTOR).open(path).status == 200
        assert house.visitor("admin").open(path).status == 200
    form = life.visitor.open(f"{life.path}/cancel").form("/cancel")
    assert stranger.post(str(form.action), dict(stranger.open("/dashboard").form().form_values())).status == 404
    assert life.status() is AppointmentStatus.BOOKED


def test_an_unknown_ticket_is_not_found(life: Life) -> None:
    for path in ("/appointments/T-NOTHING", "/appointments/T-NOTHING/cancel", f"{life.path}/reschedule/HSP-999"):
        assert life.visitor.open(path).status == 404


# Paying


def test_a_part_keeps_the_bill_waiting_and_the_rest_releases_it(life: Life) -> None:
    life.pay("50.00")
    assert life.bill().status is BillStatus.HELD
    assert "Gateway_Unpaid" in life.waits_in("Process_Billing")
    life.pay("70.00")
    eventually(lambda: "Event_OverPaid" in life.waits_in("Process_Billing"))
    assert life.bill().status is BillStatus.PAID
    assert len([subject for subject in life.told() if subject.startswith("Your bill is paid")]) == 1


def test_a_slot_is_held_until_its_payment_is_overdue(house: House, life: Life) -> None:
    before = life.appointment
    for reminders in (1, 2):
        pass_until(house, house.clock.now + DAY)
        eventually(lambda: sum(each.startswith("Payment for") for each in life.told()), reminders)
    assert life.status() is AppointmentStatus.BOOKED
    pass_until(house, house.clock.now + DAY)
    life.end()
    assert life.status() is AppointmentStatus.CANCELLED
    assert life.bill().status is BillStatus.VOID
    assert life.is_free(before.docid, before.starts_at)
    assert life.calendar == ("CANCELLED", 1)
    assert life.was_told("Your appointment on")
    assert any("was released" in subject for subject in life.told())
    assert any("was released" in subject for subject in life.told(DOCTOR))


# Cancelling


def test_a_paid_appointment_cancelled_in_time_is_refunded_and_free_again(life: Life) -> None:
    before = life.appointment
    life.pay("120.00")
    eventually(lambda: "Event_OverPaid" in life.waits_in("Process_Billing"))
    page = life.send("cancel", reason="I am well again.")
    assert page.path == life.path
    assert "The appointment is cancelled" in page.text
    life.end()
    assert life.status() is AppointmentStatus.CANCELLED
    assert (life.bill().status, str(life.bill().refunded)) == (BillStatus.REFUNDED, "120.00")
    assert life.is_free(before.docid, before.starts_at)
    assert life.was_told("Cancelled:")
    assert life.was_told("Cancelled:", DOCTOR)
    assert life.was_told("120.00 GBP are given back")
    assert life.calendar == ("CANCELLED", 1)
    again = life.visitor.open(life.path)
    assert "cancelled" in again.text
    assert "What can be done now" not in again.text


def test_a_payment_on_hold_ends_when_the_appointment_is_cancelled_in_time(life: Life) -> None:
    life.pay("50.00")
    eventually(lambda: life.waits_in("dams_payment"), ["dams_patient_rest"])
    life.send("cancel")
    life.end()
    assert (life.bill().status, str(life.bill().refunded)) == (BillStatus.REFUNDED, "50.00")
    eventually(lambda: life.instance("dams_payment").state, InstanceState.COMPLETED)
    assert len([subject for subject in life.told() if "50.00 GBP are given back" in subject]) == 1


def test_an_unpaid_appointment_cancelled_in_time_costs_nothing(life: Life) -> None:
    assert "The appointment is cancelled" in life.send("cancel").text
    life.end()
    assert life.bill().status is BillStatus.VOID
    assert not life.was_told("0.00")


def test_cancelling_after_the_cut_off_is_refused_beside_the_field(late: Life) -> None:
    assert "too late to change" in late.visitor.open(late.path).text
    page = late.send("cancel", reason="I overslept.")
    assert (page.status, page.path) == (422, f"{late.path}/cancel")
    message = page.html.xpath("string(//*[@id='f0-error'])")
    assert "This appointment could be cancelled until" in message
    assert page.chosen("reason") == ["I overslept."]
    late.settle()
    assert late.status() is AppointmentStatus.BOOKED
    assert late.bill().status is BillStatus.OPEN
    assert not late.was_told("Cancelled:")


def test_staff_cancel_late_too_and_the_charge_stays(house: House, late: Life) -> None:
    late.pay("120.00")
    eventually(lambda: "Event_OverPaid" in late.waits_in("Process_Billing"))
    staff = house.visitor("admin")
    question = staff.open(f"{late.path}/cancel")
    assert "what was charged stays charged" in question.text
    assert "The appointment is cancelled" in staff.submit(question, form="/cancel").text
    late.end()
    assert (late.status(), late.bill().status) == (AppointmentStatus.CANCELLED, BillStatus.PAID)


def test_cancelling_twice_is_refused_the_second_time(life: Life) -> None:
    page = life.visitor.open(f"{life.path}/cancel")
    life.visitor.submit(page, form="/cancel")
    life.end()
    again = life.visitor.submit(page, form="/cancel")
    assert "This appointment is over" in again.text
    assert life.appointment.sequence == 1


# Rescheduling


def test_rescheduling_keeps_the_ticket_and_frees_the_old_time(life: Life) -> None:
    before = life.appointment
    page = life.visitor.open(f"{life.path}/reschedule")
    wanted = page.options("starts_at")[-1]
    assert wanted != before.starts_at.isoformat()
    after = life.visitor.submit(page, {"starts_at": wanted}, form="/reschedule")
    assert after.path == life.path
    assert "The appointment is moved" in after.text
    now = life.appointment
    assert (now.ticketid, now.status) == (before.ticketid, AppointmentStatus.BOOKED)
    assert now.starts_at == datetime.fromisoformat(wanted)
    assert life.is_free(before.docid, before.starts_at)
    assert not life.is_free(now.docid, now.starts_at)
    assert life.was_told("Moved:")
    assert life.was_told("Moved:", DOCTOR)
    assert life.calendar == ("CONFIRMED", 1)
    life.settle()
    wake_at = str(life.house.engine.variables(life.instance().id)["wake_at"])
    assert datetime.fromisoformat(wake_at) == now.starts_at - 7 * DAY


def test_another_doctor_for_the_same_can_be_chosen(life: Life) -> None:
    page = life.visitor.open(f"{life.path}/reschedule")
    others = life.visitor.open(page.link("Free times of Dr"))
    life.visitor.submit(others, {"starts_at": others.options("starts_at")[-1]}, form="/reschedule")
    assert life.appointment.docid == "HSP-201"
    assert any("is not yours any more" in subject for subject in life.told(DOCTOR))


def test_a_doctor_for_something_else_cannot_be_chosen(life: Life) -> None:
    assert life.visitor.open(f"{life.path}/reschedule/HSP-205").status == 422


def test_a_time_that_somebody_took_meanwhile_is_refused_beside_the_field(house: House, life: Life) -> None:
    before = life.appointment
    page = life.visitor.open(f"{life.path}/reschedule")
    other = book(house)
    taken = other.appointment.starts_at.isoformat()
    refused = life.visitor.submit(page, {"starts_at": taken}, form="/reschedule")
    assert refused.status == 422
    assert "Somebody else has just taken this time." in refused.html.xpath("string(//*[@id='f0-error'])")
    life.settle()
    assert (life.appointment.starts_at, life.appointment.sequence) == (before.starts_at, 0)
    assert other.status() is AppointmentStatus.BOOKED


def test_a_time_that_is_not_offered_is_refused_beside_the_field(life: Life) -> None:
    before = life.appointment.starts_at
    for wrong in ("2026-06-07T03:00:00+00:00", "2020-01-06T08:00:00+00:00", "tomorrow", ""):
        page = life.send("reschedule", starts_at=wrong)
        assert page.status == 422
        assert page.html.xpath("string(//*[@id='f0-error'])")
        assert life.appointment.starts_at == before


def test_rescheduling_after_the_cut_off_is_refused(late: Life) -> None:
    page = late.visitor.open(f"{late.path}/reschedule")
    refused = late.visitor.submit(page, {"starts_at": page.options("starts_at")[-1]}, form="/reschedule")
    assert refused.status == 422
    assert "could be rescheduled until" in refused.text
    assert late.appointment.sequence == 0


# The day itself


def test_a_patient_is_checked_in_and_seen(house: House, late: Life) -> None:
    doctor, patient = house.visitor(DOCTOR), late.appointment.patient.full_name
    page = doctor.open(late.path)
    assert page.heading == f"Appointment of {patient}"
    assert doctor.open(page.link(patient)).heading == patient
    page = doctor.submit(page, form="/check-in")
    assert "The patient is checked in." in page.text
    assert late.status() is AppointmentStatus.CHECKED_IN
    assert "Cancel the appointment" not in page.text
    page = doctor.submit(page, form="/complete")
    assert "The appointment is completed." in page.text
    late.end()
    assert late.status() is AppointmentStatus.COMPLETED
    assert late.bill().status is BillStatus.OPEN


def test_checking_in_on_another_day_is_refused(house: House, life: Life) -> None:
    staff = house.visitor("admin")
    page = staff.post(f"{life.path}/check-in", dict(staff.open(f"{life.path}/cancel").form().form_values()))
    assert "is not today; the patient can't be checked in yet" in page.text
    assert life.status() is AppointmentStatus.BOOKED


def test_patients_do_not_do_what_staff_does(late: Life) -> None:
    values = dict(late.visitor.open(f"{late.path}/cancel").form("/cancel").form_values())
    for action in ("check-in", "complete", "missed"):
        assert late.visitor.post(f"{late.path}/{action}", values).status == 403
    assert late.status() is AppointmentStatus.BOOKED


def test_who_did_not_come_is_noted_as_missed(house: House, late: Life) -> None:
    pass_until(house, late.appointment.starts_at)
    staff = house.visitor("admin")
    assert "noted as missed" in staff.submit(staff.open(late.path), form="/missed").text
    late.end()
    assert late.status() is AppointmentStatus.MISSED


def test_an_appointment_without_a_process_gets_one_when_it_is_changed(house: House) -> None:
    life = reserved(house)
    assert house.engine.instances(InstanceQuery(business_key=life.ticketid)) == []
    assert "The appointment is cancelled" in life.send("cancel").text
    life.end()
    assert life.status() is AppointmentStatus.CANCELLED
    with house.services.database.read() as session:
        balance = billing.balance_of_patient(session, patientid=life.appointment.patientid)
    assert balance == Balance(billing.NOTHING, billing.NOTHING)


def reserved(house: House) -> Life:
    """Reserve a time for a new patient without any process, as another program does."""
    username, ticketid, now, zone = house.add_patient(), new_ticket(), house.clock.now, house.services.zone
    with house.services.database.write() as session:
        patient = people.patient_of_login(session, login_id=people.find_username(session, username=username).id)
        slot = free_slots(session, docid="HSP-201", now=now, zone=zone)[-1]
        appointments.reserve(
            session,
            ticketid=ticketid,
            docid=slot.docid,
            patientid=patient.patientid,
            starts_at=slot.starts_at,
            priority_level=3,
            now=now,
            zone=zone,
        )
    return Life(house, house.visitor(username), username, ticketid)


# Reminders


def test_reminders_come_once_each_over_months_then_the_appointment_is_closed(house: House) -> None:
    life, begun = book(house), house.clock.now
    life.pay("120.00")
    for _ in range(3):
        is_reminded(life, 7 * DAY)
        page = life.visitor.open(f"{life.path}/reschedule")
        life.visitor.submit(page, {"starts_at": page.options("starts_at")[-1]}, form="/reschedule")
        life.settle()
    for before in (7 * DAY, DAY, timedelta(hours=2)):
        is_reminded(life, before)
    pass_until(house, life.appointment.ends_at + DAY)
    life.end()
    assert life.status() is AppointmentStatus.MISSED
    assert reminders(life) == 6
    assert house.clock.now - begun > 60 * DAY


def is_reminded(life: Life, before: timedelta) -> None:
    """Let time pass until then, and expect one more reminder."""
    told, when = reminders(life), life.appointment.starts_at - before
    pass_until(life.house, when - timedelta(minutes=1))
    assert reminders(life) == told
    pass_until(life.house, when)
    eventually(lambda: reminders(life), told + 1)
    life.settle()


def reminders(life: Life) -> int:
    return sum(subject.startswith("Reminder:") for subject in life.told())
