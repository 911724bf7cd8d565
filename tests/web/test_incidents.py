"""A booking that got stuck: what the patient reads, and what staff does."""

from pathlib import Path

import pytest

from tests.house import DIAGRAM, House
from tests.visitor import Visitor
from tests.web.conftest import Booking
from workflows.engine import InstanceState, Resource

FAILING = Path(__file__).parent / "diagrams" / "failing.bpmn"


@pytest.fixture(autouse=True, scope="module")
def broken_process(house: House) -> None:
    """Deploy a version of the booking that fails before its first form."""
    house.engine.deploy([Resource(DIAGRAM.name, FAILING.read_bytes())])


def test_a_patient_is_told_that_staff_knows_with_the_ticket(house: House, patient: Visitor, book: Booking) -> None:
    page = book(patient, 0)
    assert (page.status, page.heading) == (200, "Something got stuck")
    instance = house.engine.instance(page.booking)
    assert instance.business_key
    assert instance.business_key in page.text
    assert "division" not in page.text
    assert not page.html.xpath("//meta[@http-equiv='refresh']")


def test_the_dashboard_of_the_patient_says_it_too(patient: Visitor, book: Booking) -> None:
    book(patient, 0)
    assert "Stuck; staff has been told" in patient.open("/dashboard").text


def test_a_stuck_booking_cannot_be_abandoned(house: House, patient: Visitor, book: Booking) -> None:
    page = book(patient, 0)
    instance_id = page.booking
    token = dict(patient.open("/doctor/expertise").form().form_values())
    assert patient.post(f"/doctor/abandon?booking={instance_id}", token).status == 409
    assert house.engine.instance(instance_id).state is InstanceState.ACTIVE


def test_an_administrator_sees_what_failed_and_tries_again(
    house: House, patient: Visitor, administrator: Visitor, book: Booking
) -> None:
    page = book(patient, 0)
    instance_id = page.booking
    (incident,) = house.engine.incidents(instance_id)
    dashboard = administrator.open("/dashboard")
    assert "Task_Fails" in dashboard.text
    assert instance_id in dashboard.text
    after = administrator.submit(dashboard, form=f"/incidents/{incident.id}/retry")
    assert after.path == "/dashboard"
    assert "It is being tried again" in after.text
    assert incident.id not in {each.id for each in house.engine.incidents(instance_id)}


def test_an_unknown_incident_is_not_found(administrator: Visitor) -> None:
    token = dict(administrator.open("/dashboard").form().form_values())
    assert administrator.post("/incidents/nothing/retry", token).status == 404
