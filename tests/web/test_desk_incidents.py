"""Incidents of all processes on the desk, and the heat of a definition."""

from datetime import timedelta

import pytest

from app.web.desk.values import span
from tests.house import House
from tests.lives import eventually
from tests.visitor import Visitor
from tests.web.test_desk_instances import DELIVERY, HOSTILE, LONG, LOOP, begun, events, pack, running, stuck
from workflows.engine import ProcessInstance, Resource

_SCRIPT = """<bpmn:scriptTask id="each" name="Each" scriptFormat="python" camunda:resultVariable="each">
      <bpmn:script>each = 1 / 0</bpmn:script>"""


@pytest.fixture(autouse=True, scope="module")
def delivery(house: House) -> None:
    """Deploy a process that fails if its parcel weighs nothing."""
    house.engine.deploy([Resource(DELIVERY.name, DELIVERY.read_bytes())])


def incident_of(house: House, instance: ProcessInstance) -> str:
    (incident,) = house.engine.incidents(instance.id)
    return incident.id


def test_incidents_are_found_by_process_and_element(house: House, administrator: Visitor) -> None:
    incident = incident_of(house, stuck(house))
    for query, there in (
        ("", True),
        ("process=delivery", True),
        ("process=delivery&element=price", True),
        ("process=Process_Billing", False),
        ("element=pack", False),
    ):
        page = administrator.open(f"/desk/incidents?{query}")
        assert page.status == 200
        assert (incident in page.options("incident")) is there
    assert "No incident is like that." in administrator.open("/desk/incidents?element=pack").text
    assert administrator.open(f"/desk/incidents?element={'x' * 501}").status == 422


def test_chosen_incidents_are_tried_again_each_with_its_result(house: House, administrator: Visitor) -> None:
    mended, broken, untouched = stuck(house), stuck(house), stuck(house)
    house.engine.set_variables(mended.id, {"weight": 3})
    chosen = [incident_of(house, each) for each in (mended, broken)]
    listing = administrator.open("/desk/incidents?process=delivery")
    confirmation = administrator.open(f"/desk/incidents/retry?incident={chosen[0]}&incident={chosen[1]}")
    assert set(chosen) <= set(listing.options("incident"))
    assert confirmation.heading == "Try 2 incidents again"
    house.engine.resolve(chosen[1])  # somebody else is faster; it fails once more
    results = administrator.submit(confirmation, {"reason": "the scales are mended"})
    assert "1 of 2 are being tried again" in results.text
    assert "was resolved before" in results.text
    assert running(house, mended) == ["hand_over"]
    assert [len(house.engine.incidents(each.id)) for each in (mended, broken, untouched)] == [0, 1, 1]
    (operation,) = [each for each in house.engine.operations(mended.id) if each.action == "resolve"]
    assert operation.reason == "the scales are mended"


def test_many_incidents_come_in_pages(house: House, administrator: Visitor) -> None:
    failing = LOOP.replace("rounds", "failing_rounds").replace('isSequential="true"', "").replace(str(LONG), "101")
    failing = failing.replace('<bpmn:task id="each" name="Each">', _SCRIPT).replace(
        "</bpmn:task>", "</bpmn:scriptTask>"
    )
    house.engine.deploy([Resource("failing.bpmn", failing.encode())])
    instance = house.engine.start("failing_rounds")
    eventually(lambda: house.engine.count_incidents(instance.id) == 101)
    first = administrator.open("/desk/incidents?process=failing_rounds")
    assert "101 open incidents, page 1 of 2" in first.text
    (address,) = first.html.xpath("//a[text()='Next page']/@href")
    second = administrator.open(str(address))
    assert (len(first.options("incident")), len(second.options("incident"))) == (100, 1)
    assert not set(first.options("incident")) & set(second.options("incident"))
    page = administrator.open(f"/desk/instances/{instance.id}")
    assert "Open incidents 101" in page.text
    assert "These are the oldest 100 of them." in page.text


