"""Who may start a process: whom its diagram names, else administrators."""

from pathlib import Path

import pytest

from app.clinic.demo import DOCTORS
from tests.house import House
from tests.visitor import Visitor
from workflows.engine import InstanceQuery, Resource

ERRAND = Path(__file__).parent / "diagrams" / "errand.bpmn"
KEPT = b'camunda:historyTimeToLive="30"'


def deploy(house: House, process_id: str, attributes: str = "") -> None:
    """Deploy an errand under another name, with more attributes."""
    named = ERRAND.read_bytes().replace(b'id="Errand" name="Errand"', f'id="{process_id}" name="{process_id}"'.encode())
    house.engine.deploy([Resource(f"{process_id}.bpmn", named.replace(KEPT, KEPT + b" " + attributes.encode()))])


@pytest.fixture(autouse=True, scope="module")
def deployed(house: House) -> None:
    deploy(house, "Unsaid")
    deploy(house, "ForDoctors", 'camunda:candidateStarterGroups="doctor"')
    deploy(house, "ForAmara", 'camunda:candidateStarterUsers="amara.okafor"')
    deploy(house, "Hidden", 'camunda:candidateStarterGroups="doctor" camunda:isStartableInTasklist="false"')


def offered(visitor: Visitor) -> set[str]:
    """The processes that a visitor's pages offer to start."""
    pages = [visitor.open("/tasks"), visitor.open("/desk/definitions")]
    links = [link for page in pages for link in page.html.xpath("//a[contains(@href, '/start')]/@href")]
    return {link.split("/")[2] for link in links if link.startswith("/processes/")}


@pytest.mark.parametrize(
    ("username", "expected"),
    [
        ("admin", {"Unsaid"}),
        ("amara.okafor", {"ForDoctors", "ForAmara"}),
        (DOCTORS[1].username, {"ForDoctors"}),
        ("patient", set()),
    ],
)
def test_pages_offer_and_start_what_the_diagram_allows(house: House, username: str, expected: set[str]) -> None:
    visitor = house.visitor(house.add_patient() if username == "patient" else username)
    mine = {"Unsaid", "ForDoctors", "ForAmara", "Hidden"}
    assert offered(visitor) & mine == expected
    for process_id in mine:
        page = visitor.open(f"/processes/{process_id}/start")
        assert page.status == (200 if process_id in expected else 403)
        before = len(house.engine.instances(InstanceQuery(process_id=process_id)))
        (token, *_) = visitor.open("/tasks").html.xpath("//input[@name='dams:csrf']/@value")
        visitor.post(f"/processes/{process_id}/start", {"dams:csrf": token})
        after = len(house.engine.instances(InstanceQuery(process_id=process_id)))
        assert after - before == (process_id in expected)
