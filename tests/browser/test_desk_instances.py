"""Instances on the desk in a real browser: tokens that move, incidents that are put right, changes by clicking."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Keep, Visit
from tests.browser.served import ROOT, Served
from tests.browser.test_pages import check
from tests.house import House
from workflows.engine import Resource, TaskQuery

DELIVERY = ROOT / "tests" / "web" / "diagrams" / "delivery.bpmn"
INSTANCES, PACKED, WEIGHED = 200, 120, 80


def badge(page: Page, element_id: str, kind: str) -> Locator:
    """Return what lies over an element of the diagram: `token`, `incident`, `heat`, `cancel` or `start`."""
    return page.locator(f".djs-overlays[data-container-id='{element_id}'] .badge.{kind}")


def shape(page: Page, element_id: str) -> Locator:
    """Return an element of the diagram."""
    return page.locator(f".djs-shape[data-element-id='{element_id}']")


@pytest.fixture
def complaints() -> list[str]:
    """What browsers have complained of, such as something that the policy of a page forbids."""
    return []


def listened(page: Page, complaints: list[str]) -> Page:
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def test_a_token_moves_and_an_incident_is_put_right_without_reload(
    served: Served, visit: Visit, keep: Keep, complaints: list[str]
) -> None:
    served.run("deploy", str(DELIVERY))
    page = listened(visit("admin"), complaints)
    page.goto("/processes/delivery/start")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pack the parcel")
    task = page.url
    page.goto("/desk/instances?process=delivery")
    check(page)
    keep(page, "desk-instances")
    page.locator("main").get_by_role("link", name="delivery").first.click()
    expect(badge(page, "pack", "token")).to_have_text("1")
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    page.evaluate("window.stayed = true")

    other = page.context.new_page()
    other.goto(task)
    other.get_by_role("button", name="Take this task").click()
    other.get_by_role("button", name="Complete").click()
    expect(badge(page, "price", "token")).to_have_text("1")
    expect(badge(page, "price", "incident")).to_have_text("! 1")
    expect(badge(page, "pack", "token")).to_have_count(0)
    expect(page.get_by_text("weight")).to_be_visible()  # what is missing, in the message of the incident
    check(page)
    keep(page, "desk-instance-incident")

    other.goto(page.url)
    other.get_by_role("link", name="Set a variable").click()
    other.get_by_label("Name of the variable").fill("weight")
    other.get_by_label("New value").fill("4")
    other.get_by_label("Reason").fill("Nobody had weighed it.")
    keep(other, "desk-set-variable")
    other.get_by_role("button", name="Set the variable").click()
    other.get_by_role("link", name="Try again").click()
    other.get_by_label("Reason").fill("It is weighed now.")
    check(other)
    other.get_by_role("button", name="Try it again").click()
    expect(other.get_by_role("status")).to_contain_text("1 of 1 is being tried again")
    keep(other, "desk-tried-again")

    expect(badge(page, "hand_over", "token")).to_have_text("1")
    expect(badge(page, "price", "incident")).to_have_count(0)
    expect(page.locator("[data-live=audit]")).to_contain_text("Nobody had weighed it.")
    assert page.evaluate("window.stayed") is True
    keep(page, "desk-instance")
    assert complaints == []


@pytest.fixture(scope="module")
def deliveries(house: House) -> None:
    """Two hundred deliveries: some are packed, and some of these weigh nothing."""
    house.engine.deploy([Resource(DELIVERY.name, DELIVERY.read_bytes())])
    started = [
        house.engine.start("delivery", {"weight": int(number < WEIGHED)}, business_key=f"P-{number}")
        for number in range(INSTANCES)
    ]
    for instance in started[:PACKED]:
        house.clock.advance(minutes=7)
        (task,) = house.engine.tasks(TaskQuery(instance_id=instance.id))
        house.engine.complete(task.id)


@pytest.mark.usefixtures("deliveries")
def test_heat_lies_over_the_diagram_of_200_instances(
    house: House, enter: Visit, keep: Keep, complaints: list[str]
) -> None:
    page = listened(enter("admin"), complaints)
    definition = house.engine.definitions("delivery")[0]
    page.goto(f"/desk/definitions/{definition.id}/heat")
    expect(badge(page, "pack", "heat")).to_have_text(str(INSTANCES))
    expect(badge(page, "hand_over", "heat")).to_have_text(str(WEIGHED))
    expect(shape(page, "pack")).to_contain_class("heat-5")
    expect(shape(page, "hand_over")).to_contain_class("heat-3")
    check(page)
    keep(page, "desk-heat")
    page.get_by_role("link", name="Open incidents").click()
    expect(badge(page, "price", "heat")).to_have_text(str(PACKED - WEIGHED))
    page.get_by_role("link", name="Median duration").click()
    expect(badge(page, "pack", "heat")).to_contain_text("h")
    keep(page, "desk-durations")
    assert complaints == []


@pytest.mark.usefixtures("deliveries")
def test_an_instance_is_modified_by_clicking(house: House, enter: Visit, keep: Keep, complaints: list[str]) -> None:
    instance = house.engine.start("delivery", {"weight": 2}, business_key="to be modified")
    page = listened(enter("admin"), complaints)
    page.goto(f"/desk/instances/{instance.id}")
    page.get_by_role("link", name="Modify").click()
    expect(badge(page, "pack", "token")).to_be_visible()
    shape(page, "pack").click()
    expect(page.get_by_label("Cancel Pack the parcel")).to_be_checked()
    shape(page, "delivered").click()
    shape(page, "delivered").click()
    expect(page.get_by_label("Start at Delivered")).not_to_be_checked()
    shape(page, "hand_over").click()
    expect(badge(page, "hand_over", "start")).to_be_visible()
    check(page)
    keep(page, "desk-modify")
    page.get_by_role("button", name="Look at what will happen").press("Enter")
    page.get_by_label("Reason").fill("It was packed by hand.")
    check(page)
    keep(page, "desk-modify-confirm")
    page.get_by_role("button", name="Modify the instance").click()
    expect(badge(page, "hand_over", "token")).to_have_text("1")
    expect(badge(page, "pack", "token")).to_have_count(0)
    running = [each.element_id for each in house.engine.history(instance.id) if each.outcome == "running"]
    assert running == ["hand_over"]
    assert complaints == []


@pytest.mark.usefixtures("deliveries")
def test_chosen_incidents_are_tried_again_together(house: House, enter: Visit, keep: Keep) -> None:
    page = enter("admin")
    page.goto("/desk/incidents?process=delivery")
    chosen = page.get_by_role("checkbox")
    for place in (0, 1):
        chosen.nth(place).check()
    check(page)
    keep(page, "desk-incidents")
    page.get_by_role("button", name="Try the chosen ones again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Try 2 incidents again")
    page.get_by_label("Reason").fill("Just to see.")
    page.get_by_role("button", name="Try them again").click()
    expect(page.get_by_role("status")).to_contain_text("2 of 2 are being tried again")
    assert len(house.engine.incidents(process_id="delivery")) == PACKED - WEIGHED  # what fails again comes back


def stuck(house: House, business_key: str) -> str:
    """Return the incident of a courier whose parcel weighs nothing."""
    instance = house.engine.start("courier", {"weight": 0}, business_key=business_key)
    (task,) = house.engine.tasks(TaskQuery(instance_id=instance.id))
    house.engine.complete(task.id)
    (incident,) = house.engine.incidents(instance.id)
    return incident.id


def test_open_lists_change_under_ones_hands_without_losing_a_click(house: House, enter: Visit) -> None:
    house.engine.deploy([Resource("courier.bpmn", DELIVERY.read_bytes().replace(b'"delivery"', b'"courier"'))])
    ticked, pressed, gone = (stuck(house, key) for key in ("ticked", "pressed", "gone"))
    page, instances = enter("admin"), enter("admin")
    page.goto("/desk/incidents?process=courier")
    instances.goto("/desk/instances?process=courier&state=active")
    expect(page.get_by_role("checkbox")).to_have_count(3)
    expect(instances.get_by_role("heading", name="3 instances")).to_be_visible()
    page.locator(f"[value='{ticked}']").check()
    page.locator(f"[value='{pressed}']").hover()
    page.mouse.down()
    with page.expect_response(re.compile(r"/desk/incidents\?process=courier$")):
        house.engine.cancel(gone.partition(":")[0])
    page.evaluate("new Promise(requestAnimationFrame)")
    expect(page.get_by_role("checkbox")).to_have_count(3)  # what is pressed stays until it is let go
    page.mouse.up()
    expect(page.get_by_role("checkbox")).to_have_count(2)
    for chosen in (ticked, pressed):
        expect(page.locator(f"[value='{chosen}']")).to_be_checked()
    expect(page.locator(f"[value='{pressed}']")).to_be_focused()
    expect(instances.get_by_role("heading", name="2 instances")).to_be_visible()
    page.get_by_role("button", name="Choose all of this page").click()
    expect(page.locator(f"[value='{ticked}']")).not_to_be_checked()  # all were, and so none is now
    page.get_by_role("button", name="Choose all of this page").press("Enter")
    page.get_by_role("button", name="Try the chosen ones again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Try 2 incidents again")


@pytest.mark.usefixtures("deliveries")
def test_without_scripts_the_same_is_there(house: House, enter: Visit, keep: Keep) -> None:
    incident = house.engine.incidents(process_id="delivery")[0]
    page = enter("admin", java_script_enabled=False)
    page.goto(f"/desk/instances/{incident.instance_id}")
    expect(page.locator("figure svg .incident")).to_be_visible()
    expect(page.locator("[data-live=running] tbody")).to_contain_text("Work out the price")
    keep(page, "desk-instance-plain")
