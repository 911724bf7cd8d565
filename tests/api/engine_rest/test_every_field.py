"""Every member of every body, and every criterion of every list, is sent with what it should not be: no answer is a
500, and whatever is refused is told as Camunda tells it."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.api.engine_rest.test_lists import ROOT
from tests.api.engine_rest.wrong import TEXTS, bodies
from tests.api.program import Program
from tests.engine_rest.conftest import ERRAND
from tests.engine_rest.test_timers import ALARM
from tests.house import House
from workflows.engine import Resource, TaskQuery
from workflows.external_tasks import ExternalTaskQuery
from workflows.operations import TimerQuery

TYPED = {"n": {"value": 1, "type": "Integer", "valueInfo": {"a": "b"}}}
VARIABLES = {"n": {"value": 1}}
PLAN = {
    "sourceProcessDefinitionId": "{asked}",
    "targetProcessDefinitionId": "{asked}",
    "instructions": [{"sourceActivityIds": ["ask"], "targetActivityIds": ["ask"], "updateEventTrigger": False}],
}
BEGIN = [{"type": "startBeforeActivity", "activityId": "ask", "variables": VARIABLES}]
SORTED = {"sorting": [{"sortBy": "{sort}", "sortOrder": "asc"}], "firstResult": 0, "maxResults": 5}
WORKER = {"workerId": "tests"}
CHANGES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/process-definition/{asked}/start"): {
        "businessKey": "B", "variables": TYPED, "withVariablesInReturn": True, "startInstructions": BEGIN,
    },
    ("POST", "/process-definition/{asked}/submit-form"): {"businessKey": "B", "variables": {"age": {"value": 5}}},
    ("POST", "/process-definition/key/asked/start"): {},
    ("POST", "/process-definition/key/asked/submit-form"): {},
    ("POST", "/decision-definition/Decision_AppointmentPrice:1/evaluate"): {"variables": TYPED},
    ("POST", "/decision-definition/key/asked/evaluate"): {"variables": VARIABLES},
    ("PUT", "/process-instance/{instance}/suspended"): {"suspended": False},
    ("POST", "/process-instance/{instance}/modification"): {
        "instructions": [{"type": "cancel", "activityId": "ask"}, *BEGIN], "annotation": "why",
    },
    ("POST", "/process-instance/{instance}/variables"): {"modifications": VARIABLES, "deletions": []},
    ("PUT", "/process-instance/{instance}/variables/n"): TYPED["n"],
    ("POST", "/execution/{instance}/localVariables"): {"modifications": VARIABLES},
    ("PUT", "/execution/{instance}/localVariables/n"): TYPED["n"],
    ("POST", "/task/{task}/claim"): {"userId": "ann"},
    ("POST", "/task/{task}/unclaim"): {},
    ("POST", "/task/{task}/assignee"): {"userId": "ann"},
    ("POST", "/task/{task}/complete"): {"variables": VARIABLES, "withVariablesInReturn": True},
    ("POST", "/task/{task}/submit-form"): {"variables": {"age": {"value": 5}}, "withVariablesInReturn": True},
    ("POST", "/task/{task}/bpmnError"): {"errorCode": "no", "errorMessage": "why", "variables": VARIABLES},
    ("POST", "/task/{task}/bpmnEscalation"): {"escalationCode": "no", "variables": VARIABLES},
    ("POST", "/task/{task}/variables"): {"modifications": VARIABLES},
    ("POST", "/task/{task}/localVariables"): {"modifications": VARIABLES},
    ("PUT", "/task/{task}/variables/n"): TYPED["n"],
    ("POST", "/external-task/fetchAndLock"): {
        **WORKER, "maxTasks": 1, "usePriority": True, "sorting": [{"sortBy": "createTime", "sortOrder": "asc"}],
        "topics": [{
            "topicName": "errand", "lockDuration": 1, "variables": ["n"], "localVariables": False, "businessKey": "B",
            "processDefinitionIdIn": ["a"], "processDefinitionKey": "Errand", "processDefinitionVersionTag": "first",
            "processVariables": {"n": 1}, "tenantIdIn": [], "includeExtensionProperties": True,
            "deserializeValues": True,
        }],
    },
    ("POST", "/external-task/{job}/complete"): {**WORKER, "variables": VARIABLES, "localVariables": VARIABLES},
    ("POST", "/external-task/{job}/failure"): {
        **WORKER, "errorMessage": "no", "errorDetails": "why", "retries": 3, "retryTimeout": 1, "variables": VARIABLES,
    },
    ("POST", "/external-task/{job}/bpmnError"): {
        **WORKER, "errorCode": "FULL", "errorMessage": "no", "variables": VARIABLES,
    },
    ("POST", "/external-task/{job}/extendLock"): {**WORKER, "newDuration": 60_000},
    ("POST", "/external-task/{job}/lock"): {**WORKER, "lockDuration": 60_000},
    ("POST", "/external-task/{job}/unlock"): {},
    ("PUT", "/external-task/{job}/retries"): {"retries": 3},
    ("PUT", "/external-task/retries"): {"retries": 3, "externalTaskIds": ["{job}"]},
    ("PUT", "/external-task/{job}/priority"): {"priority": 5},
    ("PUT", "/job/{job}/retries"): {"retries": 3},
    ("PUT", "/job/{timer}/duedate"): {"duedate": "2026-06-01T10:00:00.000+0000", "cascade": False},
    ("POST", "/job/{timer}/execute"): {},
    ("POST", "/message"): {
        "messageName": "nobody", "businessKey": "B", "processInstanceId": "{instance}", "correlationKeys": VARIABLES,
        "processVariables": VARIABLES, "all": False, "resultEnabled": True, "variablesInResultEnabled": True,
    },
    ("POST", "/signal"): {"name": "nobody", "variables": VARIABLES},
    ("POST", "/migration/generate"): {**PLAN, "updateEventTriggers": True},
    ("POST", "/migration/validate"): PLAN,
    ("POST", "/migration/execute"): {"migrationPlan": PLAN, "processInstanceIds": ["{instance}"]},
}  # fmt: skip
"""What changes something, with a good body of all of its members. `{asked}` and the like are ids."""

LISTS: dict[str, str] = {
    "/process-definition": "key keyLike name nameLike version versionTag latestVersion deploymentId suspended sortBy",
    "/decision-definition": "key name version latestVersion decisionDefinitionId deploymentId versionTag",
    "/deployment": "id name nameLike before after sortBy sortOrder",
    "/process-instance": "processDefinitionKey businessKey active suspended withIncident variables processInstanceIds",
    "/task": "taskId name nameLike assignee assigneeIn candidateUser candidateGroup candidateGroups dueBefore "
             "createdAfter assigned unassigned includeAssignedTasks processInstanceId processInstanceBusinessKey",
    "/external-task": "externalTaskId externalTaskIdIn topicName workerId locked notLocked withRetriesLeft suspended "
                      "lockExpirationBefore activityIdIn processInstanceIdIn priorityHigherThanOrEquals",
    "/job": "jobId jobIds processInstanceId withException withRetriesLeft noRetriesLeft suspended "
            "priorityLowerThanOrEquals failedActivityId activityId timers messages dueDates",
    "/incident": "incidentId incidentType incidentMessage processInstanceId activityId",
    "/history/process-instance": "processInstanceId startedBefore startedBy finished variables withIncidents",
    "/history/activity-instance": "processInstanceId activityId activityType finished",
    "/history/task": "processInstanceId taskId taskDefinitionKey taskAssignee finished",
    "/history/variable-instance": "processInstanceId variableName deserializeValues",
}  # fmt: skip
"""What is listed, with its criteria; all take pages and orders."""

_BY_QUERY = {"/process-definition", "/decision-definition", "/deployment", "/incident"}
"""Lists that are not asked for by a body."""


class Subjects:
    """An instance with an open task, and another one with an open job; made anew when something was done to them."""

    def __init__(self, house: House, client: Program, asked: str) -> None:
        self._engine, self._client = house.engine, client
        self.ids = {"asked": asked}
        self.renew()

    def renew(self) -> None:
        """Start instances to do something to."""
        engine = self._engine
        asked, errand = engine.start("asked"), engine.start("Errand", {"priority": 1})
        (task,) = engine.tasks(TaskQuery(instance_id=asked.id))
        (job,) = engine.external_tasks(ExternalTaskQuery(instance_ids=(errand.id,)))
        engine.lock_external(job.id, "tests", _MINUTE)
        timer = engine.timers(TimerQuery(instance_ids=(engine.start("Alarm").id,)))[0]
        self.ids |= {"instance": asked.id, "task": task.id, "job": job.id, "timer": timer.id}

    def named(self, text: str) -> str:
        """Return a text with the ids in it."""
        return re.sub(r"\{(asked|instance|task|job|timer)\}", lambda found: self.ids[found[1]], text)

    def send(self, method: str, path: str, body: bytes) -> None:
        """Send a body; what is refused is told as Camunda tells it."""
        sent = self.named(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        address = f"{ROOT}{self.named(path)}"
        headers = {**self._client.headers, "Content-Type": "application/json"}
        answer = self._client.client.open(address, method=method, data=sent, headers=headers)
        assert answer.status_code < 500, (method, path, sent, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["Content-Type"] == "application/json", (path, answer.text)
            assert answer.get_json().keys() == {"type", "message", "code"}, (path, answer.text)
            assert answer.get_json()["message"], (path, sent)
        elif _ENDS.search(path):
            self.renew()


_MINUTE = timedelta(minutes=1)
_ENDS = re.compile("complete|submit|execute|Error|Escalation|failure|nlock|modification|suspended")
"""What does something to its subject so that it may not be what it was."""


@pytest.fixture(scope="module")
def subjects(house: House, client: Program, asked: str) -> Subjects:
    """What is done something to."""
    house.engine.deploy([Resource(each.name, each.read_bytes()) for each in (ERRAND, ALARM)])
    return Subjects(house, client, asked)


def test_every_body_has_its_row(house: House) -> None:
    rules = [
        (method, re.sub(r"<[^<>]*>", "{}", rule.rule.removeprefix(ROOT)))
        for rule in house.app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH"}
        if rule.rule.startswith(f"{ROOT}/") and not rule.rule.endswith(("/deployment/create", "/data", "/count"))
    ]
    known = {
        (method, re.sub(r"\{\w+\}|Decision\w+:1|(?<=key/)asked|(?<=ariables/)n$", "{}", path))
        for method, path in CHANGES
    }
    assert sorted(known | {("POST", path) for path in LISTS if ("POST", path) in rules}) == sorted(set(rules))


@pytest.mark.parametrize("row", CHANGES, ids=" ".join)
def test_no_member_of_a_body_is_a_500(subjects: Subjects, row: tuple[str, str]) -> None:
    good = CHANGES[row]
    for body in (json.dumps(good).encode(), *bodies(good)):
        subjects.send(*row, body)


@pytest.mark.parametrize("path", LISTS)
def test_no_criterion_of_a_list_is_a_500(subjects: Subjects, client: Program, path: str) -> None:
    for name in (*LISTS[path].split(), "firstResult", "maxResults", "sortBy", "sortOrder"):
        for text in TEXTS:
            answer = client.get(f"{ROOT}{path}", **{name: text})
            assert answer.status_code < 500, (path, name, text, answer.text)
    good = dict.fromkeys(LISTS[path].split(), "x")
    for body in bodies({**good, **SORTED}) if path not in _BY_QUERY else ():
        subjects.send("POST", path, body)
