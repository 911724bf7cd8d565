"""Process instances on the desk: finding them, seeing where they stand, and putting them right."""

import json
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.house import House
from tests.lives import eventually
from tests.visitor import Page, Visitor
from workflows.engine import InstanceState, ProcessInstance, Resource, TaskQuery
from workflows.values import JsonValue

DELIVERY = Path(__file__).parent / "diagrams" / "delivery.bpmn"
HOSTILE = "<script>alert(1)</script>"
_numbers = count(1)


@pytest.fixture(autouse=True, scope="module")
def delivery(house: House) -> None:
    """Deploy a process that fails if its parcel weighs nothing."""
    house.engine.deploy([Resource(DELIVERY.name, DELIVERY.read_bytes())])


def begun(house: House, **variables: JsonValue) -> ProcessInstance:
    """Start a delivery with a business key of its own."""
    return house.engine.start("delivery", variables, business_key=f"P-{next(_numbers)}")


def pack(house: House, instance: ProcessInstance) -> None:
    """Complete the first task of a delivery."""
    (task,) = house.engine.tasks(TaskQuery(instance_id=instance.id))
    house.engine.complete(task.id)


def stuck(house: House) -> ProcessInstance:
    """Return a delivery with an incident: its parcel weighs nothing."""
    instance = begun(house, weight=0)
    pack(house, instance)
    assert house.engine.instance(instance.id).incidents == 1
    return instance


def running(house: House, instance: ProcessInstance) -> list[str]:
    """Return the elements in which something goes on."""
    return [entry.element_id for entry in house.engine.history(instance.id) if entry.outcome == "running"]


def asked(visitor: Visitor, instance: ProcessInstance, action: str) -> Page:
    """Return the page that asks before something is done."""
    page = visitor.open(f"/desk/instances/{instance.id}/{action}")
    assert page.status == 200
    assert "What will happen" in page.text
    return page


def rows(page: Page) -> Iterator[str]:
    """Return the addresses of the instances that are listed."""
    return (str(link) for link in page.html.xpath("//main//th/a/@href"))


def test_instances_are_found_by_what_staff_knows(house: House, administrator: Visitor) -> None:
    mine, other = begun(house, weight=2, pair="this"), begun(house, weight=3, pair="this")
    house.engine.cancel(other.id)
    here, there = f"/desk/instances/{mine.id}", f"/desk/instances/{other.id}"

    def found(query: str) -> set[str]:
        page = administrator.open(f"/desk/instances?process=delivery&{query}")
        assert page.status == 200
        return set(rows(page)) & {here, there}

    both = "variable=pair&value=this"
    assert found(f"business_key={mine.business_key}") == {here}
    assert found(f"state=cancelled&{both}") == {there}
    assert found(f"version=1&{both}") == {here, there}
    assert found(f"business_key={mine.business_key}&variable=weight&value=2") == {here}
    assert found(f'business_key={mine.business_key}&variable=weight&value="2"') == set()
    assert found(f"incidents=1&{both}") == set()
    for sort in ("newest", "oldest", "ended", "business_key", "process"):
        assert found(f"sort={sort}&{both}") == {here, there}


def test_long_lists_have_pages_that_keep_the_search(house: House, administrator: Visitor) -> None:
    for _ in range(26):
        begun(house, batch="long")
    page = administrator.open("/desk/instances?variable=batch&value=long")
    assert "26 instances, page 1 of 2" in page.text
    assert len(list(rows(page))) == 25
    after = administrator.open(page.link("Next page"))
    assert len(list(rows(after))) == 1
    assert set(rows(after)).isdisjoint(rows(page))


@pytest.mark.parametrize(
    "query",
    [
        "state=nothing",
        "sort=nothing",
        "version=1",
        "process=delivery&version=x",
        "value=1",
        f"business_key={'x' * 501}",
    ],
)
def test_a_search_that_makes_no_sense_is_explained(administrator: Visitor, query: str) -> None:
    page = administrator.open(f"/desk/instances?{query}")
    assert page.status == 422
    assert page.html.xpath("//*[@role='alert']")
    assert list(rows(page)) == []


def test_an_empty_search_says_so(administrator: Visitor) -> None:
    assert "No instance is like that." in administrator.open("/desk/instances?business_key=nothing").text


