"""What Camunda Modeler asks for to deploy, start and test a diagram of Camunda 8, and what its workers send."""

import base64
import io
import re
from pathlib import Path
from typing import Any

import pytest

from app.clinic.models import Scope
from tests.api.conftest import program_of, token_of
from tests.api.engine_rest.diagrams import REVIEW
from tests.api.program import Program
from tests.api.v2.conftest import PARCEL, Client
from tests.house import House

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "camunda-rest.md"


def start(client: Client, **members: Any) -> str:
    body = {"processDefinitionId": "Parcel", "tenantId": "<default>", "variables": {"parcel": "P-1"}, **members}
    answer = client.post("/v2/process-instances", body)
    assert answer.status_code == 200, answer.text
    key: str = answer.get_json()["processInstanceKey"]
    return key


def test_the_probe_of_the_modeler_finds_camunda_8(house: House, client: Client) -> None:
    stranger = Program(house.app).get("/v2/topology")
    assert (stranger.status_code, stranger.content_type) == (401, "application/problem+json")
    answer = client.get("/v2/topology")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert {
        "brokers",
        "clusterSize",
        "partitionsCount",
        "replicationFactor",
        "gatewayVersion",
    } < answer.get_json().keys()
    me = client.get("/v2/authentication/me").get_json()
    assert (me["username"], me["tenants"][0]["tenantId"]) == ("admin", "<default>")


def test_a_token_goes_as_the_password_of_its_owner_too(house: House) -> None:
    token = token_of(house, "admin", Scope.READ_PROCESSES)
    for username, status in (("admin", 200), ("amara.okafor", 401)):
        pair = base64.b64encode(f"{username}:{token}".encode()).decode()
        answer = house.app.test_client().get("/v2/topology", headers={"Authorization": f"Basic {pair}"})
        assert answer.status_code == status


def test_only_administrators_deploy(house: House) -> None:
    doctor = program_of(house, "amara.okafor", Scope.READ_CLINIC)
    reader = program_of(house, "admin", Scope.READ_PROCESSES)
    for who in (doctor, reader):
        answer = Client(house.app, who.headers["Authorization"].partition(" ")[2]).deploy(parcel=PARCEL)
        assert (answer.status_code, answer.content_type) == (403, "application/problem+json")


@pytest.mark.parametrize("dialect", ["camunda7", "camunda8"])
def test_a_diagram_is_deployed_and_keeps_its_definition_while_it_is_unchanged(client: Client, dialect: str) -> None:
    content = REVIEW[dialect].replace(b'id="review"', f'id="v2_{dialect}"'.encode())
    content = content.replace(b'bpmnElement="review"', f'bpmnElement="v2_{dialect}"'.encode())
    first = client.deploy(review=content).get_json()
    (entry,) = first["deployments"]
    known = entry["processDefinition"]
    assert (known["processDefinitionId"], known["processDefinitionVersion"]) == (f"v2_{dialect}", 1)
    assert (known["resourceName"], known["tenantId"], first["tenantId"]) == ("review.bpmn", "<default>", "<default>")
    again = client.deploy(review=content).get_json()
    assert again["deployments"] == first["deployments"]
    changed = client.deploy(review=content.replace(b'name="Review"', b'name="Proofread"')).get_json()
    assert changed["deployments"][0]["processDefinition"]["processDefinitionVersion"] == 2
    versions = client.found("process-definitions", sort="version", processDefinitionId=f"v2_{dialect}")
    assert [each["version"] for each in versions] == [2, 1]
    (latest,) = client.found("process-definitions", processDefinitionId=f"v2_{dialect}", isLatestVersion=True)
    assert latest["version"] == 2
    key = known["processDefinitionKey"]
    assert client.get(f"/v2/process-definitions/{key}").get_json() == versions[1]
    assert client.get(f"/v2/process-definitions/{key}/xml").data == content


def test_a_decision_and_a_form_are_deployed_with_their_versions(client: Client) -> None:
    form = b'{"type": "default", "id": "v2_form", "schemaVersion": 16, "executionPlatform": "Camunda Cloud",'
    form += b' "executionPlatformVersion": "8.8.0", "components": [{"type": "number", "id": "f", "key": "age"}]}'
    files = {"a": ("v2.form", form), "b": ("parcel.bpmn", PARCEL)}
    answer = _deployed(client, files)
    (entry,) = [each["form"] for each in answer["deployments"] if "form" in each]
    assert (entry["formId"], entry["version"], entry["resourceName"]) == ("v2_form", 1, "v2.form")