def test_an_open_list_is_told_when_what_it_shows_has_changed(house: House, administrator: Visitor) -> None:
    instance = stuck(house)
    page = administrator.open("/desk/incidents?process=delivery")
    assert "event: changed" not in events(administrator, page)
    house.engine.cancel(instance.id)
    assert "event: changed" in events(administrator, page)
    assert administrator.open(f"/desk/incidents/changes?element={'x' * 501}").status == 422


@pytest.mark.parametrize(("retries", "status"), [("0", 422), ("101", 422), ("-1", 422), ("many", 422), ("1.5", 422)])
def test_attempts_are_a_number_that_makes_sense(
    house: House, administrator: Visitor, retries: str, status: int
) -> None:
    instance = stuck(house)
    confirmation = administrator.open(f"/desk/incidents/retry?incident={incident_of(house, instance)}")
    page = administrator.submit(confirmation, {"retries": retries, "reason": "a try"})
    assert page.status == status
    assert page.html.xpath("//*[@aria-invalid='true'][@name='retries']")
    assert house.engine.operations(instance.id) == []


def test_unknown_incidents_are_said_to_be_so(administrator: Visitor) -> None:
    for incident_id in ("nothing", "a:1", "a:x", HOSTILE):
        confirmation = administrator.open(f"/desk/incidents/retry?incident={incident_id}")
        page = administrator.submit(confirmation, {"reason": "a try"})
        assert page.status == 200
        assert "0 of 1 is being tried again" in page.text
        assert "There is no incident" in page.text
        assert page.html.xpath("//script[not(@src)]") == []


def test_without_a_choice_nothing_is_tried_again(administrator: Visitor) -> None:
    page = administrator.open("/desk/incidents/retry")
    assert page.status == 422
    assert "Choose the incidents" in page.text


def test_nothing_is_tried_again_without_the_token_of_the_form(house: House, administrator: Visitor) -> None:
    incident = incident_of(house, stuck(house))
    page = administrator.post("/desk/incidents/retry", {"incident": incident, "retries": "1", "reason": "forged"})
    assert page.status == 400


def test_the_heat_of_a_definition_in_numbers(house: House, administrator: Visitor) -> None:
    house.engine.deploy([Resource(DELIVERY.name, DELIVERY.read_bytes().replace(b"Ordered", b"Asked for"))])
    for weight in (1, 1, 0):
        instance = begun(house, weight=weight)
        house.clock.advance(minutes=10)
        pack(house, instance)
    definition = house.engine.definitions("delivery")[0]
    page = administrator.open(administrator.open(f"/desk/definitions/{definition.id}").link("Heat"))
    assert page.status == 200
    table = {
        row[0].text_content().split("  ")[0].strip(): [cell.text_content().strip() for cell in row[1:]]
        for row in page.html.xpath("//main//table/tbody/tr")
    }
    assert table["Pack the parcel pack"] == ["3", "0", "0", "10 min", "10 min"]
    assert table["Work out the price price"][:3] == ["3", "1", "1"]
    assert table["Hand it over hand_over"][:3] == ["2", "2", "0"]
    (drawn,) = page.html.xpath("//@data-heat")
    assert '"pack": {"level": 5' in drawn
    hot = administrator.open(f"/desk/definitions/{definition.id}/heat?measure=median")
    assert '"pack": {"level": 5, "text": "10 min"}' in hot.html.xpath("string(//@data-heat)")
    house.clock.advance(days=2)
    assert "in this period" in administrator.open(f"/desk/definitions/{definition.id}/heat?period=day").text


def test_heat_of_nothing_is_refused(house: House, administrator: Visitor) -> None:
    definition = house.engine.definitions("delivery")[0]
    for query in ("measure=nothing", "period=nothing"):
        assert administrator.open(f"/desk/definitions/{definition.id}/heat?{query}").status == 422
    assert administrator.open("/desk/definitions/nothing/heat").status == 404


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(0), "0 s"),
        (timedelta(milliseconds=250), "0.25 s"),
        (timedelta(seconds=59.96), "60 s"),
        (timedelta(minutes=14, seconds=5), "14 min 5 s"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=2, hours=3, minutes=4), "2 d 3 h"),
    ],
)
def test_durations_are_told_in_their_two_largest_units(length: timedelta, text: str) -> None:
    assert span(length) == text
