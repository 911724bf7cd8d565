"""User tasks of a process that has no pages of its own."""

from pathlib import Path

import pytest

from app.clinic.demo import DOCTORS
from tests.house import House
from tests.visitor import Page, Visitor
from tests.web.conftest import Booking
from workflows.engine import InstanceQuery, InstanceState, Resource, TaskQuery, UserTask

COLLEAGUE = DOCTORS[1].username
ERRAND = Path(__file__).parent / "diagrams" / "errand.bpmn"
RECALL = ERRAND.with_name("recall.bpmn")


@pytest.fixture(autouse=True, scope="module")
def deployed(house: House) -> None:
    house.engine.deploy([Resource(ERRAND.name, ERRAND.read_bytes())])


@pytest.fixture
def task(house: House) -> UserTask:
    """The first task of a new errand."""
    instance = house.engine.start("Errand")
    (found,) = house.engine.tasks(TaskQuery(instance_id=instance.id))
    return found


@pytest.fixture
def page(doctor: Visitor, task: UserTask) -> Page:
    """The task, taken by a doctor."""
    return doctor.submit(doctor.open(f"/tasks/{task.id}"), form="/claim")


def test_a_task_is_listed_for_its_group_alone(
    house: House, task: UserTask, doctor: Visitor, patient: Visitor, administrator: Visitor
) -> None:
    assert doctor.open("/desk/tasks?view=groups").html.xpath(f"//form[@action='/tasks/{task.id}/claim']")
    for other in (patient, administrator):
        for listing in ("/tasks", "/tasks?view=groups"):
            assert task.id not in other.open(listing).response.text
        assert other.open(f"/tasks/{task.id}").status == 404


def test_a_task_is_filled_only_by_who_took_it(house: House, doctor: Visitor, task: UserTask, page: Page) -> None:
    assert page.form(task.id).action == f"/tasks/{task.id}"
    colleague = house.visitor(COLLEAGUE)
    assert colleague.open(f"/tasks/{task.id}").status == 404


def test_a_task_that_nobody_took_cannot_be_completed(doctor: Visitor, task: UserTask) -> None:
    token = dict(doctor.open(f"/tasks/{task.id}").form().form_values())
    answer = doctor.post(f"/tasks/{task.id}", {**token, "dams:task": task.id, "subject": "Paper"})
    assert answer.status == 409
    assert "Take this task first." in answer.text


def test_a_task_is_given_back(house: House, doctor: Visitor, task: UserTask, page: Page) -> None:
    after = doctor.submit(page, form="/unclaim")
    assert after.path == "/desk/tasks"
    assert house.engine.task(task.id).assignee is None


def test_texts_of_a_diagram_are_shown_as_text(page: Page) -> None:
    assert page.heading == "Ask <b>everything</b>"
    assert "Subject <script>alert(1)</script>" in page.text
    assert 'Red "><i>' in page.text
    assert not page.html.xpath("//main//script | //main//h1/b | //main//i")


def test_every_control_has_a_label(page: Page) -> None:
    for control in page.html.xpath("//main//input[not(@type='hidden')] | //main//select | //main//textarea"):
        inside_label = control.getparent() is not None and control.xpath("ancestor::label")
        assert inside_label or page.html.xpath(f"//label[@for='{control.get('id')}']")


def test_defaults_stand_in_their_fields(page: Page) -> None:
    assert page.chosen("copies") == ["2"]


def test_refused_values_are_kept_with_a_sentence_beside_each(doctor: Visitor, page: Page) -> None:
    refused = doctor.submit(page, {"subject": '"><script>alert(2)</script>', "copies": "10", "urgent": "true"})
    assert refused.status == 422
    assert refused.chosen("subject") == ['"><script>alert(2)</script>']
    assert refused.chosen("copies") == ["10"]
    assert refused.chosen("urgent") == ["true"]
    assert "Enter at most 20 characters" in refused.text
    assert "Enter 9 or less." in refused.text
    assert not refused.html.xpath("//main//script")
    assert len(refused.html.xpath("//*[@role='alert']//li")) == 2