def test_an_instance_shows_where_it_stands_without_scripts(house: House, administrator: Visitor) -> None:
    instance = stuck(house)
    page = administrator.open(f"/desk/instances/{instance.id}")
    assert page.heading == instance.business_key
    assert "division by zero" in page.text
    (table,) = page.html.xpath("//section[@data-live='running']//tbody")
    assert "Work out the price" in table.text_content()
    (failed,) = page.html.xpath("//figure//svg//*[contains(concat(' ', @class, ' '), ' incident ')]")
    assert "Work out the price" in failed.text_content()
    timeline = page.html.xpath("//section[@data-live='timeline']//tbody/tr/th")
    assert [" ".join(cell.text_content().split()) for cell in timeline] == [
        "Work out the price", "Pack the parcel", "Ordered",
    ]  # fmt: skip


def test_an_incident_is_corrected_and_tried_again(house: House, administrator: Visitor) -> None:
    instance = stuck(house)
    page = administrator.open(f"/desk/instances/{instance.id}")
    form = administrator.open(page.link("Change"))
    assert [text.strip() for text in form.chosen("value")] == ["0"]
    after = administrator.submit(form, {"value": "4", "reason": "weighed again"})
    assert after.path == f"/desk/instances/{instance.id}"
    assert house.engine.variables(instance.id)["weight"] == 4
    tried = administrator.submit(administrator.open(after.link("Try again")), {"reason": "the weight is right now"})
    assert "1 of 1 is being tried again" in tried.text
    assert running(house, instance) == ["hand_over"]
    audit = administrator.open(f"/desk/instances/{instance.id}")
    assert "weighed again" in audit.text
    assert "the weight is right now" in audit.text
    assert [(each.action, each.done_by) for each in house.engine.operations(instance.id)] == [
        ("set_variables", house.login_id("admin")), ("resolve", house.login_id("admin")),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "NaN", "{", "red", "[" * 100_000])
def test_a_value_that_is_no_json_is_refused_beside_its_field(house: House, administrator: Visitor, text: str) -> None:
    instance = begun(house, weight=1)
    values = {"name": "weight", "value": text, "reason": "a try"}
    page = administrator.submit(asked(administrator, instance, "variable"), values)
    assert page.status == 422
    assert page.html.xpath("//*[@aria-invalid='true'][@name='value']")
    assert house.engine.variables(instance.id) == {"weight": 1}


def test_an_instance_is_held_goes_on_and_is_ended(house: House, administrator: Visitor) -> None:
    instance = begun(house)
    for action, state in (
        ("suspend", InstanceState.SUSPENDED),
        ("resume", InstanceState.ACTIVE),
        ("cancel", InstanceState.CANCELLED),
    ):
        page = administrator.submit(asked(administrator, instance, action), {"reason": f"to {action}"})
        assert page.path == f"/desk/instances/{instance.id}"
        assert house.engine.instance(instance.id).state is state
        assert f"Reason: to {action}" in page.text


@pytest.mark.parametrize("action", ["suspend", "resume", "cancel", "variable"])
def test_what_the_state_does_not_allow_is_said_and_nothing_changes(
    house: House, administrator: Visitor, action: str
) -> None:
    instance = begun(house, weight=1)
    if action != "resume":
        house.engine.cancel(instance.id)
    before = house.engine.operations(instance.id)
    page = administrator.submit(
        asked(administrator, instance, action), {"name": "weight", "value": "2", "reason": "a second time"}
    )
    assert page.status == 409
    assert "Nothing was changed" in page.text
    assert page.chosen("reason") == ["a second time"]
    assert house.engine.operations(instance.id) == before


@pytest.mark.parametrize("action", ["suspend", "cancel", "variable"])
def test_nothing_is_done_without_a_reason(house: House, administrator: Visitor, action: str) -> None:
    instance = begun(house)
    page = administrator.submit(asked(administrator, instance, action), {"name": "a", "value": "1"})
    assert page.status == 422
    assert house.engine.operations(instance.id) == []


def test_an_instance_is_modified(house: House, administrator: Visitor) -> None:
    instance = begun(house, weight=1)
    choice = administrator.open(f"/desk/instances/{instance.id}/modify")
    confirmation = administrator.open(f"/desk/instances/{instance.id}/modify/confirm?cancel=pack&start=hand_over")
    assert choice.options("cancel") == ["pack"]
    assert "hand_over" in choice.options("start")
    assert "What goes on in “Pack the parcel” is cancelled." in confirmation.text
    assert running(house, instance) == ["pack"]  # looking changes nothing
    administrator.submit(confirmation, {"reason": "it was packed by hand"})
    assert running(house, instance) == ["hand_over"]


