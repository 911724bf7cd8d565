"""Staff books for patients: found among many, chosen before the first form or in the last one."""

import pytest

from app.web.steps import PROCESS_ID
from tests.house import House
from tests.visitor import Page, Visitor


def begin_for(visitor: Visitor, search: str) -> Page:
    """Start a booking for the first patient whom a search finds."""
    return visitor.submit(visitor.open(f"/doctor/patients?search={search}"), form="/doctor/appointments/new")


def fill(visitor: Visitor, page: Page) -> Page:
    """Choose the first of what each form offers, to the end of the booking."""
    for name in ("specialization", "docid", "starts_at", "priority_level"):
        page = visitor.submit(page, {name: page.options(name)[0]})
    return page


def test_staff_books_for_the_patient_whom_they_chose(house: House, doctor: Visitor) -> None:
    username = house.add_patient("Chosen")
    done = fill(doctor, begin_for(doctor, "chosen"))
    assert (done.status, done.heading) == (200, "The appointment is booked")
    assert "Vera Chosen" in done.text
    assert house.appointment(done).ticketid in house.visitor(username).open("/dashboard").text


@pytest.mark.parametrize("kind", ["PDF", "ICS"])
def test_who_booked_for_a_patient_and_another_doctor_gets_the_files(house: House, doctor: Visitor, kind: str) -> None:
    house.add_patient("Filed")
    done = fill(doctor, begin_for(doctor, "filed"))
    assert house.appointment(done).doctor.docid != "HSP-200"
    address = done.link(kind)
    assert doctor.open(address).status == 200
    assert house.visitor("lea.moreau").open(address).status == 404


def test_the_last_form_names_nobody_else(house: House, doctor: Visitor) -> None:
    house.add_patient("Single")
    page = begin_for(doctor, "single")
    for name in ("specialization", "docid", "starts_at"):
        page = doctor.submit(page, {name: page.options(name)[0]})
    assert page.options("patientid") == page.chosen("patientid")
    assert doctor.submit(page, {"patientid": "1", "priority_level": "3"}).status == 422


def test_another_patient_begins_another_booking(house: House, administrator: Visitor) -> None:
    house.add_patient("Former")
    house.add_patient("Latter")
    former, latter = begin_for(administrator, "former"), begin_for(administrator, "latter")
    assert former.booking != latter.booking
    assert begin_for(administrator, "latter").booking == latter.booking


def test_an_instance_started_without_a_patient_lists_them_in_the_form(house: House, administrator: Visitor) -> None:
    house.add_patient("Listed")
    started = administrator.submit(administrator.open(f"/processes/{PROCESS_ID}/start"), form="/start")
    page = started
    for name in ("specialization", "docid", "starts_at"):
        page = administrator.submit(page, {name: page.options(name)[0]})
    labels = page.html.xpath("//select[@name='patientid']/option")
    wanted = next(str(option.get("value")) for option in labels if "Listed" in option.text_content())
    done = administrator.submit(page, {"patientid": wanted, "priority_level": "3"})
    assert house.appointment(done).patientid == int(wanted)


def test_many_patients_come_page_by_page_and_are_searched(house: House, doctor: Visitor) -> None:
    for _ in range(26):
        house.add_patient("Crowd")
    first = doctor.open("/doctor/patients?search=crowd")
    assert "26 patients, page 1 of 2" in first.text
    second = doctor.open(first.link("Next page"))
    assert "page 2 of 2" in second.text
    assert second.text.count("Vera Crowd") == 2  # the name, and the button's own text
    assert "Nobody has such a name" in doctor.open("/doctor/patients?search=%3Cb%3Enobody").text


@pytest.mark.parametrize("chosen", ["x", "-1", "1.5", "9" * 5000, "0"])
def test_a_forged_patient_number_starts_nothing(doctor: Visitor, chosen: str) -> None:
    page = doctor.open("/doctor/patients")
    assert doctor.submit(page, {"patientid": chosen}, form="/doctor/appointments/new").status in {400, 404}


def test_a_patient_can_choose_nobody_else(house: House, patient: Visitor) -> None:
    assert patient.open("/doctor/patients").status == 403
    page = patient.submit(patient.open("/dashboard"), {"patientid": "1"}, form="/doctor/appointments/new")
    assert fill(patient, page).heading == "The appointment is booked"
    assert house.appointment(page).patientid != 1
