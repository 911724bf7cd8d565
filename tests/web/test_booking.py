"""Booking an appointment over HTTP: each page is one user task of the running instance."""

from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.clinic import appointments
from app.clinic.models import AppointmentStatus
from app.database import Database
from app.web import WebConfig, create_app
from tests.house import House
from tests.visitor import Visitor
from tests.web.conftest import Booking
from workflows.embedded import EmbeddedEngine
from workflows.embedded import schema as engine_schema
from workflows.engine import InstanceQuery, InstanceState, TaskQuery


def test_four_forms_lead_to_a_confirmed_appointment(house: House, patient: Visitor, book: Booking) -> None:
    page = book(patient, 4)
    assert (page.status, page.path, page.heading) == (200, "/doctor/confirmation", "The appointment is booked")
    appointment = house.appointment(page)
    assert appointment.status is AppointmentStatus.BOOKED
    for shown in (
        appointment.ticketid,
        f"Dr {appointment.doctor.full_name}",
        appointment.doctor.specialization,
        "CEST",
    ):
        assert shown in page.text


@pytest.mark.parametrize(
    ("forms", "path", "heading"),
    [
        (0, "/doctor/expertise", "Choose a specialization"),
        (1, "/doctor/select", "Choose a doctor"),
        (2, "/doctor/schedule", "Choose a time"),
        (3, "/doctor/patient", "Patient details"),
    ],
)
def test_each_form_has_its_page_and_place(patient: Visitor, book: Booking, forms: int, path: str, heading: str) -> None:
    page = book(patient, forms)
    assert (page.path, page.heading) == (path, heading)
    assert f"Step {forms + 1} of 4" in page.text
    current = page.html.xpath("//li[@aria-current='step']")
    assert len(current) == 1


def test_only_doctors_of_the_chosen_specialization_are_offered(house: House, patient: Visitor, book: Booking) -> None:
    page = patient.submit(book(patient, 0), {"specialization": "Cardiology"})
    assert sorted(page.options("docid")) == ["HSP-200", "HSP-201"]


def test_slots_are_grouped_by_day_and_shown_in_the_clinics_zone(patient: Visitor, book: Booking) -> None:
    doctors = patient.submit(book(patient, 0), {"specialization": "Cardiology"})
    page = patient.submit(doctors, {"docid": "HSP-200"})
    group = page.html.xpath("//fieldset//*[@role='group']")[0]
    label = page.html.get_element_by_id(group.get("aria-labelledby"))
    assert label.text_content() == "Monday 1 June 2026"
    assert page.html.xpath("//input[@name='starts_at']/@value")[0] == "2026-06-01T06:00:00+00:00"
    assert "08:00" in group.text_content()


def test_a_booking_is_resumed_where_it_was(house: House, book: Booking) -> None:
    username = house.add_patient()
    left = book(house.visitor(username), 2)
    returned = house.visitor(username)
    dashboard = returned.open("/dashboard")
    assert "Step 3 of 4: Time" in dashboard.text
    page = returned.open(dashboard.link("Continue"))
    assert page.address == left.address
    assert returned.open("/doctor/schedule").address == left.address


def test_the_ticket_is_shown_and_not_typed(patient: Visitor, book: Booking) -> None:
    page = book(patient, 3)
    assert not page.html.xpath("//input[@name='ticketid']")
    assert page.html.xpath("string(//*[@class='shown']/strong)").startswith("T-")


def test_a_posted_ticket_or_other_variable_changes_nothing(house: House, patient: Visitor, book: Booking) -> None:
    page = book(patient, 3)
    ticketid = house.engine.instance(page.booking).business_key
    done = patient.submit(page, {"priority_level": "1", "ticketid": "T-MINE", "proceed": "true", "docid": "HSP-999"})
    assert house.appointment(done).ticketid == ticketid


