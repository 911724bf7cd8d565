"""Workers, as the desk shows them."""

from datetime import timedelta

from tests.house import House
from tests.visitor import Visitor
from workflows.engine import Resource
from workflows.external_tasks import Topic

PARCEL = b"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:modeler="http://camunda.org/schema/modeler/1.0"
    id="d" targetNamespace="http://bpmn.io/schema/bpmn" modeler:executionPlatform="Camunda Platform">
  <bpmn:process id="Parcel" isExecutable="true" camunda:historyTimeToLive="30">
    <bpmn:startEvent id="start"/>
    <bpmn:serviceTask id="weigh" camunda:type="external" camunda:topic="weigh_parcel"/>
    <bpmn:endEvent id="end"/>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="weigh"/>
    <bpmn:sequenceFlow id="f2" sourceRef="weigh" targetRef="end"/>
  </bpmn:process>
</bpmn:definitions>"""


def row(administrator: Visitor, worker: str) -> list[str]:
    """What the page says of a worker: its topics, when it asked last, and what waits for it."""
    page = administrator.open("/desk/workers")
    cells = page.html.xpath("//main//tbody/tr[th//text()=$worker]/td", worker=worker)
    return [" ".join(cell.text_content().split()) for cell in cells]


def test_workers_show_when_they_asked_and_what_waits_for_them(house: House, administrator: Visitor) -> None:
    house.engine.deploy([Resource("parcel.bpmn", PARCEL)])
    house.engine.fetch_and_lock("scales <1>", [Topic("weigh_parcel", timedelta(minutes=1))], 1)
    assert row(administrator, "scales <1>") == ["weigh_parcel", "1 Jun 2026, 07:00 CEST, 0 s ago", "Nothing waits"]
    house.engine.start("Parcel")
    house.clock.advance(minutes=14, seconds=5)
    _, seen, lag = row(administrator, "scales <1>")
    assert (seen.split(", ")[-1], lag) == ("14 min 5 s ago", "waits 14 min 5 s")


def test_many_workers_and_processes_come_in_pages(house: House, administrator: Visitor) -> None:
    for number in range(26):
        house.engine.fetch_and_lock(f"worker {number}", [Topic("weigh_parcel", timedelta(minutes=1))], 1)
    house.engine.deploy(
        [Resource(f"p{n}.bpmn", PARCEL.replace(b'"Parcel"', f'"Parcel_{n}"'.encode())) for n in range(26)]
    )
    for address in ("/desk/workers", "/desk/definitions"):
        first = administrator.open(address)
        (following,) = first.html.xpath("//a[text()='Next page']/@href")
        second = administrator.open(str(following))
        names = [page.html.xpath("//main//tbody/tr/th/*[1]/text()") for page in (first, second)]
        assert len(names[0]) == 25
        assert names[1]
        assert not set(names[0]) & set(names[1])
