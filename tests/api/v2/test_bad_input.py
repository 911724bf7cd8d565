"""What is wrong with a request is told in problem details, with a sentence, and never as a 500."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.v2.conftest import PARCEL, Client
from tests.house import House

ID = "00000000000000000000"
ACTIVATION = {"type": "parcel", "worker": "a", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": -1}
START = {"processDefinitionId": "Parcel"}
SEARCHES = (
    "process-definitions", "process-instances", "element-instances", "variables", "incidents", "jobs", "user-tasks",
    "message-subscriptions",
)  # fmt: skip
REQUESTS: list[tuple[str, str, Any, int]] = [
    ("GET", "/nothing", None, 404),
    ("GET", "/deployments", None, 405),
    ("POST", "/deployments", {}, 400),
    ("GET", "/process-definitions/unknown", None, 404),
    ("GET", "/process-definitions/unknown/xml", None, 404),
    ("GET", f"/process-instances/{ID}", None, 404),
    ("POST", "/process-instances", b"{", 400),
    ("POST", "/process-instances", b"[]", 400),
    ("POST", "/process-instances", b'{"processDefinitionId": "Parcel", "variables": {"a": NaN}}', 400),
    ("POST", "/process-instances", {}, 400),
    ("POST", "/process-instances", {"processDefinitionId": 5}, 400),
    ("POST", "/process-instances", {"processDefinitionId": "unknown"}, 404),
    ("POST", "/process-instances", {"processDefinitionKey": "unknown"}, 404),
    ("POST", "/process-instances", {**START, "processDefinitionVersion": 99}, 404),
    ("POST", "/process-instances", {**START, "processDefinitionVersion": -2}, 400),
    ("POST", "/process-instances", {**START, "variables": []}, 400),
    ("POST", "/process-instances", {**START, "tenantId": "other"}, 400),
    ("POST", "/process-instances", {**START, "startInstructions": [{"elementId": "nowhere"}]}, 422),
    ("POST", "/process-instances", {**START, "startInstructions": [{"elementId": "full"}]}, 422),
    ("POST", "/process-instances", {**START, "startInstructions": [{}]}, 400),
    ("POST", "/process-instances", {**START, "startInstructions": {"elementId": "pack"}}, 400),
    ("POST", "/process-instances", {**START, "runtimeInstructions": [{"type": "TERMINATE_PROCESS_INSTANCE"}]}, 400),
    ("POST", "/process-instances", {**START, "runtimeInstructions": [{"afterElementId": "pack"}]}, 400),
    ("POST", "/process-instances", {**START, "runtimeInstructions": [{"type": "STOP", "afterElementId": "pack"}]}, 400),
    ("POST", "/process-instances", {**START, "runtimeInstructions": [
        {"type": "TERMINATE_PROCESS_INSTANCE", "afterElementId": "nowhere"}]}, 422),
    ("POST", "/process-instances", {**START, "awaitCompletion": "perhaps"}, 400),
    ("POST", "/process-instances", {**START, "awaitCompletion": True, "requestTimeout": -1}, 400),
    ("POST", "/process-instances", {**START, "awaitCompletion": True, "fetchVariables": [1]}, 400),
    ("POST", f"/process-instances/{ID}/cancellation", {}, 404),
    ("POST", f"/process-instances/{ID}/incidents/search", {}, 404),
    ("POST", f"/incidents/{ID}:1/resolution", {}, 404),
    ("POST", "/incidents/x/resolution", {}, 404),
    ("POST", "/variables/search", {"filter": {"name": "a"}}, 400),
    ("POST", "/element-instances/search", {}, 400),
    ("POST", "/jobs/activation", {}, 400),
    ("POST", "/jobs/activation", {**ACTIVATION, "type": ""}, 400),
    ("POST", "/jobs/activation", {**ACTIVATION, "type": "a\0"}, 422),
    ("POST", "/jobs/activation", {**ACTIVATION, "worker": "a\0"}, 422),
    ("POST", "/jobs/activation", {**ACTIVATION, "timeout": 0}, 400),
    ("POST", "/jobs/activation", {**ACTIVATION, "maxJobsToActivate": 0}, 400),
    ("POST", "/jobs/activation", {**ACTIVATION, "maxJobsToActivate": "many"}, 400),
    ("POST", "/jobs/activation", {**ACTIVATION, "fetchVariable": [1]}, 400),
    ("POST", "/jobs/activation", {**ACTIVATION, "tenantIds": ["other"]}, 400),
    ("POST", "/jobs/activation", {**ACTIVATION, "requestTimeout": "soon"}, 400),
    ("POST", f"/jobs/{ID}:1/completion", {}, 404),
    ("POST", "/jobs/x/completion", {}, 404),
    ("POST", f"/jobs/{ID}:1/failure", {"retries": 1}, 404),
    ("POST", f"/jobs/{ID}:1/error", {}, 400),
    ("PATCH", f"/jobs/{ID}:1", {}, 400),
    ("PATCH", f"/jobs/{ID}:1", {"changeset": {"retries": 1, "timeout": 1}}, 400),
    ("PATCH", f"/jobs/{ID}:1", {"changeset": {"retries": 1}}, 404),
    ("GET", f"/user-tasks/{ID}:1", None, 404),
    ("POST", f"/user-tasks/{ID}:1/assignment", {}, 400),
    ("POST", f"/user-tasks/{ID}:1/assignment", {"assignee": "a"}, 404),
    ("DELETE", f"/user-tasks/{ID}:1/assignee", None, 404),
    ("POST", f"/user-tasks/{ID}:1/completion", {}, 404),
    ("POST", "/messages/publication", {}, 400),
    ("POST", "/messages/publication", {"name": "a", "timeToLive": -1}, 400),
    ("POST", "/messages/correlation", {"name": "nobody"}, 404),
]  # fmt: skip


@pytest.mark.parametrize("wrong", REQUESTS, ids=lambda wrong: f"{wrong[0]}-{wrong[1]}"[:60])
@pytest.mark.usefixtures("parcels")
def test_a_wrong_request_is_a_problem(client: Client, wrong: tuple[str, str, Any, int]) -> None:
    method, path, body, status = wrong
    sent: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
    answer = client.client.open(f"/v2{path}", method=method, headers=client.headers, **sent)
    assert_problem(answer, status)


def assert_problem(answer: Any, status: int) -> None:
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json"), answer.text
    told = answer.get_json()
    assert (told["status"], told["title"] != "", told["detail"] != "") == (status, True, True)


@pytest.mark.parametrize("what", SEARCHES)
@pytest.mark.parametrize(
    "body",
    [
        {"filter": {"unknownField": "a"}},
        {"filter": []},
        {"filter": {"processDefinitionId": {"$about": "a"}}},
        {"filter": {"processDefinitionId": {"$in": "a"}}},
        {"filter": {"processDefinitionId": {"$like": 5}}},
        {"filter": {"processDefinitionId": [1]}},
        {"sort": [{"field": "shape"}]},
        {"sort": [{}]},
        {"sort": [{"field": "processDefinitionId", "order": "up"}]},
        {"page": {"limit": -1}},
        {"page": {"from": "x"}},
        {"page": {"before": "1"}},
    ],
)
def test_a_search_for_what_there_is_not_is_a_problem(client: Client, what: str, body: dict[str, Any]) -> None:
    assert_problem(client.post(f"/v2/{what}/search", body), 400)


def test_times_are_compared_with_times(client: Client) -> None:
    for wanted in ("soon", 5, {"$gt": "2026-99-01T00:00:00Z"}, {"$in": ["soon"]}):
        assert_problem(client.post("/v2/process-instances/search", {"filter": {"startDate": wanted}}), 400)


def test_a_broken_diagram_is_told_with_everything_that_is_wrong(house: House, client: Client) -> None:
    before = len(house.engine.definitions(latest=False))
    for content in (PARCEL.replace(b'targetRef="hand_over"', b'targetRef="nowhere"'), b"<broken", b""):
        answer = client.deploy(broken=content)
        assert_problem(answer, 400)
        assert "broken.bpmn" in answer.get_json()["detail"]
    assert len(house.engine.definitions(latest=False)) == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
NAMES = ("filter", "sort", "page", "variables", "type", "name", "changeset", "retries", "timeout", "correlationKey")
PATHS = [f"/{what}/search" for what in SEARCHES] + [
    "/process-instances", "/jobs/activation", f"/jobs/{ID}:1/failure", f"/user-tasks/{ID}:1/completion",
    "/messages/publication",
]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PATHS), body=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4))
def test_nobody_gets_a_500(client: Client, path: str, body: dict[str, Any]) -> None:
    answer = client.post(f"/v2{path}", body)
    assert answer.status_code < 500, answer.text