def test_incomplete_data_returns_to_the_first_form_with_reasons_and_entries(
    house: House, patient: Visitor, book: Booking
) -> None:
    third = book(patient, 2)
    slot = third.options("starts_at")[5]
    last = patient.submit(third, {"starts_at": slot})
    first = patient.submit(last, {"priority_level": "", "patientid": ""})
    assert first.path == "/doctor/expertise"
    assert "Choose the patient whom the appointment is for." in first.text
    assert "Say how urgent the appointment is." in first.text
    assert first.chosen("specialization") == [first.options("specialization")[0]]
    second = patient.submit(first)
    assert len(second.chosen("docid")) == 1
    third = patient.submit(second)
    assert third.chosen("starts_at") == [slot]
    last = patient.submit(third)
    done = patient.submit(last, {"priority_level": "2", "patientid": last.options("patientid")[0]})
    assert done.path == "/doctor/confirmation"
    assert house.appointment(done).starts_at.isoformat() == slot


def test_a_missing_field_is_named_beside_it_and_nothing_changes(house: House, patient: Visitor, book: Booking) -> None:
    page = book(patient, 0)
    task = page.chosen("dams:task")
    refused = patient.submit(page, {})
    assert (refused.status, refused.path) == (422, "/doctor/expertise")
    summary = refused.html.xpath("//*[@role='alert']//a")[0]
    target = refused.html.get_element_by_id(summary.get("href").removeprefix("#"))
    assert target.get("name") == "specialization"
    described = refused.html.xpath("//fieldset[@aria-invalid='true']/@aria-describedby")[0]
    assert "Please choose" in refused.html.get_element_by_id(described).text_content()
    assert refused.html.xpath("string(//title)").startswith("Error: ")
    assert refused.chosen("dams:task") == task
    assert "specialization" not in house.engine.variables(page.booking)


@pytest.mark.parametrize(
    ("forms", "entry"),
    [
        (0, {"specialization": "Witchcraft"}),
        (1, {"docid": "HSP-999"}),
        (2, {"starts_at": "2020-01-06T08:00:00+00:00"}),
        (2, {"starts_at": "2026-06-07T03:00:00+00:00"}),
        (2, {"starts_at": "tomorrow"}),
        (3, {"patientid": "1"}),
        (3, {"priority_level": "0"}),
    ],
)
def test_what_is_not_offered_is_refused(
    house: House, patient: Visitor, book: Booking, forms: int, entry: dict[str, str]
) -> None:
    page = book(patient, forms)
    before = house.engine.variables(page.booking)
    refused = patient.submit(page, entry)
    assert refused.status == 422
    assert "This choice is not offered" in refused.text
    assert house.engine.variables(page.booking) == before


def test_a_slot_that_somebody_else_took_meanwhile_leads_back_to_the_slots(house: House, book: Booking) -> None:
    slow, quick = house.visitor(house.add_patient()), house.visitor(house.add_patient())
    waiting, ahead = book(slow, 3), book(quick, 3)
    assert quick.submit(ahead, {"priority_level": "1"}).path == "/doctor/confirmation"
    page = slow.submit(waiting, {"priority_level": "1"})
    assert page.path == "/doctor/schedule"
    assert "This time is not free any more. Please choose another." in page.text
    done = slow.submit(slow.submit(page, {"starts_at": page.options("starts_at")[0]}), {"priority_level": "1"})
    assert done.path == "/doctor/confirmation"


def test_a_slot_that_is_past_by_now_leads_back_to_the_slots(house: House, patient: Visitor, book: Booking) -> None:
    last = book(patient, 3)
    chosen = house.engine.variables(last.booking)["starts_at"]
    house.clock.advance(days=3)
    page = patient.submit(last, {"priority_level": "1"})
    assert page.path == "/doctor/schedule"
    assert chosen not in page.options("starts_at")


def test_starting_again_takes_the_booking_that_has_nothing_entered(patient: Visitor, book: Booking) -> None:
    assert book(patient, 0).address == book(patient, 0).address


def test_open_bookings_are_limited(house: House, patient: Visitor, book: Booking) -> None:
    for _ in range(5):
        book(patient, 1)
    page = patient.submit(patient.open("/dashboard"), form="/doctor/appointments/new")
    assert page.status == 409
    assert "Finish or abandon" in page.text


