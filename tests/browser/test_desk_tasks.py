"""The desk in a real browser: tasks that come, are taken and done; files that are deployed after a look at them."""

import re
from datetime import timedelta

from playwright.sync_api import FilePayload, Page, expect

from app.clinic.demo import DOCTORS
from tests.browser.conftest import Keep, Visit
from tests.browser.served import ROOT
from tests.browser.test_pages import check
from tests.house import House
from workflows.engine import Resource

ERRAND = (ROOT / "tests" / "web" / "diagrams" / "errand.bpmn").read_bytes()
BROKEN = ERRAND.replace(b'targetRef="Task_Ask"', b'targetRef="Task_Nowhere"')


def named(content: bytes, process_id: str) -> bytes:
    return content.replace(b'id="Errand" name="Errand"', f'id="{process_id}" name="{process_id}"'.encode())


def start(page: Page, process_id: str) -> None:
    page.goto(f"/processes/{process_id}/start")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text(f"Started: {process_id}.")).to_be_visible()


def upload(page: Page, content: bytes) -> None:
    page.goto("/desk/definitions/deployments/new")
    file = FilePayload(name="trip.bpmn", mimeType="application/xml", buffer=content)
    page.get_by_label("Diagrams, decisions and forms").set_input_files(file)
    page.get_by_role("button", name="Look at them").click()


def test_a_task_comes_without_reload_and_is_done_with_the_keyboard(house: House, enter: Visit, keep: Keep) -> None:
    house.engine.deploy([Resource("call.bpmn", named(ERRAND, "Call"))])
    administrator, doctor = enter("admin"), enter(DOCTORS[0].username)
    complaints: list[str] = []
    doctor.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    doctor.goto("/desk/tasks?view=groups&process=Call")
    expect(doctor.locator("#tasks").get_by_role("status")).to_have_text("0 tasks")
    start(administrator, "Call")
    expect(doctor.locator("#tasks").get_by_role("status")).to_have_text("1 task")
    check(doctor)
    keep(doctor, "desk-tasks-groups")
    doctor.get_by_role("button", name="Take Ask").press("Enter")
    doctor.get_by_label("Subject").press_sequentially("Paper")
    doctor.keyboard.press("Enter")
    expect(doctor.get_by_text("Done: Ask")).to_be_visible()
    expect(doctor).to_have_url(re.compile("/desk/tasks$"))
    administrator.goto("/desk/tasks?view=unassigned&process=Call")
    expect(administrator.locator("#tasks").get_by_role("status")).to_have_text("1 task")
    administrator.get_by_role("link", name="Assign Approve").click()
    expect(administrator.get_by_label("User name")).to_be_visible()
    keep(administrator, "desk-assign")
    administrator.get_by_label("User name").fill(DOCTORS[0].username)
    administrator.keyboard.press("Enter")
    expect(administrator.get_by_text("Assigned:")).to_be_visible()
    check(administrator)
    keep(administrator, "desk-tasks-all")
    expect(doctor.get_by_role("link", name="Open")).to_be_visible()
    assert complaints == []


def test_a_changed_diagram_gives_new_instances_its_form_and_old_ones_keep_theirs(
    house: House, enter: Visit, keep: Keep
) -> None:
    page = enter("admin")
    first = named(ERRAND, "Trip")
    changed = first.replace(b'label="Copies"', b'label="How many of them"')
    for content, change in ((first, "new"), (changed, "version 2")):
        upload(page, content)
        expect(page.get_by_role("heading", level=1)).to_have_text("Deploy these files?")
        expect(page.get_by_role("row", name="trip.bpmn")).to_contain_text(change)
        check(page)
        keep(page, f"desk-deploy-{change.replace(' ', '-')}")
        page.get_by_role("button", name="Deploy them").click()
        expect(page.get_by_text("Deployed: Trip version")).to_be_visible()
        start(page, "Trip")
        house.clock.now += timedelta(seconds=1)  # it stands still, and nothing is older than what began with it
    page.goto("/desk/definitions")
    page.get_by_role("link", name="Trip", exact=True).click()
    expect(page.get_by_role("row", name="Version 2, shown here")).to_be_visible()
    check(page)
    keep(page, "desk-definition-versions")
    doctor = enter(DOCTORS[1].username)
    for label in ("Copies", "How many of them"):
        doctor.goto("/desk/tasks?view=groups&process=Trip&sort=oldest")
        doctor.get_by_role("button", name="Take Ask").first.click()
        expect(doctor.get_by_label(label)).to_be_visible()


def test_a_broken_file_is_shown_with_line_and_element(enter: Visit, keep: Keep) -> None:
    page = enter("admin")
    upload(page, BROKEN)
    expect(page.get_by_role("alert")).to_contain_text("Nothing was deployed")
    line = next(n for n, text in enumerate(BROKEN.splitlines(), 1) if b"Task_Nowhere" in text)
    row = page.get_by_role("row").filter(has_text="Task_Nowhere").first
    expect(row).to_contain_text("trip.bpmn")
    expect(row).to_contain_text(str(line))
    expect(row).to_contain_text("Flow_1")
    check(page)
    keep(page, "desk-deploy-broken")
