"""What is wrong with a request is told as Camunda tells it: a type, a message, and never a 500."""

import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.engine_rest.test_lists import ROOT, ok
from tests.api.program import Program
from tests.house import House

ID = "00000000000000000000"
START = "/process-definition/key/asked/start"
REQUESTS: list[tuple[str, str, Any, int]] = [
    ("GET", "/process-definition/unknown", None, 404),
    ("GET", "/process-definition/key/unknown", None, 404),
    ("GET", "/process-definition?version=x", None, 400),
    ("GET", "/process-definition?version=99999999999999999999999", None, 400),
    ("GET", "/process-definition?sortBy=key", None, 400),
    ("GET", "/process-definition?sortBy=shape&sortOrder=asc", None, 400),
    ("GET", "/process-definition?sortBy=key&sortOrder=up", None, 400),
    ("GET", "/process-definition?firstResult=-1", None, 400),
    ("GET", "/process-definition?maxResults=many", None, 400),
    ("GET", "/process-definition?latestVersion=maybe", None, 400),
    ("GET", "/process-definition?tenantIdIn=a", None, 400),
    ("POST", "/process-definition/key/unknown/start", {}, 404),
    ("POST", START, b"{", 400),
    ("POST", START, b"[]", 400),
    ("POST", START, b'{"a": "' + b"[" * 20_000, 400),
    ("POST", START, b"[" * 20_000, 400),
    ("POST", START, b'{"a":' * 20_000, 400),
    ("POST", START, b'{"variables": {"a": {"value": NaN}}}', 400),
    ("POST", START, {"businessKey": 7}, 400),
    ("POST", START, {"variables": []}, 400),
    ("POST", START, {"variables": {"a": 1}}, 400),
    ("POST", START, {"variables": {"a": {"value": "x", "type": "Integer"}}}, 400),
    ("POST", START, {"variables": {"a": {"value": 2**31, "type": "Integer"}}}, 400),
    ("POST", START, {"variables": {"a": {"value": 1, "type": "String"}}}, 400),
    ("POST", START, {"variables": {"a": {"value": 1, "type": "Shape"}}}, 400),
    ("POST", START, {"variables": {"a": {"value": 1, "type": 5}}}, 400),
    ("POST", START, {"variables": {"a": {"value": "{", "type": "Json"}}}, 400),
    ("POST", START, {"variables": {"a": {"value": "yesterday", "type": "Date"}}}, 400),
    ("POST", START, {"variables": {"a": {"value": "2026-99-01T10:00:00.000+0000", "type": "Date"}}}, 400),
    ("POST", START, {"variables": {"a": {"value": "x", "type": "File"}}}, 400),
    ("POST", START, {"variables": {"a": {"value": "x", "type": "File", "valueInfo": {"filename": "x"}}}}, 400),
    ("POST", START, {"variables": {"a": {"value": "rO0", "type": "Object", "valueInfo": {
        "serializationDataFormat": "application/x-java-serialized-object"}}}}, 400),
    ("POST", START, {"variables": {"a": {"value": "1e999", "type": "Double"}}}, 400),
    ("POST", START, {"startInstructions": [{"type": "startBeforeActivity", "activityId": "nowhere"}]}, 400),
    ("POST", START, {"startInstructions": [{"type": "startBeforeActivity"}]}, 400),
    ("POST", START, {"startInstructions": [{"type": "startAfterActivity", "activityId": "ask"}]}, 400),
    ("POST", START, {"startInstructions": [{"type": "cancel", "activityId": "ask"}]}, 400),
    ("POST", START, {"startInstructions": [{"type": "startBeforeActivity", "activityId": "ask",
        "variables": {"a": {"value": 1, "local": True}}}]}, 400),
    ("POST", START, {"startInstructions": {"type": "startBeforeActivity"}}, 400),
    ("GET", "/process-instance/unknown", None, 404),
    ("GET", f"/process-instance/{ID}/variables", None, 404),
    ("GET", f"/process-instance/{ID}/variables/a", None, 404),
    ("GET", f"/process-instance/{ID}/activity-instances", None, 404),
    ("DELETE", f"/process-instance/{ID}", None, 404),
    ("PUT", f"/process-instance/{ID}/suspended", {"suspended": True}, 404),
    ("POST", f"/process-instance/{ID}/modification", {"instructions": []}, 404),
    ("GET", "/process-instance?variables=a_like_b", None, 400),
    ("GET", "/process-instance?variables=a", None, 400),
    ("POST", "/process-instance", {"variables": [{"name": "a", "operator": "gt", "value": 1}]}, 400),
    ("POST", "/process-instance", {"variables": [{"name": "a", "operator": "eq", "value": []}]}, 400),
    ("POST", "/process-instance", {"variables": "a_like_b"}, 400),
    ("POST", "/process-instance", {"processInstanceIds": [1]}, 400),
    ("POST", "/process-instance", {"sorting": {}}, 400),
    ("POST", "/process-instance", {"active": "yes"}, 400),
    ("GET", "/task/unknown", None, 404),
    ("GET", f"/task/{ID}:5/form", None, 404),
    ("POST", f"/task/{ID}:5/complete", {}, 404),
    ("POST", f"/task/{ID}:5/claim", {"userId": "admin"}, 404),
    ("POST", f"/task/{ID}:5/claim", {}, 400),
    ("POST", "/task", {"dueBefore": "soon"}, 400),
    ("POST", "/task", {"name": 5}, 400),
    ("POST", "/task", {"processVariables": [{"name": "a", "operator": "eq", "value": 1}]}, 400),
    ("POST", "/task", {"sorting": [{"sortBy": "name", "sortOrder": "asc"}, {"sortBy": "id", "sortOrder": "asc"}]}, 400),
    ("GET", "/history/activity-instance", None, 400),
    ("GET", f"/history/activity-instance?processInstanceId={ID}", None, 404),
    ("GET", "/history/process-instance?startedBefore=2026", None, 400),
    ("GET", "/history/process-instance?finished=true&active=true", None, 400),
    ("DELETE", f"/history/process-instance/{ID}", None, 404),
    ("POST", "/migration/generate", {}, 400),
    ("POST", "/migration/generate", {"sourceProcessDefinitionId": "a", "targetProcessDefinitionId": "b"}, 404),
    ("POST", "/migration/execute", {"migrationPlan": 5}, 400),
    ("GET", "/deployment?sortBy=name&sortOrder=asc", None, 400),
    ("GET", "/deployment?before=x", None, 400),
    ("GET", "/deployment/unknown", None, 404),
    ("DELETE", "/deployment/unknown", None, 404),
    ("POST", "/deployment/create", {}, 400),
    ("GET", "/nothing/at/all", None, 404),
    ("PATCH", "/version", None, 405),
]  # fmt: skip