def _deployed(client: Client, files: dict[str, tuple[str, bytes]]) -> Any:
    parts = [(io.BytesIO(content), name) for name, content in files.values()]
    answer = client.client.post("/v2/deployments", data={"resources": parts}, headers=client.headers)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_what_the_test_tab_asks_for_follows_an_instance(client: Client, parcels: str) -> None:
    key = start(client, processDefinitionKey=parcels, processDefinitionId=None, businessId="B-1")
    (instance,) = client.found("process-instances", processInstanceKey=key)
    assert (instance["state"], instance["processDefinitionKey"], instance["businessId"]) == ("ACTIVE", parcels, "B-1")
    assert instance == client.get(f"/v2/process-instances/{key}").get_json()
    (variable,) = client.found("variables", processInstanceKey=key)
    assert (variable["name"], variable["value"], variable["scopeKey"]) == ("parcel", '"P-1"', key)
    elements = client.found("element-instances", processInstanceKey=key)
    assert [(each["elementId"], each["type"], each["state"]) for each in elements] == [
        ("ordered", "START_EVENT", "COMPLETED"),
        ("pack", "SERVICE_TASK", "ACTIVE"),
    ]
    (job,) = client.found("jobs", processInstanceKey=key)
    assert (job["type"], job["state"], job["retries"], job["elementInstanceKey"]) == (
        "parcel", "CREATED", 5, elements[1]["elementInstanceKey"],
    )  # fmt: skip
    assert client.post(f"/v2/process-instances/{key}/incidents/search").get_json()["items"] == []
    assert client.found("user-tasks", processInstanceKey=key) == []
    assert client.found("message-subscriptions", processInstanceKey=key) == []
    assert client.post(f"/v2/process-instances/{key}/cancellation").status_code == 204
    (instance,) = client.found("process-instances", processInstanceKey=key)
    assert (instance["state"], instance["endDate"] is None) == ("TERMINATED", False)


def test_a_worker_a_person_and_a_message_bring_an_instance_to_its_end(client: Client, parcels: str) -> None:
    key = start(client, processDefinitionKey=parcels)
    (job,) = client.activate(fetchVariable=["parcel"])
    assert (job["processInstanceKey"], job["variables"], job["customHeaders"]) == (
        key,
        {"parcel": "P-1"},
        {"shop": "bakery"},
    )
    assert (job["worker"], job["retries"], job["processDefinitionVersion"]) == ("tests", 5, 1)
    assert isinstance(job["deadline"], int)
    assert client.activate() == []
    assert client.post(f"/v2/jobs/{job['jobKey']}/completion", {"variables": {"weight": 3}}).status_code == 204
    (task,) = client.found("user-tasks", processInstanceKey=key, candidateGroup="doctor")
    path = f"/v2/user-tasks/{task['userTaskKey']}"
    assert client.post(f"{path}/assignment", {"assignee": "ada", "allowOverride": False}).status_code == 204
    assert client.post(f"{path}/assignment", {"assignee": "bob", "allowOverride": False}).status_code == 409
    assert client.post(f"{path}/assignment", {"assignee": "bob"}).status_code == 204
    assert client.get(path).get_json()["assignee"] == "bob"
    assert client.delete(f"{path}/assignee").status_code == 204
    assert client.post(f"{path}/completion", {"variables": {"signed": True}, "action": "complete"}).status_code == 204
    (done,) = client.found("user-tasks", processInstanceKey=key)
    assert (done["state"], done["userTaskKey"], done == client.get(path).get_json()) == (
        "COMPLETED",
        task["userTaskKey"],
        True,
    )
    assert client.found("user-tasks", processInstanceKey=key, state="CREATED") == []
    assert task["elementInstanceKey"] in [
        each["elementInstanceKey"] for each in client.found("element-instances", processInstanceKey=key)
    ]
    (waiting,) = client.found("message-subscriptions", processInstanceKey=key)
    assert (waiting["elementId"], waiting["messageName"], waiting["correlationKey"]) == ("wait", "arrived", "P-1")
    assert client.found("message-subscriptions", processInstanceKey=key, messageName="other") == []
    message = {"name": "arrived", "correlationKey": "P-1", "variables": {"at": "noon"}}
    assert client.post("/v2/messages/correlation", {**message, "correlationKey": "P-2"}).status_code == 404
    taken = client.post("/v2/messages/correlation", message).get_json()
    assert taken["processInstanceKey"] == key
    (instance,) = client.found("process-instances", processInstanceKey=key, state="COMPLETED")
    assert instance["hasIncident"] is False
    values = {each["name"]: each["value"] for each in client.found("variables", processInstanceKey=key)}
    assert (values["weight"], values["signed"], values["at"]) == ("3", "true", '"noon"')


