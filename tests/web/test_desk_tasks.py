"""The task list of staff: whose tasks it shows to whom, found, sorted, paged, and given to somebody."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.clinic import directory
from app.clinic.demo import DOCTORS
from app.web.desk.paging import PER_PAGE
from tests.house import House
from tests.visitor import Page, Visitor
from workflows.engine import Resource, TaskQuery, UserTask

COLLEAGUE = DOCTORS[1].username
ERRAND = Path(__file__).parent / "diagrams" / "errand.bpmn"
DUE = b'camunda:candidateGroups="doctor" camunda:dueDate="${due}" camunda:priority="${priority}"'


@pytest.fixture(autouse=True, scope="module")
def deployed(house: House) -> None:
    named = ERRAND.read_bytes().replace(b'id="Errand" name="Errand"', b'id="Call" name="Calls to make"')
    house.engine.deploy([Resource("call.bpmn", named.replace(b'camunda:candidateGroups="doctor"', DUE))])


def begin(house: House, key: str, *, hours: float = 48, priority: int = 50) -> UserTask:
    """Begin a call that is due in so many hours, with this business key; return its task, which is for doctors."""
    due = (house.clock.now + timedelta(hours=hours)).isoformat()
    instance = house.engine.start("Call", {"due": due, "priority": priority}, business_key=key)
    (task,) = house.engine.tasks(TaskQuery(instance_id=instance.id))
    return task


def keys(page: Page) -> list[str]:
    """The business keys on a page, in order."""
    return [str(each.text) for each in page.html.xpath("//section[@id='tasks']//span[@class='ticket']")]


def listed(visitor: Visitor, **query: str) -> list[str]:
    address = "&".join(f"{name}={value}" for name, value in {"process": "Call", **query}.items())
    return keys(visitor.open(f"/desk/tasks?{address}"))


def test_a_task_goes_from_the_group_to_who_takes_it_and_back(house: House, doctor: Visitor) -> None:
    task, colleague = begin(house, "taken"), house.visitor(COLLEAGUE)
    page = doctor.open("/desk/tasks?view=groups&business_key=taken")
    assert keys(page) == ["taken"]
    doctor.submit(page, form=f"/tasks/{task.id}/claim")
    assert (listed(doctor, view="groups", business_key="taken"), listed(doctor, business_key="taken")) == (
        [],
        ["taken"],
    )
    assert listed(colleague, view="groups", business_key="taken") == []
    after = doctor.submit(doctor.open("/desk/tasks?business_key=taken"), form=f"/tasks/{task.id}/unclaim")
    assert after.path == "/desk/tasks"
    assert listed(colleague, view="groups", business_key="taken") == ["taken"]


def test_administrators_see_everybodys_tasks_and_doctors_do_not(
    house: House, doctor: Visitor, administrator: Visitor
) -> None:
    task = begin(house, "everybody")
    for view in ("unassigned", "all"):
        assert listed(administrator, view=view, business_key="everybody") == ["everybody"]
        refused = doctor.open(f"/desk/tasks?view={view}")
        assert (refused.status, keys(refused)) == (422, [])
    page = administrator.open("/desk/tasks?view=all&business_key=everybody")
    assert not page.html.xpath(f"//form[contains(@action, '{task.id}')]")  # it is for doctors to take


def test_an_administrator_assigns_a_task_whoever_had_it(house: House, doctor: Visitor, administrator: Visitor) -> None:
    task = begin(house, "assigned")
    page = administrator.open(administrator.open("/desk/tasks?view=all&business_key=assigned").link("Assign"))
    after = administrator.submit(page, {"username": COLLEAGUE})
    assert "Assigned: Ask <b>everything</b>." in after.text
    assert listed(house.visitor(COLLEAGUE), business_key="assigned") == ["assigned"]
    assert f"with {COLLEAGUE}" in administrator.open("/desk/tasks?view=all&business_key=assigned").text
    administrator.submit(page, {"username": "Amara.Okafor "})
    assert listed(doctor, business_key="assigned") == ["assigned"]
    audit = house.engine.operations(task.instance_id)
    assert [(each.action, each.done_by) for each in audit] == [("assign", house.login_id("admin"))] * 2


@pytest.mark.parametrize("username", ["nobody.known", "", "x" * 200])
def test_a_task_is_not_given_to_nobody(house: House, administrator: Visitor, username: str) -> None:
    task = begin(house, "kept")
    page = administrator.open(f"/desk/tasks/{task.id}/assign")
    refused = administrator.submit(page, {"username": username})
    assert refused.status == 422
    assert refused.html.xpath("//*[@role='alert']//a[@href='#f0']")
    assert house.engine.task(task.id).assignee is None


def test_a_task_is_not_given_to_a_closed_account(house: House, administrator: Visitor) -> None:
    task, username = begin(house, "closed"), house.add_patient()
    with house.services.database.write() as session:
        directory.close(session, login_id=house.login_id(username), by=house.login_id("admin"), now=house.clock.now)
    refused = administrator.submit(administrator.open(f"/desk/tasks/{task.id}/assign"), {"username": username})
    assert (refused.status, house.engine.task(task.id).assignee) == (422, None)
    assert "is closed" in refused.text


def test_a_task_that_is_done_cannot_be_given(house: House, administrator: Visitor) -> None:
    task = begin(house, "done")
    page = administrator.open(f"/desk/tasks/{task.id}/assign")
    house.engine.complete(task.id)
    refused = administrator.submit(page, {"username": COLLEAGUE})
    assert refused.status == 409
    assert "This task was done already" in refused.text
    assert administrator.open("/desk/tasks/nothing/assign").status == 404


def test_tasks_are_found_and_sorted(house: House, doctor: Visitor) -> None:
    for key, hours, priority in (("b", 30, 60), ("a", 10, 20), ("c", 20, 90)):
        begin(house, f"sorted-{key}", hours=hours, priority=priority)
        house.clock.advance(seconds=1)

    def found(**query: str) -> list[str]:
        return [key[-1] for key in listed(doctor, view="groups", **query) if key.startswith("sorted-")]

    assert found() == ["b", "a", "c"]
    assert found(sort="newest") == ["c", "a", "b"]
    assert found(sort="due") == ["a", "c", "b"]
    assert found(sort="priority") == ["c", "b", "a"]
    assert found(name="EVERYTHING", business_key="sorted-a") == ["a"]
    assert found(name="100%25") == []
    assert found(process="Errand") == []
    refused = doctor.open("/desk/tasks?sort=colour")
    assert refused.status == 422
    assert "Tasks can't be sorted by 'colour'." in refused.text


def test_what_is_overdue_says_so(house: House, doctor: Visitor) -> None:
    begin(house, "late", hours=1)
    assert "overdue" not in doctor.open("/desk/tasks?view=groups&business_key=late").text
    house.clock.advance(hours=2)
    assert "overdue" in doctor.open("/desk/tasks?view=groups&business_key=late").text


def test_a_long_list_is_shown_a_page_at_a_time(house: House, doctor: Visitor) -> None:
    for _ in range(PER_PAGE + 1):
        begin(house, "many")
    first = doctor.open("/desk/tasks?view=groups&business_key=many")
    assert len(keys(first)) == PER_PAGE
    assert f"{PER_PAGE + 1} tasks, page 1 of 2" in first.text
    second = doctor.open(first.link("Next page"))
    assert (len(keys(second)), second.html.xpath("string(//select[@id='sort']/option[@selected])")) == (1, "")
    assert len(keys(doctor.open("/desk/tasks?view=groups&business_key=many&page=99"))) == 1
    assert doctor.open("/desk/tasks?page=many").status == 200


def test_an_empty_list_says_where_tasks_are(house: House, doctor: Visitor) -> None:
    begin(house, "waiting")
    colleague = house.visitor(DOCTORS[2].username)
    empty = colleague.open("/desk/tasks")
    assert "Nothing waits for you." in empty.text
    assert keys(colleague.open(empty.link("See what you can take.")))
    assert "No task is like that." in colleague.open("/desk/tasks?name=nothing+like+it").text


def test_staff_comes_to_its_list_from_the_address_of_patients_tasks(doctor: Visitor, patient: Visitor) -> None:
    assert doctor.open("/tasks").path == "/desk/tasks"
    assert patient.open("/tasks").path == "/tasks"
    assert patient.open("/desk/tasks").status == 403