def test_a_completed_task_brings_typed_values_and_the_next_group_its_task(
    house: House, doctor: Visitor, administrator: Visitor, task: UserTask, page: Page
) -> None:
    values = {"subject": "Paper", "copies": "3", "urgent": "true", "until": "2026-07-01", "colour": "blue"}
    after = doctor.submit(page, values)
    assert after.path == "/desk/tasks"
    assert "Done: Ask <b>everything</b>." in after.text
    variables = house.engine.variables(task.instance_id)
    assert {name: variables[name] for name in values} == {
        "subject": "Paper",
        "copies": 3,
        "urgent": True,
        "until": "2026-07-01",
        "colour": "blue",
    }
    (approve,) = house.engine.tasks(TaskQuery(instance_id=task.instance_id))
    taken = administrator.submit(administrator.open("/desk/tasks?view=groups"), form=f"{approve.id}/claim")
    assert "This task has no form" in taken.text
    administrator.submit(taken)
    assert house.engine.instance(task.instance_id).state is InstanceState.COMPLETED


def test_a_task_posted_twice_is_refused_the_second_time(doctor: Visitor, page: Page) -> None:
    doctor.submit(page, {"subject": "Paper"})
    again = doctor.submit(page, {"subject": "Scissors"})
    assert again.status == 409
    assert "This task was done already" in again.text


def test_an_unknown_task_is_not_found(doctor: Visitor) -> None:
    assert doctor.open("/tasks/nothing").status == 404
    assert doctor.open("/tasks/nothing:1").status == 404


def test_a_task_of_the_booking_opens_on_its_own_page(patient: Visitor, book: Booking) -> None:
    booking = book(patient, 1)
    listed = patient.open("/tasks")
    assert patient.open(listed.link("Open")).address == booking.address


def test_an_administrator_starts_a_process_from_its_page(house: House, administrator: Visitor) -> None:
    start_page = administrator.open(administrator.open("/desk/definitions").link("Start Errand"))
    assert "asks for nothing" in start_page.text
    after = administrator.submit(start_page, form="/processes/Errand/start")
    assert after.path == "/desk/tasks"
    assert "Started: Errand." in after.text


def test_a_process_that_is_not_deployed_cannot_be_started(administrator: Visitor) -> None:
    token = dict(administrator.open("/desk/definitions/deployments/new").form().form_values())
    assert administrator.post("/processes/Nothing/start", token).status == 404
    assert administrator.open("/processes/Nothing/start").status == 404


def test_a_start_form_gives_the_first_variables_and_is_checked(house: House, administrator: Visitor) -> None:
    house.engine.deploy([Resource(RECALL.name, RECALL.read_bytes())])
    page = administrator.open("/processes/Recall/start")
    refused = administrator.submit(page, {"reason": ""}, form="/processes/Recall/start")
    assert (refused.status, house.engine.instances(InstanceQuery(process_id="Recall"))) == (422, [])
    assert "Why are patients called back?" in refused.html.xpath("string(//*[@role='alert'])")
    administrator.submit(refused, {"reason": "A better vaccine"}, form="/processes/Recall/start")
    (instance,) = house.engine.instances(InstanceQuery(process_id="Recall"))
    assert house.engine.variables(instance.id) == {"reason": "A better vaccine", "weeks": 6}
    assert instance.business_key == "A better vaccine"


def test_a_task_that_staff_holds_says_so_and_keeps_what_it_has(
    house: House, doctor: Visitor, task: UserTask, page: Page
) -> None:
    house.engine.suspend(task.instance_id)
    assert "Staff holds this process for now" in doctor.open(f"/tasks/{task.id}").text
    assert "on hold" in doctor.open("/tasks").text
    refused = doctor.submit(page, {"subject": "Paper"}, form=f"/tasks/{task.id}")
    assert refused.status == 409
    assert "Nothing was changed by this form: try again later." in refused.text
    house.engine.resume(task.instance_id)
    assert doctor.submit(page, {"subject": "Paper"}, form=f"/tasks/{task.id}").status == 200
