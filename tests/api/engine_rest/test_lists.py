"""Lists of Camunda's REST: limited, sorted and paged, by query and by body; and what each row has."""

from typing import Any

import pytest

from tests.api.program import Program
from tests.contract.subject import DIAGRAMS
from tests.house import House
from workflows.engine import Resource

ROOT = "/engine-rest"


@pytest.fixture(scope="module")
def instances(house: House, client: Program, asked: str) -> list[str]:
    """The ids of three instances with the business keys L-1 to L-3; the second is suspended, the third has ended."""
    bodies = [{"businessKey": f"L-{number}", "variables": {"n": {"value": number}}} for number in (1, 2, 3)]
    found = []
    for body in bodies:
        house.clock.advance(seconds=1)  # lists are sorted by the time of the start
        found.append(ok(client.post(f"{ROOT}/process-definition/{asked}/start", body))["id"])
    put(client, f"{ROOT}/process-instance/{found[1]}/suspended", {"suspended": True})
    assert client.delete(f"{ROOT}/process-instance/{found[2]}").status_code == 204
    return found


def ok(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    return answer.json


def put(client: Program, path: str, body: Any) -> None:
    answer = client.client.put(path, json=body, headers=client.headers)
    assert (answer.status_code, answer.data) == (204, b"")


def test_running_instances(client: Program, asked: str, instances: list[str]) -> None:
    def keys(**query: str | int) -> list[str]:
        by_query = ok(client.get(f"{ROOT}/process-instance", processDefinitionId=asked, **query))
        counted = ok(client.get(f"{ROOT}/process-instance/count", processDefinitionId=asked, **query))
        assert counted["count"] >= len(by_query)
        return [each["businessKey"] for each in by_query]

    assert keys() == ["L-1", "L-2"]
    assert keys(active="True") == ["L-1"]
    assert keys(suspended="true") == ["L-2"]
    assert keys(variables="n_eq_2") == ["L-2"]
    assert keys(sortBy="businessKey", sortOrder="desc", maxResults=1) == ["L-2"]
    assert keys(sortBy="businessKey", sortOrder="asc", firstResult=1) == ["L-2"]
    body = {
        "processDefinitionKey": "asked",
        "businessKey": "L-1",
        "tenantIdIn": None,
        "variables": [{"name": "n", "operator": "eq", "value": 1}],
        "sorting": [{"sortBy": "instanceId", "sortOrder": "asc"}],
    }
    (found,) = ok(client.post(f"{ROOT}/process-instance", body))
    assert found["id"] == instances[0]
    assert ok(client.post(f"{ROOT}/process-instance", {"processInstanceIds": instances}))[1]["suspended"]


def test_history(client: Program, asked: str, instances: list[str]) -> None:
    def states(**query: str | int) -> list[str]:
        path = f"{ROOT}/history/process-instance"
        rows = ok(client.get(path, processDefinitionId=asked, sortBy="businessKey", sortOrder="asc", **query))
        return [row["state"] for row in rows]

    assert states() == ["ACTIVE", "SUSPENDED", "EXTERNALLY_TERMINATED"]
    assert states(finished="true") == ["EXTERNALLY_TERMINATED"]
    assert states(unfinished="true", suspended="true") == ["SUSPENDED"]
    ended = ok(client.get(f"{ROOT}/history/process-instance/{instances[2]}"))
    assert ended["endTime"].endswith("+0000")
    assert (ended["startTime"][10], len(ended["startTime"])) == ("T", 28)
    listed = ok(client.get(f"{ROOT}/history/process-instance", processInstanceIds=",".join([*instances, "unknown"])))
    assert [each["id"] for each in listed] == instances
    assert ok(client.get(f"{ROOT}/history/process-instance/count", processInstanceId=instances[0])) == {"count": 1}
    of = {"processInstanceId": instances[2]}
    activities = ok(client.get(f"{ROOT}/history/activity-instance", **of))
    assert [(each["activityId"], each["canceled"]) for each in activities] == [("start", False), ("ask", True)]
    assert ok(client.get(f"{ROOT}/history/activity-instance", **of, unfinished="true")) == []
    (task,) = ok(client.post(f"{ROOT}/history/task", of))
    assert (task["taskDefinitionKey"], task["deleteReason"]) == ("ask", "deleted")
    assert [each["taskId"] for each in activities] == [None, task["id"]]
    assert ok(client.get(f"{ROOT}/history/task", taskId=task["id"])) == [task]
    assert ok(client.get(f"{ROOT}/history/task", **of, taskAssignee="nobody")) == []
    (variable,) = ok(client.get(f"{ROOT}/history/variable-instance", **of))
    assert (variable["name"], variable["type"], variable["value"]) == ("n", "Integer", 3)


def test_called_instances_are_found_by_their_caller(house: House, client: Program) -> None:
    calling = [DIAGRAMS / "camunda7" / f"{name}.bpmn" for name in ("publication", "review")]
    house.engine.deploy([Resource(each.name, each.read_bytes()) for each in calling])
    caller = house.engine.start("publication", {"reviewer": "ann"}).id
    (called,) = ok(client.get(f"{ROOT}/process-instance", superProcessInstance=caller))
    assert (called["definitionKey"], called["id"] != caller) == ("review", True)
    (kept,) = ok(client.get(f"{ROOT}/history/process-instance", superProcessInstanceId=caller))
    assert (kept["id"], kept["superProcessInstanceId"]) == (called["id"], caller)


def test_tasks(client: Program, asked: str, instances: list[str]) -> None:
    def found(**body: Any) -> list[str]:
        rows = ok(client.post(f"{ROOT}/task", {"processDefinitionId": asked, **body}))
        assert ok(client.post(f"{ROOT}/task/count", {"processDefinitionId": asked, **body}))["count"] == len(rows)
        return [row["processInstanceId"] for row in rows]

    assert set(found()) == set(instances[:2])
    assert found(processInstanceBusinessKey="L-1") == instances[:1]
    assert found(candidateGroup="doctor", processInstanceId=instances[0]) == instances[:1]
    assert found(candidateGroups=["nobody"]) == []
    assert found(name="Ask the patient", dueBefore="2026-01-01T00:00:00.000+0000") == []
    assert len(found(nameLike="%patient", dueAfter="2026-01-01T00:00:00.000+0000")) == 2
    (row, *_) = ok(client.get(f"{ROOT}/task", processInstanceId=instances[0]))
    assert (row["due"], row["taskDefinitionKey"]) == ("2026-07-01T10:00:00.000+0000", "ask")
    assert ok(client.get(f"{ROOT}/task/{row['id']}")) == row
    assert ok(client.get(f"{ROOT}/task", taskId=row["id"])) == [row]
    assert ok(client.get(f"{ROOT}/task", taskId="unknown")) == []


def test_a_task_with_a_generated_form(house: House, client: Program, asked: str) -> None:
    instance = ok(client.post(f"{ROOT}/process-definition/key/asked/start"))["id"]
    (task,) = ok(client.get(f"{ROOT}/task", processInstanceId=instance))
    path = f"{ROOT}/task/{task['id']}"
    assert ok(client.get(f"{path}/form"))["key"] == f"embedded:engine://engine/:engine/task/{task['id']}/rendered-form"
    fields = ok(client.get(f"{path}/form-variables"))
    assert {name: field["type"] for name, field in fields.items()} == {
        "age": "Null",
        "smokes": "Boolean",
        "kind": "Null",
    }
    page = client.get(f"{path}/rendered-form").text
    assert '<form name="generatedForm" role="form">' in page
    assert 'cam-variable-name="age" cam-variable-type="Long"' in page
    assert "Age &amp; years" in page
    assert client.get(f"{path}/deployed-form").status_code == 400
    refused = client.post(f"{path}/submit-form", {"variables": {"age": {"value": 0, "type": "Long"}}})
    assert refused.status_code == 400
    assert "age" in refused.text
    whole = {"age": {"value": 70}, "kind": {"value": "new"}, "smokes": {"value": False}}
    assert client.post(f"{path}/submit-form", {"variables": whole}).status_code == 204
    assert house.engine.variables(instance) == {"age": 70, "kind": "new", "smokes": False}
    (second,) = ok(client.get(f"{ROOT}/task", processInstanceId=instance))
    ended = client.post(f"{ROOT}/task/{second['id']}/complete", {"withVariablesInReturn": True})
    assert ok(ended)["age"] == {"type": "Integer", "value": 70, "valueInfo": {}}
    assert client.get(f"{ROOT}/process-instance/{instance}").status_code == 404


def test_definitions(client: Program, asked: str) -> None:
    (row,) = ok(client.get(f"{ROOT}/process-definition", key="asked", latestVersion="true"))
    assert (row["id"], row["historyTimeToLive"], row["startableInTasklist"]) == (asked, 30, True)
    assert ok(client.get(f"{ROOT}/process-definition/{asked}")) == row
    assert ok(client.get(f"{ROOT}/process-definition/key/asked")) == row
    assert ok(client.get(f"{ROOT}/process-definition", versionTagLike="1.%", keyLike="ask%")) == [row]
    assert ok(client.get(f"{ROOT}/process-definition/count", key="asked")) == {"count": 1}
    every = ok(client.get(f"{ROOT}/process-definition", sortBy="key", sortOrder="desc"))
    assert [each["key"] for each in every] == sorted((each["key"] for each in every), reverse=True)
    assert 'id="asked"' in ok(client.get(f"{ROOT}/process-definition/key/asked/xml"))["bpmn20Xml"]
    assert ok(client.get(f"{ROOT}/process-definition/{asked}/startForm"))["key"] is None
    assert ok(client.get(f"{ROOT}/process-definition/key/asked/form-variables")) == {}