def told(client: Program, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, dict[str, Any]]:
    """Send something wrong; return the status and what is told."""
    content = {"data": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
    answer = client.client.open(f"{ROOT}{path}", method=method, headers=client.headers, **content, **more)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json is not None
    return answer.status_code, answer.json


@pytest.mark.parametrize("wrong", REQUESTS, ids=lambda wrong: f"{wrong[0]}-{wrong[1]}"[:60])
@pytest.mark.usefixtures("asked")
def test_what_is_wrong_is_told(house: House, client: Program, wrong: tuple[str, str, Any, int]) -> None:
    method, path, body, status = wrong
    before = house.engine.count_instances()
    found, said = told(client, method, path, body)
    assert found == status, said
    assert said.keys() == {"type", "message", "code"}
    assert isinstance(said["type"], str)
    assert said["message"]
    assert house.engine.count_instances() == before


def test_what_is_wrong_with_an_instance_is_told(client: Program, asked: str) -> None:
    instance = ok(client.post(f"{ROOT}/process-definition/{asked}/start"))["id"]
    path = f"/process-instance/{instance}"
    wrong: list[tuple[str, str, Any, int]] = [
        ("GET", f"{path}/variables/none", None, 404),
        ("GET", f"{path}/variables/none/data", None, 404),
        ("PUT", f"{path}/variables/a", {"value": 1, "type": "Date"}, 400),
        ("POST", f"{path}/variables", {"modifications": {}}, 400),
        ("POST", f"{path}/variables", {"deletions": ["a"]}, 400),
        ("PUT", f"{path}/suspended", {}, 400),
        ("PUT", f"{path}/suspended", {"suspended": 5}, 400),
        ("POST", f"{path}/modification", {"instructions": []}, 400),
        ("POST", f"{path}/modification", {"instructions": [{"type": "startAfterActivity", "activityId": "ask"}]}, 400),
        ("POST", f"{path}/modification", {"instructions": [{"type": "cancel"}]}, 400),
        ("POST", f"{path}/modification", {"instructions": [{"type": "cancel", "activityId": "check"}]}, 400),
        ("POST", f"{path}/modification", {"instructions": [{"type": "startBeforeActivity", "activityId": "no"}]}, 400),
    ]
    for method, address, body, status in wrong:
        found, said = told(client, method, address, body)
        assert (found, set(said)) == (status, {"type", "message", "code"}), (method, address, said)
    (task,) = ok(client.get(f"{ROOT}/task", processInstanceId=instance))
    assert client.post(f"{ROOT}/task/{task['id']}/complete").status_code == 204
    for again in ("complete", "unclaim", "submit-form"):
        assert told(client, "POST", f"/task/{task['id']}/{again}", {})[0] == 404


def test_broken_uploads_are_told(client: Program) -> None:
    create = "/deployment/create"
    form = "multipart/form-data; boundary=x"
    assert told(client, "POST", create, b"--x\r\nbroken", content_type=form)[0] == 400
    assert told(client, "POST", create, b"", content_type=form)[0] == 400
    assert told(client, "POST", create, b"x", content_type="multipart/form-data")[0] == 400
    for fields in (
        {"tenant-id": "a", "d.bpmn": (io.BytesIO(b"<x/>"), "d.bpmn")},
        {"d.bpmn": "<x/>"},
        {"enable-duplicate-filtering": "perhaps", "d.bpmn": (io.BytesIO(b"<x/>"), "d.bpmn")},
        {"d.bpmn": (io.BytesIO(b"<x/>"), "d.bpmn"), "deployment-name": "n" * 1000},
        {"d.bpmn": (io.BytesIO(b"<x/>"), "../../d.bpmn\0")},
        {"d.dmn": (io.BytesIO(b"\xff\xfe"), "d.dmn")},
        {"d.form": (io.BytesIO(b"[]"), "d.form")},
    ):
        answer = client.client.post(f"{ROOT}{create}", data=fields, headers=client.headers)
        assert answer.status_code == 400, answer.text
        assert answer.json is not None
        assert {"type", "message", "code"} <= answer.json.keys()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
_NAMES = (
    "variables", "businessKey", "sorting", "processInstanceIds", "name", "nameLike", "dueBefore", "assignee", "active",
    "candidateGroups", "suspended", "modifications", "deletions", "instructions", "migrationPlan", "userId",
    "startedAfter", "withIncident",
)  # fmt: skip
_PATHS = ("/task", "/process-instance", "/history/process-instance", START, "/migration/execute", "/migration/generate")


@given(path=st.sampled_from(_PATHS), body=st.dictionaries(st.sampled_from(_NAMES), _JSON, max_size=4))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_is_too_odd(client: Program, asked: str, path: str, body: dict[str, Any]) -> None:
    answer = client.client.post(f"{ROOT}{path}", json=body, headers=client.headers)
    assert answer.status_code in {200, 204, 400, 404}, answer.text
