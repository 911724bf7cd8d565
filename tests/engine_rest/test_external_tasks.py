"""External tasks over HTTP: the members, statuses and types that Camunda's clients expect, and every wrong request."""

from datetime import timedelta
from typing import Any

import pytest

from app.api.camunda.times import written
from app.clinic.models import Scope
from tests.api.conftest import program_of
from tests.api.program import Program
from tests.house import House

BASE = "/engine-rest/external-task"
TOPIC = {"topicName": "errand", "lockDuration": 60_000}
FETCH = {"workerId": "a", "maxTasks": 10, "topics": [TOPIC]}


def start(house: House, key: str = "E-1", **variables: Any) -> str:
    return house.engine.start("Errand", {"priority": 0, **variables}, business_key=key).id


def fetch(program: Program, topic: dict[str, Any] | None = None, **members: Any) -> list[dict[str, Any]]:
    answer = program.post(f"{BASE}/fetchAndLock", {**FETCH, "topics": [{**TOPIC, **(topic or {})}], **members})
    assert (answer.status_code, answer.content_type) == (200, "application/json"), answer.text
    found: list[dict[str, Any]] = answer.get_json()
    return found


def put(program: Program, path: str, body: dict[str, Any]) -> Any:
    return program.client.put(f"{BASE}/{path}", json=body, headers=program.headers)


def test_a_fetched_task_has_every_member(errands: House, program: Program) -> None:
    instance_id = start(errands, n=3, who={"name": "Ada"}, list=[1])
    (definition,), now = errands.engine.definitions("Errand"), errands.clock.now
    (task,) = fetch(program, {"includeExtensionProperties": True, "deserializeValues": True, "variables": None})
    known = {
        "activityId": "run", "executionId": instance_id, "processInstanceId": instance_id, "topicName": "errand",
        "processDefinitionId": definition.id, "processDefinitionKey": "Errand", "processDefinitionVersionTag": "first",
        "createTime": written(now), "lockExpirationTime": written(now + timedelta(minutes=1)),
        "retries": None, "suspended": False, "workerId": "a", "tenantId": None, "priority": 0, "businessKey": "E-1",
        "errorMessage": None, "errorDetails": None, "extensionProperties": {"shop": "bakery"},
    }  # fmt: skip
    assert {name: value for name, value in task.items() if name in known} == known
    assert task.keys() - known.keys() == {"id", "activityInstanceId", "variables"}
    assert task["variables"]["n"] == {"type": "Integer", "value": 3, "valueInfo": {}}
    assert (task["variables"]["who"]["type"], task["variables"]["who"]["value"]) == ("Object", {"name": "Ada"})
    program.post(f"{BASE}/{task['id']}/unlock")
    (task,) = fetch(program, {"variables": ["who"]})
    assert task["variables"] == {"who": {"type": "Json", "value": '{"name": "Ada"}', "valueInfo": {}}}
    assert "extensionProperties" not in task


def test_clients_leave_out_or_null_what_they_do_not_want(errands: House, program: Program) -> None:
    start(errands)
    optional = (
        "variables", "localVariables", "businessKey", "processDefinitionId", "processDefinitionIdIn",
        "processDefinitionKey", "processDefinitionKeyIn", "processDefinitionVersionTag", "processVariables",
        "tenantIdIn", "withoutTenantId", "includeExtensionProperties", "deserializeValues",
    )  # fmt: skip
    (task,) = fetch(program, dict.fromkeys(optional), usePriority=None, asyncResponseTimeout=None, sorting=None)
    done = program.post(f"{BASE}/{task['id']}/complete", {"workerId": "a", "variables": None, "localVariables": None})
    assert (done.status_code, done.data) == (204, b"")
    assert fetch(program, sorting=[]) == []


def test_topics_choose_and_sort(errands: House, program: Program) -> None:
    for key, priority in (("A", 1), ("B", 9), ("C", 5)):
        start(errands, key, priority=priority, n=priority)
        errands.clock.advance(seconds=1)

    def keys(topic: dict[str, Any] | None = None, **members: Any) -> list[str]:
        tasks = fetch(program, topic, **members)
        for task in tasks:
            assert program.post(f"{BASE}/{task['id']}/unlock", {}).status_code == 204
        return [task["businessKey"] for task in tasks]

    by_age = {"sortBy": "createTime", "sortOrder": "asc"}
    assert keys(usePriority=True) == ["B", "C", "A"]
    assert keys(sorting=[by_age]) == ["A", "B", "C"]
    assert keys(sorting=[{**by_age, "sortOrder": "desc"}]) == ["C", "B", "A"]
    assert keys(maxTasks=1) == ["B"]
    assert keys(maxTasks=0) == []
    assert keys({"businessKey": "C"}) == ["C"]
    assert keys({"processVariables": {"n": 9}}) == ["B"]
    assert keys({"processDefinitionKeyIn": ["Other"]}) == keys({"tenantIdIn": ["t"]}) == []
    assert keys({"processDefinitionKey": "Errand", "withoutTenantId": True, "processDefinitionVersionTag": "first"})


