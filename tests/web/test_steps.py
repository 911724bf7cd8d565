"""No step of a booking is skipped, done twice, mixed up between windows, or done by somebody else."""

import pytest

from tests.house import House
from tests.visitor import Visitor
from tests.web.conftest import Booking


def test_a_step_cannot_be_skipped(patient: Visitor, book: Booking) -> None:
    page = book(patient, 0)
    ahead = patient.open(page.address.replace("expertise", "patient"))
    assert ahead.address == page.address
    assert "This is where your booking stands" in ahead.text


def test_a_step_that_was_done_leads_to_the_present_one(patient: Visitor, book: Booking) -> None:
    page = book(patient, 2)
    assert patient.open(page.address.replace("schedule", "expertise")).address == page.address


def test_a_form_posted_to_another_steps_page_is_refused(patient: Visitor, book: Booking) -> None:
    page = book(patient, 1)
    values = {**dict(page.form().form_values()), "docid": "HSP-200"}
    refused = patient.post(page.action.replace("select", "patient"), values)
    assert refused.status == 409
    assert patient.open(page.address).path == "/doctor/select"


def test_a_form_posted_twice_counts_once(house: House, patient: Visitor, book: Booking) -> None:
    page = book(patient, 0)
    choice = {"specialization": page.options("specialization")[0]}
    second = patient.submit(page, choice)
    again = patient.submit(page, {"specialization": page.options("specialization")[1]})
    assert again.status == 409
    assert again.link("present step") == second.address
    assert house.engine.variables(page.booking)["specialization"] == choice["specialization"]


def test_the_last_form_posted_twice_makes_one_appointment(house: House, patient: Visitor, book: Booking) -> None:
    page = book(patient, 3)
    done = patient.submit(page, {"priority_level": "1"})
    again = patient.submit(page, {"priority_level": "3"})
    assert again.status == 409
    assert again.link("present step") == done.address
    assert house.appointment(done).priority_level == 1


def test_two_windows_do_not_mix_two_bookings(house: House, patient: Visitor, book: Booking) -> None:
    one, other = book(patient, 1), book(patient, 0)
    assert one.booking != other.booking
    last = other.options("specialization")[-1]
    patient.submit(other, {"specialization": last})
    patient.submit(one, {"docid": one.options("docid")[0]})
    assert house.engine.variables(other.booking)["specialization"] == last
    assert "docid" not in house.engine.variables(other.booking)


@pytest.mark.parametrize("path", ["expertise", "select", "progress", "confirmation", "abandon"])
def test_another_persons_booking_is_as_unknown_as_none(
    house: House, patient: Visitor, book: Booking, path: str
) -> None:
    page = book(patient, 0)
    stranger = house.visitor(house.add_patient())
    theirs = stranger.open(f"/doctor/{path}?booking={page.booking}")
    unknown = stranger.open(f"/doctor/{path}?booking=nothing")
    assert (theirs.status, unknown.status) == (404, 404)
    assert theirs.text == unknown.text


def test_another_persons_form_cannot_be_completed(house: House, patient: Visitor, book: Booking) -> None:
    theirs, stranger = book(patient, 0), house.visitor(house.add_patient())
    own = book(stranger, 0)
    values = {**dict(own.form().form_values()), "specialization": own.options("specialization")[0]}
    foreign = {**values, "dams:task": theirs.chosen("dams:task")[0]}
    assert stranger.post(theirs.action, foreign).status == 404
    assert stranger.post(own.action, foreign).status == 409
    assert stranger.post(f"/tasks/{foreign['dams:task']}", foreign).status == 404
    assert "specialization" not in house.engine.variables(theirs.booking)


def test_a_form_that_names_no_task_is_refused(patient: Visitor, book: Booking) -> None:
    page = book(patient, 0)
    assert patient.submit(page, {"dams:task": "", "specialization": "Cardiology"}).status == 400