def test_a_published_message_waits_for_who_is_not_there_yet(client: Client, parcels: str) -> None:
    body = {"name": "arrived", "correlationKey": "P-7", "timeToLive": 600_000, "messageId": "m-7", "variables": {}}
    assert client.post("/v2/messages/publication", body).get_json() == {"messageKey": "m-7", "tenantId": "<default>"}
    key = start(client, processDefinitionKey=parcels, variables={"parcel": "P-7"})
    (job,) = client.activate()
    client.post(f"/v2/jobs/{job['jobKey']}/completion")
    (task,) = client.found("user-tasks", processInstanceKey=key)
    client.post(f"/v2/user-tasks/{task['userTaskKey']}/completion")
    assert client.found("process-instances", processInstanceKey=key)[0]["state"] == "COMPLETED"


def test_failures_become_an_incident_that_is_resolved(client: Client, parcels: str) -> None:
    key = start(client, processDefinitionKey=parcels)
    (job,) = client.activate()
    path = f"/v2/jobs/{job['jobKey']}"
    assert client.post(f"{path}/failure", {"retries": 1, "errorMessage": "no tape"}).status_code == 204
    (failed,) = client.found("jobs", processInstanceKey=key)
    assert (failed["state"], failed["retries"], failed["errorMessage"]) == ("FAILED", 1, "no tape")
    assert client.post(f"{path}/completion").status_code == 409
    client.activate()
    assert client.patch(path, {"changeset": {"timeout": 90_000}}).status_code == 204
    assert client.post(f"{path}/failure", {"errorMessage": "no box"}).status_code == 204
    (incident,) = client.post(f"/v2/process-instances/{key}/incidents/search").get_json()["items"]
    assert (incident["errorType"], incident["errorMessage"], incident["elementId"]) == (
        "JOB_NO_RETRIES",
        "no box",
        "pack",
    )
    assert [incident] == client.found("incidents", processInstanceKey=key)
    assert client.patch(path, {"changeset": {"retries": 2}}).status_code == 204
    assert client.found("incidents", processInstanceKey=key) == []
    (job,) = client.activate()
    assert client.post(f"{path}/failure", {"retries": 0}).status_code == 204
    (incident,) = client.found("incidents", processInstanceKey=key)
    assert client.post(f"/v2/incidents/{incident['incidentKey']}/resolution").status_code == 204
    (job,) = client.activate()
    body = {"errorCode": "FULL", "errorMessage": "no room", "variables": {"why": "rain"}}
    assert client.post(f"/v2/jobs/{job['jobKey']}/error", body).status_code == 204
    elements = client.found("element-instances", processInstanceKey=key)
    assert elements[-1]["elementId"] == "refused"


def test_searches_are_narrowed_sorted_and_paged(client: Client, parcels: str) -> None:
    keys = [start(client, processDefinitionKey=parcels, businessId=f"S-{number}") for number in range(3)]

    def found(**criteria: Any) -> list[str]:
        return sorted(each["businessId"] for each in client.found("process-instances", **criteria))

    running = {"processDefinitionKey": parcels, "state": "ACTIVE"}
    assert found(**running, businessId={"$like": "S-*"}) == ["S-0", "S-1", "S-2"]
    assert found(**running, businessId={"$in": ["S-0", "S-2", "S-9"]}) == ["S-0", "S-2"]
    assert found(**running, businessId={"$neq": "S-1", "$exists": True}) == ["S-0", "S-2"]
    assert found(**running, businessId={"$gt": "S-1"}) == ["S-2"]
    assert found(**running, startDate={"$lt": "2020-01-01T00:00:00Z"}) == []
    assert found(**running, processInstanceKey={"$eq": keys[1]}) == ["S-1"]
    assert found(processInstanceKey="unknown") == []
    body = {"filter": running, "sort": [{"field": "businessId", "order": "desc"}], "page": {"limit": 2}}
    first = client.post("/v2/process-instances/search", body).get_json()
    assert [each["businessId"] for each in first["items"]] == ["S-2", "S-1"]
    assert (first["page"]["totalItems"], first["page"]["hasMoreTotalItems"]) == (3, False)
    body["page"] = {"limit": 2, "after": first["page"]["endCursor"]}
    assert [each["businessId"] for each in client.post("/v2/process-instances/search", body).get_json()["items"]] == [
        "S-0"
    ]


def test_every_address_is_documented(house: House) -> None:
    told = {re.sub(r"\{\w+\}", "{}", each) for each in re.findall(r"`(/v2/[^`\s]+)`", DOCUMENTATION.read_text())}
    rules = [rule.rule for rule in house.app.url_map.iter_rules() if rule.rule.startswith("/v2/")]
    assert told == {re.sub(r"<[^<>]*>", "{}", rule) for rule in rules}