def test_a_task_is_completed_failed_and_given_back(errands: House, program: Program) -> None:
    instance_id = start(errands)
    (task,) = fetch(program)
    at = f"{BASE}/{task['id']}"
    refused = program.post(f"{at}/complete", {"workerId": "b"})
    assert (refused.status_code, refused.get_json()["type"]) == (400, "ProcessEngineException")
    assert refused.get_json()["message"].endswith("cannot be completed by worker 'b'. It is locked by worker 'a'.")
    told = {"workerId": "a", "errorMessage": "no paper", "errorDetails": "tray 1", "retries": 2, "retryTimeout": 1000}
    assert program.post(f"{at}/failure", told).status_code == 204
    assert fetch(program) == []
    errands.clock.advance(seconds=1)
    (task,) = fetch(program)
    assert (task["retries"], task["errorMessage"], task["errorDetails"]) == (2, "no paper", "tray 1")
    details = program.get(f"{at}/errorDetails")
    assert (details.mimetype, details.text) == ("text/plain", "tray 1")
    assert program.post(f"{at}/extendLock", {"workerId": "a", "newDuration": 3_600_000}).status_code == 204
    assert program.get(at).get_json()["lockExpirationTime"] == written(errands.clock.now + timedelta(hours=1))
    assert program.client.post(f"{at}/unlock", headers=program.headers).status_code == 204
    assert program.post(f"{at}/lock", {"workerId": "c", "lockDuration": 1000}).status_code == 204
    values = {"n": {"value": 4, "type": "integer"}, "who": {"value": {"name": "Ada"}}, "day": {"value": None}}
    assert program.post(f"{at}/complete", {"workerId": "c", "variables": values}).status_code == 204
    assert errands.engine.variables(instance_id) == {"priority": 0, "n": 4, "who": {"name": "Ada"}, "day": None}
    for path in ("complete", "failure", "extendLock", "bpmnError", "lock", "unlock"):
        body = {"workerId": "c", "newDuration": 1, "lockDuration": 1, "errorCode": "x"}
        gone = program.post(f"{at}/{path}", body)
        assert (gone.status_code, gone.get_json()["type"]) == (404, "RestException"), path
        assert gone.get_json()["message"] == f"External task with id {task['id']} does not exist"


def test_errors_are_caught_and_failures_become_incidents(errands: House, program: Program) -> None:
    caught, failed = start(errands, "A"), start(errands, "B")
    first, second = (each["id"] for each in sorted(fetch(program), key=lambda each: str(each["businessKey"])))
    error = {"workerId": "a", "errorCode": "FULL", "errorMessage": "no room", "variables": {"room": {"value": 3}}}
    assert program.post(f"{BASE}/{first}/bpmnError", error).status_code == 204
    assert errands.engine.instance(caught).ended_at is not None
    assert errands.engine.variables(caught) == {"priority": 0, "room": 3, "said": "no room"}
    assert program.post(f"{BASE}/{second}/failure", {"workerId": "a", "retries": 0}).status_code == 204
    assert len(errands.engine.incidents(failed)) == 1
    assert program.get(f"{BASE}/count", noRetriesLeft="true").get_json() == {"count": 1}
    assert put(program, f"{second}/retries", {"retries": 3}).status_code == 204
    assert errands.engine.incidents(failed) == []
    assert [(task["id"], task["retries"]) for task in fetch(program)] == [(second, 3)]
    assert put(program, "retries", {"retries": 0, "externalTaskIds": [second]}).status_code == 204
    assert len(errands.engine.incidents(failed)) == 1


