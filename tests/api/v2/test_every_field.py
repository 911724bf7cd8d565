"""Every member of every body, and every criterion of every search, is sent with what it should not be: no answer is a
500, and whatever is refused is a problem."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.api.engine_rest.wrong import bodies
from tests.api.v2.conftest import PARCEL, Client
from tests.house import House
from workflows.engine import Resource, TaskQuery
from workflows.external_tasks import ExternalTaskQuery

GIVEN = {"variables": {"n": {"a": [1]}}}
CHANGES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/process-instances"): {
        "processDefinitionId": "Parcel", "processDefinitionVersion": 1, **GIVEN, "businessId": "B",
        "tenantId": "<default>", "startInstructions": [{"elementId": "hand_over"}], "awaitCompletion": False,
        "runtimeInstructions": [{"type": "TERMINATE_PROCESS_INSTANCE", "afterElementId": "hand_over"}],
        "fetchVariables": ["n"], "requestTimeout": 1,
    },
    ("POST", "/process-instances/{instance}/cancellation"): {},
    ("POST", "/process-instances/{instance}/modification"): {
        "activateInstructions": [{"elementId": "hand_over", "variableInstructions": [GIVEN]}],
        "terminateInstructions": [{"elementId": "hand_over"}],
    },
    ("POST", "/process-instances/{instance}/migration"): {
        "targetProcessDefinitionKey": "unknown",
        "mappingInstructions": [{"sourceElementId": "hand_over", "targetElementId": "hand_over"}],
    },
    ("PUT", "/element-instances/{instance}/variables"): {**GIVEN, "local": True},
    ("POST", "/signals/broadcast"): {**GIVEN, "signalName": "nobody", "tenantId": "<default>"},
    ("POST", "/incidents/{job}/resolution"): {},
    ("POST", "/decision-definitions/evaluation"): {
        **GIVEN, "decisionDefinitionId": "Decision_AppointmentPrice", "tenantId": "<default>",
    },
    ("POST", "/jobs/activation"): {
        "type": "parcel", "worker": "w", "timeout": 1, "maxJobsToActivate": 1, "requestTimeout": -1,
        "fetchVariable": ["n"], "tenantIds": ["<default>"],
    },
    ("POST", "/jobs/{job}/completion"): GIVEN,
    ("POST", "/jobs/{job}/failure"): {**GIVEN, "retries": 3, "retryBackOff": 1, "errorMessage": "no"},
    ("POST", "/jobs/{job}/error"): {**GIVEN, "errorCode": "FULL", "errorMessage": "no"},
    ("PATCH", "/jobs/{job}"): {"changeset": {"retries": 3}},
    ("POST", "/user-tasks/{task}/assignment"): {"assignee": "ann", "allowOverride": True, "action": "assign"},
    ("POST", "/user-tasks/{task}/completion"): {**GIVEN, "action": "complete"},
    ("POST", "/messages/publication"): {
        **GIVEN, "name": "nobody", "correlationKey": "k", "timeToLive": 1, "messageId": "m", "tenantId": "<default>",
    },
    ("POST", "/messages/correlation"): {**GIVEN, "name": "nobody", "correlationKey": "k", "tenantId": "<default>"},
}  # fmt: skip
"""What changes something, with a good body of all of its members."""

PAGED = {"sort": [{"field": "processInstanceKey", "order": "asc"}], "page": {"from": 0, "limit": 5}}
SEARCHES = {
    "process-definitions": "processDefinitionKey processDefinitionId name version versionTag isLatestVersion",
    "decision-definitions": "decisionDefinitionKey decisionDefinitionId version isLatestVersion",
    "process-instances": "processInstanceKey processDefinitionKey startDate state hasIncident businessId",
    "element-instances": "processInstanceKey elementInstanceKey elementId startDate hasIncident",
    "variables": "processInstanceKey scopeKey name value isTruncated",
    "message-subscriptions": "processInstanceKey messageName lastUpdatedDate correlationKey",
    "incidents": "processInstanceKey elementId creationTime errorType",
    "process-instances/{instance}/incidents": "elementId creationTime",
    "jobs": "processInstanceKey type worker retries deadline elementId customHeaders",
    "user-tasks": "processInstanceKey assignee candidateGroup dueDate priority elementId",
}
"""What is searched for, with criteria."""


class Subjects:
    """An instance with an open task, and another one with an open job; made anew when something was done to them."""

    def __init__(self, house: House, client: Client) -> None:
        self._engine, self._client = house.engine, client
        self.renew()

    def renew(self) -> None:
        """Start instances to do something to."""
        asked = self._engine.start("Parcel", {"parcel": "P"}, at=["hand_over"])
        packed = self._engine.start("Parcel", {"parcel": "P"})
        (task,) = self._engine.tasks(TaskQuery(instance_id=asked.id))
        (job,) = self._engine.external_tasks(ExternalTaskQuery(instance_ids=(packed.id,)))
        self._engine.lock_external(job.id, "tests", timedelta(minutes=1))
        self.ids = {"instance": asked.id, "task": task.id, "job": job.id}

    def send(self, method: str, path: str, body: bytes) -> None:
        """Send a body; what is refused is a problem."""
        named = re.sub(r"\{(\w+)\}", lambda found: self.ids[found[1]], path)
        headers = {**self._client.headers, "Content-Type": "application/json"}
        answer = self._client.client.open(f"/v2{named}", method=method, data=body, headers=headers)
        if answer.status_code >= 400:
            assert answer.status_code < 500, (path, body, answer.text)
            told = answer.get_json()
            assert answer.content_type == "application/problem+json", (path, body, answer.text)
            assert (told["status"], bool(told["detail"])) == (answer.status_code, True), (path, body, told)
        elif _ENDS.search(path):
            self.renew()


_ENDS = re.compile("complet|cancel|modif|error|failure")
"""What does something to its subject so that it is not what it was."""


@pytest.fixture(scope="module")
def subjects(house: House, client: Client) -> Subjects:
    """What is done something to."""
    house.engine.deploy([Resource("parcel.bpmn", PARCEL)])
    return Subjects(house, client)


def test_every_body_has_its_row(house: House) -> None:
    rules = {
        (method, re.sub(r"<[^<>]*>", "{}", rule.rule.removeprefix("/v2")))
        for rule in house.app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH"}
        if rule.rule.startswith("/v2/") and rule.rule != "/v2/deployments"
    }
    known = {*CHANGES, *(("POST", f"/{what}/search") for what in SEARCHES)}
    assert sorted((method, re.sub(r"\{\w+\}", "{}", path)) for method, path in known) == sorted(rules)


@pytest.mark.parametrize("row", CHANGES, ids=" ".join)
def test_no_member_of_a_body_is_a_500(subjects: Subjects, row: tuple[str, str]) -> None:
    for body in (json.dumps(CHANGES[row]).encode(), *bodies(CHANGES[row])):
        subjects.send(*row, body)


@pytest.mark.parametrize("what", SEARCHES)
def test_no_criterion_of_a_search_is_a_500(subjects: Subjects, what: str) -> None:
    good = {"filter": dict.fromkeys(SEARCHES[what].split(), "x"), **PAGED}
    for body in bodies(good):
        subjects.send("POST", f"/{what}/search", body)
    for operator in ("$exists", "$notIn", "$like", "$gt"):
        for name in good["filter"]:
            for value in (5, ["x", 5]):
                subjects.send("POST", f"/{what}/search", json.dumps({"filter": {name: {operator: value}}}).encode())