def test_a_page_without_a_booking_offers_to_start_one(patient: Visitor) -> None:
    page = patient.open("/doctor/expertise")
    assert page.heading == "Book an appointment"
    assert patient.submit(page).path == "/doctor/expertise"


def test_a_booking_is_abandoned_after_a_question(house: House, patient: Visitor, book: Booking) -> None:
    page = book(patient, 2)
    question = patient.open(page.link("Abandon"))
    assert question.heading == "Abandon this booking?"
    after = patient.submit(question)
    assert after.path == "/dashboard"
    assert "The booking is abandoned" in after.text
    assert house.engine.instance(page.booking).state is InstanceState.CANCELLED
    assert patient.open(page.address).heading == "This booking has ended"
    assert patient.submit(question).status == 409


def test_an_appointment_made_meanwhile_is_cancelled_with_the_abandoned_booking(
    house: House, patient: Visitor, book: Booking
) -> None:
    page = book(patient, 3)
    question = patient.open(page.link("Abandon"))
    task = house.engine.tasks(TaskQuery(instance_id=page.booking))[0]
    variables = house.engine.task_variables(task.id)
    with house.services.database.write() as session:
        appointments.reserve(
            session,
            ticketid=str(variables["ticketid"]),
            docid=str(variables["docid"]),
            patientid=int(str(variables["patientid"])),
            starts_at=datetime.fromisoformat(str(variables["starts_at"])),
            priority_level=3,
            now=house.clock(),
            zone=house.services.zone,
        )
    assert "No appointment was made" in patient.submit(question).text
    assert house.appointment(page).status is AppointmentStatus.CANCELLED


def test_a_clinic_without_the_process_says_so(house: House, tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'empty.db'}")
    engine_schema.upgrade(database.writer)
    services = replace(house.services, engine=EmbeddedEngine(database.engine))
    app = create_app(services, WebConfig("secret", rate_limits=False))
    visitor = replace(house, app=app, services=services).visitor(house.add_patient())
    page = visitor.submit(visitor.open("/dashboard"), form="/doctor/appointments/new")
    database.close()
    assert page.status == 503
    assert "the process for it is not deployed" in page.text


@pytest.mark.parametrize(("kind", "media_type"), [("pdf", "application/pdf"), ("ics", "text/calendar; charset=utf-8")])
def test_the_confirmation_offers_the_schedule_as_files(
    house: House, patient: Visitor, book: Booking, kind: str, media_type: str
) -> None:
    page = book(patient, 4)
    ticketid = house.appointment(page).ticketid
    address = page.link(kind.upper())
    answer = patient.open(address).response
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Content-Disposition"] == f"attachment; filename=appointment-{ticketid}.{kind}"
    if kind == "pdf":
        assert ticketid in PdfReader(BytesIO(answer.data)).pages[0].extract_text()
    else:
        assert answer.data.startswith(b"BEGIN:VCALENDAR")
    stranger = house.visitor(house.add_patient())
    assert stranger.open(address).status == 404
    assert house.visitor("admin").open(address).status == 200


def test_files_of_unknown_tickets_are_not_found(patient: Visitor) -> None:
    assert patient.open("/documents/T-0000000000/pdf").status == 404
    assert patient.open("/documents/T-0000000000/exe").status == 404


def test_the_confirmation_of_an_unfinished_booking_leads_to_its_step(patient: Visitor, book: Booking) -> None:
    page = book(patient, 1)
    assert patient.open(f"/doctor/confirmation?booking={page.booking}").address == page.address


def test_bookings_of_others_are_not_listed(house: House, patient: Visitor, book: Booking) -> None:
    page = book(patient, 1)
    mine = InstanceQuery(started_by=house.engine.instance(page.booking).started_by)
    assert len(house.engine.instances(mine)) == 1
    assert "Unfinished bookings" not in house.visitor(house.add_patient()).open("/dashboard").text
