"""What the Modeler's test of one task asks for: to start at some elements, end behind others, and wait for the end."""

from typing import Any

from tests.api.v2.conftest import Client

START = "/v2/process-instances"


def begun(client: Client, **members: Any) -> tuple[int, dict[str, Any]]:
    """Start a parcel; return the status and the body."""
    answer = client.post(START, {"processDefinitionId": "Parcel", "variables": {"parcel": "P-9"}, **members})
    body: dict[str, Any] = answer.get_json()
    return answer.status_code, body


def seen(client: Client, key: str) -> list[tuple[str, str]]:
    """Return the elements of an instance with their states."""
    found = client.found("element-instances", processInstanceKey=key)
    return [(each["elementId"], each["state"]) for each in found]


def test_one_task_is_tried_alone(client: Client, parcels: str) -> None:
    status, told = begun(
        client,
        processDefinitionKey=parcels,
        startInstructions=[{"elementId": "hand_over"}],
        runtimeInstructions=[{"type": "TERMINATE_PROCESS_INSTANCE", "afterElementId": "hand_over"}],
    )
    assert (status, told["processDefinitionKey"], told["variables"]) == (200, parcels, {})
    key = told["processInstanceKey"]
    assert seen(client, key) == [("hand_over", "ACTIVE")]
    (task,) = client.found("user-tasks", processInstanceKey=key)
    assert client.post(f"/v2/user-tasks/{task['userTaskKey']}/completion").status_code == 204
    assert seen(client, key) == [("hand_over", "COMPLETED")]
    assert client.get(f"{START}/{key}").get_json()["state"] == "TERMINATED"


def test_several_elements_are_started_together(client: Client, parcels: str) -> None:
    instructions = [{"elementId": "hand_over"}, {"elementId": "pack"}]
    _, told = begun(client, processDefinitionKey=parcels, startInstructions=instructions)
    assert seen(client, told["processInstanceKey"]) == [("hand_over", "ACTIVE"), ("pack", "ACTIVE")]


def test_the_variables_of_a_task_alone_have_it_as_their_scope(client: Client, parcels: str) -> None:
    _, told = begun(client, processDefinitionKey=parcels, startInstructions=[{"elementId": "hand_over"}])
    key = told["processInstanceKey"]
    (task,) = client.found("user-tasks", processInstanceKey=key)
    path = f"/engine-rest/task/{task['userTaskKey']}/localVariables"
    assert client.post(path, {"modifications": {"mine": {"value": 5}}}).status_code == 204
    whole = client.found("variables", processInstanceKey=key)
    scope = task["elementInstanceKey"]
    assert [(each["name"], each["value"], each["scopeKey"]) for each in whole] == [
        ("parcel", '"P-9"', key),
        ("mine", "5", scope),
    ]
    assert client.found("variables", scopeKey=scope) == whole[1:]


def test_who_waits_for_the_end_gets_the_variables(client: Client, parcels: str) -> None:
    at_end = {"processDefinitionKey": parcels, "startInstructions": [{"elementId": "refused"}], "awaitCompletion": True}
    given = {"parcel": "P-9", "weight": 3, "list": [1]}
    status, told = begun(client, **at_end, variables=given)
    assert (status, told["variables"]) == (200, given)
    assert client.get(f"{START}/{told['processInstanceKey']}").get_json()["state"] == "COMPLETED"
    status, told = begun(client, **at_end, variables=given, fetchVariables=["weight", "unknown"])
    assert (status, told["variables"]) == (200, {"weight": 3})


def test_who_waits_in_vain_is_told_which_instance_goes_on(client: Client, parcels: str) -> None:
    status, told = begun(client, processDefinitionKey=parcels, awaitCompletion=True, requestTimeout=1)
    (instance,) = client.found("process-instances", processDefinitionKey=parcels, state="ACTIVE")
    assert (status, told["status"], told["title"]) == (504, 504, "Gateway Timeout")
    assert instance["processInstanceKey"] in told["detail"]