@pytest.mark.parametrize(("query", "status"), [("", 422), ("start=nothing", 422), ("cancel=hand_over", 409)])
def test_a_modification_that_makes_no_sense_is_refused(
    house: House, administrator: Visitor, query: str, status: int
) -> None:
    instance = begun(house)
    page = administrator.open(f"/desk/instances/{instance.id}/modify/confirm?{query}")
    if query:
        page = administrator.submit(page, {"reason": "a mistake"})
    assert page.status == status
    assert page.html.xpath("//*[@role='alert']")
    assert running(house, instance) == ["pack"]


def test_an_instance_moves_to_another_version(house: House, administrator: Visitor) -> None:
    instance = begun(house, weight=1)
    changed = DELIVERY.read_bytes().replace(b'"pack"', b'"wrap"').replace(b"Pack the parcel", b"Wrap the parcel")
    house.engine.deploy([Resource(DELIVERY.name, changed)])
    version = house.engine.definitions("delivery")[0]
    page = administrator.open(administrator.open(f"/desk/instances/{instance.id}").link("Migrate"))
    confirmation = administrator.open(page.link(f"Choose version {version.version}"))
    assert "The other version has no element of this id." in confirmation.text
    refused = administrator.submit(confirmation, {"reason": "the new version"})
    assert refused.status == 422
    assert "pack" in refused.html.xpath("string(//*[@role='alert'])")
    assert house.engine.instance(instance.id).version != version.version
    administrator.submit(refused, {"map_0": "wrap", "reason": "the new version"})
    assert house.engine.instance(instance.id).version == version.version
    assert running(house, instance) == ["wrap"]


def test_an_instance_moves_to_versions_of_its_process_alone(house: House, administrator: Visitor) -> None:
    instance = begun(house)
    other = house.engine.definitions("Process_Billing")[0]
    for definition_id in (other.id, "nothing"):
        assert administrator.open(f"/desk/instances/{instance.id}/migrate/{definition_id}").status == 404


@pytest.mark.parametrize(
    "address", ["", "/suspend", "/resume", "/cancel", "/variable", "/modify", "/modify/confirm", "/migrate", "/changes"]
)
@pytest.mark.parametrize("instance_id", ["nothing", "a:1", "é"])
def test_an_unknown_instance_is_not_found(administrator: Visitor, instance_id: str, address: str) -> None:
    assert administrator.open(f"/desk/instances/{instance_id}{address}").status == 404


def test_hostile_names_and_values_stay_text(house: House, administrator: Visitor) -> None:
    instance = house.engine.start("delivery", {HOSTILE: HOSTILE}, business_key=HOSTILE, by=HOSTILE)
    house.engine.suspend(instance.id, reason=HOSTILE, by=HOSTILE)
    for address in (
        f"/desk/instances?business_key={HOSTILE}",
        f"/desk/instances/{instance.id}",
        f"/desk/instances/{instance.id}/resume",
        f"/desk/instances/{instance.id}/modify/confirm?start={HOSTILE}",
    ):
        page = administrator.open(address)
        assert page.status == 200
        assert page.html.xpath("//script[not(@src)]") == []
        assert HOSTILE in page.text


def test_nothing_is_done_without_the_token_of_the_form(house: House, administrator: Visitor) -> None:
    instance = begun(house)
    for action in ("suspend", "cancel", "variable", "modify/confirm"):
        page = administrator.post(f"/desk/instances/{instance.id}/{action}", {"reason": "forged", "start": "pack"})
        assert page.status == 400
    assert house.engine.operations(instance.id) == []


def test_a_page_is_told_when_its_instance_has_changed(house: House, administrator: Visitor) -> None:
    instance = begun(house, weight=1)
    page = administrator.open(f"/desk/instances/{instance.id}")
    (changes,) = page.html.xpath("//@data-changes")
    assert "event:" not in administrator.client.get(str(changes)).text
    pack(house, instance)
    assert "event: changed" in administrator.client.get(str(changes)).text


