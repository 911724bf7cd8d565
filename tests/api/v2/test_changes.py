"""Running instances changed by hand: modified, migrated, given other variables; and signals."""

from typing import Any

from tests.api.v2.conftest import PARCEL, Client
from tests.engine_rest.test_events import LETTERS
from tests.house import House
from workflows.engine import Resource


def start(client: Client, key: str) -> str:
    """Start a parcel; return the key of its instance."""
    body = {"processDefinitionKey": key, "variables": {"parcel": "P-5"}}
    found: str = client.post("/v2/process-instances", body).get_json()["processInstanceKey"]
    return found


def put(client: Client, path: str, body: dict[str, Any]) -> int:
    return client.client.put(f"/v2/{path}", json=body, headers=client.headers).status_code


def running(client: Client, key: str) -> list[dict[str, Any]]:
    return client.found("element-instances", processInstanceKey=key, state="ACTIVE")


def test_an_instance_is_modified(client: Client, parcels: str) -> None:
    key = start(client, parcels)
    (packing,) = running(client, key)
    path = f"/v2/process-instances/{key}/modification"
    given = [{"variables": {"weight": 2}}]
    body: dict[str, Any] = {
        "activateInstructions": [{"elementId": "hand_over", "variableInstructions": given}],
        "terminateInstructions": [{"elementInstanceKey": packing["elementInstanceKey"]}],
    }
    assert client.post(path, body).status_code == 204
    (handing,) = running(client, key)
    assert handing["elementId"] == "hand_over"
    assert client.get(f"/v2/element-instances/{handing['elementInstanceKey']}").get_json() == handing
    assert client.get(f"/v2/element-instances/{key}:99").status_code == 404
    values = {each["name"]: each["value"] for each in client.found("variables", processInstanceKey=key)}
    assert values == {"parcel": '"P-5"', "weight": "2"}
    given[0]["scopeId"] = "pack"  # type: ignore[assignment]
    assert client.post(path, body).status_code == 400
    assert client.post(path, {"terminateInstructions": [{"elementId": "pack"}]}).status_code == 409
    assert client.post(path).status_code == 422


def test_an_instance_is_migrated(house: House, client: Client, parcels: str) -> None:
    key = start(client, parcels)
    renamed = PARCEL.replace(b'"pack"', b'"wrap"').replace(b'name="Parcel"', b'name="Package"')
    (newer,) = house.engine.deploy([Resource("parcel.bpmn", renamed)]).definitions
    path, target = f"/v2/process-instances/{key}/migration", {"targetProcessDefinitionKey": newer.id}
    assert client.post(path, target).status_code == 422  # nothing is called pack there
    mapping = [{"sourceElementId": "pack", "targetElementId": "wrap"}]
    assert client.post(path, {**target, "mappingInstructions": mapping}).status_code == 204
    assert [each["elementId"] for each in running(client, key)] == ["wrap"]
    assert client.get(f"/v2/process-instances/{key}").get_json()["processDefinitionKey"] == newer.id


def test_variables_are_set_for_an_instance_and_for_one_element(client: Client, parcels: str) -> None:
    key = start(client, parcels)
    (packing,) = running(client, key)
    scope = packing["elementInstanceKey"]
    assert put(client, f"element-instances/{key}/variables", {"variables": {"a": 1, "b": 1}}) == 204
    assert put(client, f"element-instances/{scope}/variables", {"variables": {"a": 2}, "local": True}) == 204
    assert put(client, f"element-instances/{scope}/variables", {"variables": {"b": 3}}) == 204
    found = client.found("variables", processInstanceKey=key, name={"$in": ["a", "b"]})
    values = sorted((each["name"], each["value"], each["scopeKey"]) for each in found)
    assert values == sorted([("a", "1", key), ("a", "2", scope), ("b", "3", key)])
    (job,) = client.activate(fetchVariable=["a"])
    assert job["variables"] == {"a": 2}
    assert put(client, f"element-instances/{key}/variables", {"variables": {}}) == 422


def test_a_signal_reaches_all_that_wait_for_it(house: House, client: Client) -> None:
    house.engine.deploy([Resource(LETTERS.name, LETTERS.read_bytes())])
    started = [house.engine.start("Letters", at=["bell"]).id for _ in range(2)]
    told = client.post("/v2/signals/broadcast", {"signalName": "letter_bell", "variables": {"rung": True}})
    assert (told.status_code, told.get_json()["tenantId"]) == (200, "<default>")
    for key in started:
        assert client.get(f"/v2/process-instances/{key}").get_json()["state"] == "COMPLETED"
        assert house.engine.variables(key) == {"rung": True}