def test_tasks_are_listed(errands: House, program: Program) -> None:
    ids = [start(errands, key) for key in "ABC"]
    (locked,) = fetch(program, maxTasks=1)
    assert put(program, f"{locked['id']}/priority", {"priority": 7}).status_code == 204

    def found(**query: str | int) -> set[str]:
        answer = program.get(BASE, **query)
        assert answer.status_code == 200, answer.text
        by_post = program.post(BASE, {**query})
        assert answer.get_json() == by_post.get_json()
        assert len(answer.get_json()) == program.get(f"{BASE}/count", **query).get_json()["count"]
        return {task["id"] for task in answer.get_json()}

    assert found() == found(topicName="errand", active="True") == found(processDefinitionKey="Errand")
    assert len(found()) == 3
    assert found(locked="true") == found(workerId="a") == found(priorityHigherThanOrEquals=7) == {locked["id"]}
    assert found(externalTaskId=locked["id"]) == {locked["id"]}
    assert len(found(notLocked="true")) == 2
    assert {each.partition(":")[0] for each in found(processInstanceIdIn=f"{ids[0]},{ids[1]}")} == set(ids[:2])
    assert found(suspended="true") == found(lockExpirationBefore=written(errands.clock.now)) == set()
    page = program.get(BASE, firstResult=1, maxResults=1, sortBy="taskPriority", sortOrder="desc").get_json()
    assert len(page) == 1
    assert page[0]["id"] != locked["id"]
    assert program.get(f"{BASE}/topic-names").get_json() == ["errand"]
    assert program.get(f"{BASE}/topic-names", withRetriesLeft="true", withLockedTasks="true").get_json() == ["errand"]
    assert program.get(f"{BASE}/{locked['id']}/errorDetails").status_code == 204


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"workerId": None}, "workerId is null"),
        ({"workerId": 5}, "Cannot set parameter 'workerId'"),
        ({"workerId": "x" * 501}, "The worker has 501 characters"),
        ({"maxTasks": None}, "maxTasks is missing."),
        ({"maxTasks": -1}, "Cannot set parameter 'maxTasks'"),
        ({"maxTasks": "many"}, "Cannot set parameter 'maxTasks'"),
        ({"asyncResponseTimeout": 1_800_001}, "cannot be set to a value greater than 1800000 milliseconds"),
        ({"topics": {}}, "Cannot set parameter 'topics'"),
        ({"topics": [1]}, "Cannot set parameter 'topics'"),
        ({"topics": [{"lockDuration": 1}]}, "topicName is missing"),
        ({"topics": [{"topicName": "errand"}]}, "lockDuration is not greater than 0"),
        ({"topics": [{**TOPIC, "lockDuration": 0}]}, "lockDuration is not greater than 0"),
        ({"topics": [{**TOPIC, "lockDuration": 10**15}]}, "no lock is that long"),
        ({"topics": [{**TOPIC, "lockDuration": 10**30}]}, "Cannot set parameter 'lockDuration'"),
        ({"topics": [{**TOPIC, "processVariables": []}]}, "Cannot set parameter 'processVariables'"),
        ({"topics": [{**TOPIC, "variables": 3}]}, "Cannot set parameter 'variables'"),
        ({"topics": [{**TOPIC, "businessKey": "\0"}]}, "no database can store"),
        ({"sorting": [{"sortBy": "createTime"}]}, "Only a single sorting parameter specified"),
        ({"sorting": [{"sortBy": "size", "sortOrder": "asc"}]}, "sortBy parameter to value size"),
        ({"usePriority": "maybe"}, "Cannot set parameter 'usePriority'"),
    ],
)
def test_wrong_wishes_are_refused(errands: House, program: Program, change: dict[str, Any], sentence: str) -> None:
    start(errands)
    refused = program.post(f"{BASE}/fetchAndLock", {**FETCH, **change})
    assert refused.status_code == 400, refused.text
    assert sentence in refused.get_json()["message"]
    assert refused.get_json().keys() == {"type", "message", "code"}
    assert len(fetch(program)) == 1


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("complete", {}, "workerId is null"),
        ("complete", {"workerId": "a", "variables": {"n": 5}}, "The variable 'n' must be an object"),
        ("complete", {"workerId": "a", "variables": {"n": {"value": "x", "type": "Integer"}}}, "'n' to type Integer"),
        ("complete", {"workerId": "a", "localVariables": []}, "localVariables must be an object"),
        ("failure", {"workerId": "a", "retries": -1}, "Cannot set parameter 'retries'"),
        ("failure", {"workerId": "a", "retries": 2**40}, "The retries of a task are a number from 0"),
        ("failure", {"workerId": "a", "retryTimeout": "soon"}, "Cannot set parameter 'retryTimeout'"),
        ("bpmnError", {"workerId": "a"}, "errorCode is missing"),
        ("extendLock", {"workerId": "a"}, "newDuration is not greater than 0"),
        ("lock", {"workerId": "b", "lockDuration": 5}, "It is locked by worker 'a'."),
    ],
)
def test_wrong_answers_are_refused(
    errands: House, program: Program, path: str, body: dict[str, Any], sentence: str
) -> None:
    start(errands)
    (task,) = fetch(program)
    refused = program.post(f"{BASE}/{task['id']}/{path}", body)
    assert refused.status_code == 400, refused.text
    assert sentence in refused.get_json()["message"]
    assert program.post(f"{BASE}/{task['id']}/complete", {"workerId": "a"}).status_code == 204


def test_what_is_not_there_is_not_found(program: Program) -> None:
    for task_id in ("nothing", "a:b", "0" * 36 + ":1", "%00:1"):
        assert program.get(f"{BASE}/{task_id}").status_code in {400, 404}
        assert program.post(f"{BASE}/{task_id}/complete", {"workerId": "a"}).status_code in {400, 404}


def test_only_tokens_with_the_scope_may_work(errands: House) -> None:
    start(errands)
    reader = program_of(errands, "admin", Scope.READ_PROCESSES)
    assert reader.get(BASE).status_code == 200
    assert reader.post(f"{BASE}/fetchAndLock", FETCH).status_code == 403
    assert Program(errands.app).post(f"{BASE}/fetchAndLock", FETCH).status_code == 401