def test_who_called_whom_can_be_followed(house: House, administrator: Visitor) -> None:
    folder = Path(__file__).parents[1] / "contract" / "diagrams" / "camunda7"
    files = [folder / "review.bpmn", folder / "publication.bpmn"]
    house.engine.deploy([Resource(file.name, file.read_bytes()) for file in files])
    calling = house.engine.start("publication", {"reviewer": "ann"})
    called = administrator.open(administrator.open(f"/desk/instances/{calling.id}").link("review, version 1"))
    assert called.status == 200
    assert "Write draft" in called.html.xpath("string(//section[@data-live='running'])")
    assert administrator.open(called.link("another instance")).path == f"/desk/instances/{calling.id}"


def events(visitor: Visitor, page: Page) -> str:
    """Return what a page is told that listens as it stands there."""
    (address,) = page.html.xpath("//@data-changes")
    answer = visitor.client.get(str(address))
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    return answer.text


def test_an_open_list_is_told_when_what_it_shows_has_changed(house: House, administrator: Visitor) -> None:
    instance = begun(house, weight=0)
    page = administrator.open(f"/desk/instances?business_key={instance.business_key}")
    assert "event: changed" not in events(administrator, page)
    begun(house)
    assert "event: changed" not in events(administrator, page)  # it shows something else
    pack(house, instance)
    assert "event: changed" in events(administrator, page)
    page = administrator.open(f"/desk/instances?business_key={instance.business_key}")
    assert "event: changed" not in events(administrator, page)
    house.engine.suspend(instance.id)
    assert "event: changed" in events(administrator, page)
    assert administrator.open("/desk/instances/changes?version=1").status == 422


LONG = 1_000
LOOP = f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="Definitions_Rounds" targetNamespace="x">
  <bpmn:process id="rounds" name="Rounds" isExecutable="true" camunda:historyTimeToLive="30">
    <bpmn:startEvent id="start" />
    <bpmn:sequenceFlow id="to_each" sourceRef="start" targetRef="each" />
    <bpmn:task id="each" name="Each">
      <bpmn:multiInstanceLoopCharacteristics isSequential="true">
        <bpmn:loopCardinality>{LONG}</bpmn:loopCardinality>
      </bpmn:multiInstanceLoopCharacteristics>
    </bpmn:task>
    <bpmn:sequenceFlow id="to_ask" sourceRef="each" targetRef="ask" />
    <bpmn:userTask id="ask" name="Ask" />
  </bpmn:process>
</bpmn:definitions>"""


def test_of_a_long_history_a_page_shows_the_end_and_counts_the_rest(house: House, administrator: Visitor) -> None:
    house.engine.deploy([Resource("rounds.bpmn", LOOP.encode())])
    instance = house.engine.start("rounds")
    eventually(lambda: bool(house.engine.tasks(TaskQuery(instance_id=instance.id))))
    page = administrator.open(f"/desk/instances/{instance.id}")
    timeline = page.html.xpath("//*[@data-live='timeline']//tbody/tr")
    assert len(timeline) == 100
    assert "Ask" in timeline[0].text_content()
    entered = LONG + 3  # the loop itself, the start and the task too
    assert f"These are the last 100 of {entered}." in page.text
    assert "More than 100 changes so far" in page.text
    whole = administrator.open(page.link("Look at all of them."))
    assert f"{entered} steps, the last first, page 1 of 11" in whole.text
    last = administrator.open(f"{whole.path}?page=11")
    assert len(last.html.xpath("//main//tbody/tr")) == entered % 100
    assert "startEvent" in last.html.xpath("//main//tbody/tr[last()]")[0].text_content()
    (marks,) = page.html.xpath("//@data-marks")
    assert json.loads(marks) == {"running": {"ask": 1}, "incidents": {}, "left": ["each", "start"]}


def test_a_step_that_asks_a_decision_leads_there(house: House, administrator: Visitor) -> None:
    files = Path(__file__).parents[1] / "decisions" / "files" / "dish-camunda7.dmn"
    asks = 'businessRuleTask id="ask" name="Ask" camunda:decisionRef="season" camunda:resultVariable="season"'
    asking = LOOP.replace("rounds", "menu").replace('userTask id="ask" name="Ask"', asks)
    asking = re.sub(r"<bpmn:multi.*</bpmn:multi[^>]*>", "", asking, flags=re.DOTALL)
    house.engine.deploy([Resource("menu.bpmn", asking.encode()), Resource(files.name, files.read_bytes())])
    page = administrator.open(f"/desk/instances/{house.engine.start('menu', {'temperature': 31}).id}")
    (link,) = page.html.xpath("//*[@data-live='timeline']//a/@href")
    assert administrator.open(str(link)).heading == "Season"
